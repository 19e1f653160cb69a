// The operator's page over TLS: its certificate counts, and another one is served without a restart.
import { request } from "node:https";
import { connect } from "node:tls";
import { Registry } from "prom-client";
import { afterEach, expect, test } from "vitest";
import { type ChecksServer, serve } from "../../../kube/serving/server.ts";
import { readConfig } from "../../../operator/config.ts";
import { authority, mountedSecret, pair } from "./authority.ts";

const closing: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function page() {
  const ca = await authority();
  const secret = mountedSecret();
  const write = async () => {
    const { key, certificate } = await pair({}, ca);
    secret.write({ "tls.crt": certificate, "tls.key": key });
  };
  await write();
  const messages: string[] = [];
  const record = (_: unknown, text: string) => void messages.push(text);
  const tls = { folder: secret.folder, interval: 10, log: { info: record, warn: record } };
  const server = await serve(0, new Registry(), {
    health: () => undefined,
    ready: () => undefined,
    tls: tls as never,
  });
  closing.push(() => server.close(), secret.remove);
  return { ca, secret, write, messages, server };
}

const status = ({ port }: ChecksServer, ca: string) =>
  new Promise<number | undefined>((resolve, reject) => {
    const options = { host: "127.0.0.1", port, path: "/healthz", ca, servername: "localhost", agent: false };
    request(options, (response) => resolve(response.resume().statusCode))
      .once("error", reject)
      .end();
  });

const serial = ({ port }: ChecksServer) =>
  new Promise<string>((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().serialNumber);
      socket.destroy();
    }).once("error", reject);
  });

async function until(condition: () => Promise<boolean> | boolean) {
  for (let i = 0; i < 200 && !(await condition()); i++) await new Promise((resolve) => setTimeout(resolve, 10));
}

test("who trusts the authority reads it, who trusts another one doesn't", async () => {
  const { ca, server } = await page();
  expect(await status(server, ca.certificate)).toBe(200);
  await expect(status(server, (await authority()).certificate)).rejects.toThrow(/certificate/);
  await expect(fetch(`http://127.0.0.1:${server.port}/healthz`)).rejects.toThrow();
});

test("another certificate is served when the Secret brings one; half of one changes nothing", async () => {
  const { ca, secret, write, messages, server } = await page();
  const before = await serial(server);
  secret.write({ "tls.crt": (await pair({}, ca)).certificate, "tls.key": "no key" });
  await until(() => messages.includes("cannot read the new certificate; keeping the old one"));
  expect(await serial(server)).toBe(before);
  await write();
  await until(async () => (await serial(server)) !== before);
  expect(await serial(server)).not.toBe(before);
  expect(messages).toContain("using the new certificate");
  expect(await status(server, ca.certificate)).toBe(200);
});

test("without a folder the page is in clear text", () => {
  expect(readConfig({}).tlsDir).toBeUndefined();
  expect(readConfig({ TLS_DIR: "/etc/secrets/tls" }).tlsDir).toBe("/etc/secrets/tls");
});
