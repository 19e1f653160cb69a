// What the console's settings refuse.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readConfig } from "../../../console/config.ts";
import { authority } from "../certificates/authority.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "console-config-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const settings = (more: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  SESSION_KEY_FILE: file("key", "a secret of which nobody knows anything"),
  PUBLIC_URL: "https://agents.acme.example/",
  OIDC_ISSUER: "https://id.acme.example",
  OIDC_CLIENT_ID: "agents",
  ...more,
});

it("has the authority of the issuer's certificate, as it is in its file", async () => {
  const { certificate } = await authority();
  expect(readConfig(settings({ OIDC_CA_FILE: file("ca.crt", certificate) })).oidc?.ca).toBe(certificate);
  expect(readConfig(settings({})).oidc).toEqual({
    issuer: "https://id.acme.example",
    clientId: "agents",
    clientSecret: undefined,
    ca: undefined,
    name: "id.acme.example",
    scopes: "openid email profile",
  });
});

it("refuses an authority that is none, with its file, and all else that is wrong at once", () => {
  const OIDC_CA_FILE = file("no.crt", "nothing of the kind");
  expect(() => readConfig(settings({ OIDC_CA_FILE, PORT: "many" }))).toThrow(
    new RegExp(`PORT .*\\n.*OIDC_CA_FILE, ${OIDC_CA_FILE}: there is no certificate in PEM`, "s"),
  );
});
