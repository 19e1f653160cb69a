// The kubeconfig that is handed out: one context, nothing beside it, no files to miss elsewhere.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { selfContained } from "../../../stacks/kubeconfig.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const yaml = `
current-context: a
contexts:
- { name: a, context: { cluster: one, user: alice } }
- { name: b, context: { cluster: two, user: bob, namespace: n } }
clusters:
- { name: one, cluster: { server: "https://one", certificate-authority: ca.crt } }
- { name: two, cluster: { server: "https://two", certificate-authority-data: Q0E= } }
users:
- { name: alice, user: { client-certificate: cert, client-key: key } }
- { name: bob, user: { token: t } }
`;

function file(): string {
  const folder = mkdtempSync(join(tmpdir(), "kubeconfig-"));
  folders.push(folder);
  for (const name of ["ca.crt", "cert", "key"]) writeFileSync(join(folder, name), name);
  writeFileSync(join(folder, "config"), yaml);
  return join(folder, "config");
}

it("takes the named context alone, or the current one", () => {
  expect(JSON.parse(selfContained(yaml, "b"))).toEqual({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "b",
    contexts: [{ name: "b", context: { cluster: "two", user: "bob", namespace: "n" } }],
    clusters: [{ name: "two", cluster: { server: "https://two", "certificate-authority-data": "Q0E=" } }],
    users: [{ name: "bob", user: { token: "t" } }],
  });
  expect(JSON.parse(selfContained(file()))["current-context"]).toBe("a");
});

it("takes the content of files in", () => {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const { clusters, users } = JSON.parse(selfContained(file()));
  expect(clusters[0].cluster).toEqual({ server: "https://one", "certificate-authority-data": base64("ca.crt") });
  expect(users[0].user).toEqual({ "client-certificate-data": base64("cert"), "client-key-data": base64("key") });
});

it("is empty where there is no such file or context", () => {
  expect(selfContained("/nowhere/kubeconfig")).toBe("");
  expect(selfContained(yaml, "none")).toBe("");
});
