// Kubeconfigs against kubectl and a real API server: the same reading, and the same requests.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Transport } from "../../../kube/connection/transport.ts";
import { connectionOf } from "../../../kube/kubeconfig/connection.ts";
import { selfContained } from "../../../kube/kubeconfig/self-contained.ts";
import type { ApiServer } from "../apiserver.ts";
import { borrowApiServer } from "../borrowed-apiserver.ts";
import { map, TestStack } from "../deploy/stack.ts";

let server: ApiServer;
let folder: string;
const children: ChildProcess[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "kubectl-"));
  server = await borrowApiServer();
});
afterAll(async () => {
  for (const child of children) child.kill();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const text = fc.constantFrom("", "a", "b", "väl ue", "1e3", "yes");
const names = fc.uniqueArray(fc.constantFrom("a", "b", "c"), { minLength: 1 });
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const cluster = fc.record({
  server: fc.constantFrom("https://one:6443", "https://two/path"),
  "certificate-authority": optional(fc.constantFrom("pki/ca.crt", "../ca.crt", "")),
  "tls-server-name": optional(text),
  "proxy-url": optional(fc.constantFrom("", "socks5://proxy:1080")),
  "disable-compression": optional(fc.boolean()),
});
const user = fc.record({
  token: optional(text),
  as: fc.constantFrom("jane", "yes"),
  "as-uid": optional(text),
  "as-groups": optional(fc.array(fc.constantFrom("dev", "ops"))),
  "as-user-extra": optional(fc.dictionary(fc.constantFrom("k", "l"), fc.array(fc.constantFrom("v", "w")))),
});
const file = fc
  .record({
    names,
    clusters: fc.array(cluster, { minLength: 3, maxLength: 3 }),
    users: fc.array(user, { minLength: 3, maxLength: 3 }),
    current: text,
    namespace: optional(fc.constantFrom("", "team-a")),
  })
  .map(({ names: all, clusters, users, current, namespace }) => ({
    apiVersion: "v1",
    kind: "Config",
    "current-context": all.find((name) => name === current) ?? "",
    contexts: all.map((name) => ({ name, context: { cluster: name, user: name, namespace } })),
    clusters: all.map((name, i) => ({ name, cluster: clusters[i] })),
    users: all.map((name, i) => ({ name, user: users[i] })),
  }));

/** What kubectl says of a part, as this reader has it: what is empty is absent. */
function withoutDefaults(part: object): object {
  return Object.fromEntries(
    Object.entries(part).filter(
      ([, value]) =>
        value !== "" &&
        value !== false &&
        value !== null &&
        JSON.stringify(value) !== "{}" &&
        JSON.stringify(value) !== "[]",
    ),
  );
}

it("reads one file or several as kubectl does", { timeout: 300_000 }, () => {
  const paths = ["one", "two/two"].map((name) => join(folder, "drawn", name));
  mkdirSync(join(folder, "drawn/two/pki"), { recursive: true });
  mkdirSync(join(folder, "drawn/pki"), { recursive: true });
  for (const [i, path] of ["ca.crt", "drawn/ca.crt", "drawn/pki/ca.crt", "drawn/two/pki/ca.crt"].entries())
    writeFileSync(join(folder, path), `authority ${i}`);
  fc.assert(
    fc.property(fc.array(file, { minLength: 1, maxLength: 2 }), (files) => {
      for (const [i, file] of files.entries()) writeFileSync(paths[i] ?? "", JSON.stringify(file));
      const env = { PATH: process.env.PATH, KUBECONFIG: [...paths.slice(0, files.length), "/no/where"].join(":") };
      const current = files.find((file) => file["current-context"])?.["current-context"];
      if (!current) {
        expect(() => selfContained({ env })).toThrow("has no current-context");
        return;
      }
      const args = ["config", "view", "--minify", "--flatten", "--raw", "-o", "json"];
      const byKubectl = JSON.parse(execFileSync(join(server.bin, "kubectl"), args, { env, encoding: "utf8" }));
      const byClient = JSON.parse(selfContained({ env }));
      expect(byClient["current-context"]).toBe(byKubectl["current-context"]);
      expect(withoutDefaults(byClient.contexts[0].context)).toEqual(withoutDefaults(byKubectl.contexts[0].context));
      expect(withoutDefaults(byClient.clusters[0].cluster)).toEqual(withoutDefaults(byKubectl.clusters[0].cluster));
      expect(withoutDefaults(byClient.users[0].user)).toEqual(withoutDefaults(byKubectl.users[0].user));
    }),
    { numRuns: 40 },
  );
});

/** The admin's kubeconfig with a change, in a file. */
function changed(
  name: string,
  change: (cluster: Record<string, unknown>, user: Record<string, unknown>) => void,
): string {
  const config = JSON.parse(readFileSync(server.kubeconfig, "utf8"));
  change(config.clusters[0].cluster, config.users[0].user);
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(config));
  return path;
}

it("is to the API server whom the kubeconfig impersonates", async () => {
  const kubeconfig = changed("impersonated", (_, admin) =>
    Object.assign(admin, {
      as: "jané",
      "as-uid": "7",
      "as-groups": ["dev", "ops"],
      "as-user-extra": { "example.com/Scopes": ["a", "b"] },
    }),
  );
  const transport = new Transport(connectionOf({ kubeconfig }));
  const kind = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
  const { body } = await transport.request({
    method: "POST",
    path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(kind),
  });
  const { status } = (await body.json()) as { status: unknown };
  await transport.destroy();
  expect(status).toEqual({
    userInfo: {
      username: "jané",
      uid: "7",
      groups: ["dev", "ops", "system:authenticated"],
      extra: { "example.com/scopes": ["a", "b"] },
    },
  });
});

describe("a stack", () => {
  it.each(["", "/"])("works behind a server's path (ending in '%s'), watches included", async (end) => {
    const port = await proxy("/k8s/clusters/c-1/");
    const kubeconfig = changed(`path${end.length}`, (entry) => {
      entry.server = `http://127.0.0.1:${port}/k8s/clusters/c-1${end}`;
      delete entry["certificate-authority"];
      delete entry["certificate-authority-data"];
    });
    const stack = new TestStack({ ...server, kubeconfig }, `path${end.length}`);
    const resources = [map(`behind${end.length}`, { a: "1" })];
    expect((await stack.preview(resources)).summary).toMatchObject({ created: 1, failures: [] });
    expect((await stack.up(resources)).summary).toMatchObject({ created: 1, failures: [] });
    expect((await stack.up(resources)).summary).toMatchObject({ unchanged: 1, failures: [] });
    expect((await stack.destroy()).summary).toMatchObject({ deleted: 1, failures: [] });
  });

  it("connects by the proxy of the kubeconfig or not at all", async () => {
    const kubeconfig = changed("proxied", (entry) => Object.assign(entry, { "proxy-url": "http://127.0.0.1:1" }));
    await expect(new TestStack({ ...server, kubeconfig }, "proxied").up([map("proxied", {})])).rejects.toThrow(
      /does not answer: by the proxy http:\/\/127\.0\.0\.1:1 \(proxy-url\)/,
    );
  });

  it("has no more rights than whom it impersonates", async () => {
    const kubeconfig = changed("nobody", (_, admin) => Object.assign(admin, { as: "nobody" }));
    await expect(new TestStack({ ...server, kubeconfig }, "nobody").up([map("nobody", {})])).rejects.toThrow(
      /User "nobody" cannot/,
    );
  });
});

/** kubectl's proxy with a prefix, as those of Rancher and GKE's Connect have; its port. */
async function proxy(prefix: string): Promise<number> {
  const args = ["--kubeconfig", server.kubeconfig, "proxy", "--port=0", `--api-prefix=${prefix}`];
  const child = spawn(join(server.bin, "kubectl"), args, { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  let output = "";
  return await new Promise((resolve, reject) => {
    child.once("exit", () => reject(new Error(`kubectl proxy ended: ${output}`)));
    child.stdout.on("data", (data) => {
      output += data;
      const port = /127\.0\.0\.1:(\d+)/.exec(output)?.[1];
      if (port) resolve(Number(port));
    });
  });
}
