// Whom the agents trust: the platform's own authority for its own services, and nobody else for these.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { authorityFor, relocated } from "../../../agents/core/trust.ts";
import { authority, pair } from "./authority.ts";

let secretsDir: string;
let ca: string;
let server: Server;
beforeAll(async () => {
  secretsDir = mkdtempSync(join(tmpdir(), "secrets-"));
  const above = await authority();
  ca = above.certificate;
  mkdirSync(join(secretsDir, "ca"));
  writeFileSync(join(secretsDir, "ca", "ca.crt"), ca);
  const { key, certificate } = await pair({}, above);
  server = createServer({ key, cert: certificate }, (_, response) => response.end("hello"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  server.close();
  rmSync(secretsDir, { recursive: true, force: true });
});

describe("the authority for a URL", () => {
  test.each([
    "https://minio.shared-services:9000",
    "https://litellm.shared-services.svc:4000/v1",
    "https://minio.shared-services.svc.cluster.local:9000",
  ])("of the platform is its own: %s", (url) => expect(authorityFor({ secretsDir }, url)).toBe(ca));

  test.each([
    "http://minio.shared-services:9000",
    "https://s3.eu-central-1.amazonaws.com",
    "https://minio.shared-services.example.com",
    "https://shared-services",
  ])("of another is nobody's business: %s", (url) => expect(authorityFor({ secretsDir }, url)).toBeUndefined());

  test("must be there", () =>
    expect(() => authorityFor({ secretsDir: "/nowhere" }, "https://minio.shared-services:9000")).toThrow(
      /\/nowhere\/ca\/ca\.crt is missing.*platform-ca/,
    ));
});

test("a connection string's files are where the secrets are", () => {
  const dsn = "postgresql://a@b/c?sslmode=verify-full&sslrootcert=/etc/secrets/ca/ca.crt";
  expect(relocated({ secretsDir: "/etc/secrets" }, dsn)).toBe(dsn);
  expect(relocated({ secretsDir }, dsn)).toContain(`sslrootcert=${secretsDir}/ca/ca.crt`);
});

test("undici's agent with that authority reaches the service, and without it doesn't", async () => {
  const { Agent, fetch } = await import("undici");
  const url = `https://localhost:${(server.address() as AddressInfo).port}`;
  const dispatcher = new Agent({ connect: { ca } });
  expect(await (await fetch(url, { dispatcher })).text()).toBe("hello");
  await dispatcher.close();
  await expect(fetch(url)).rejects.toThrow();
});
