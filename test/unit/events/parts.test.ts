// The receiver's small parts: its settings, its token, its connection, its start and its end.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConfig } from "../../../embedded/receiver/config.ts";
import { startReceiver } from "../../../embedded/receiver/receiver.ts";
import { Token } from "../../../embedded/receiver/token.ts";

let directory: string;
const file = (name: string, text: string) => {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
};
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "receiver-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

describe("the settings", () => {
  it("have defaults that the Deployment relies on", () => {
    expect(readConfig({})).toEqual({
      port: 12_000,
      metricsPort: 7777,
      tokenFile: "/etc/secrets/webhook/token",
      maxBodyBytes: 262_144,
      drainSeconds: 3,
      logLevel: "info",
    });
  });

  it("name every wrong one at once", () => {
    const wrong = () => readConfig({ PORT: "x", MAX_BODY_BYTES: "0", LOG_LEVEL: "loud", DRAIN_SECONDS: "1.5" });
    for (const name of ["PORT", "MAX_BODY_BYTES", "LOG_LEVEL", "DRAIN_SECONDS"])
      expect(wrong).toThrow(`${name} must be`);
  });
});

describe("the token", () => {
  it("is read anew once its file has another one", async () => {
    let now = 0;
    const path = file("rotated", "old\n");
    const token = new Token(path, () => now);
    expect(await token.accepts("Bearer old")).toBe(true);
    file("rotated", "new\n");
    expect(await token.accepts("Bearer old")).toBe(true);
    now += 6_000;
    expect([await token.accepts("Bearer old"), await token.accepts("Bearer new")]).toEqual([false, true]);
  });

  it.each([undefined, "", "Bearer", "Bearer ", "bearer secret", "Bearer  secret", "secret"])(
    "is not %j",
    async (header) => {
      expect(await new Token(file("one", "secret")).accepts(header)).toBe(false);
    },
  );

  it("must be there", async () => {
    await expect(new Token(join(directory, "none")).accepts("Bearer x")).rejects.toThrow("ENOENT");
    await expect(new Token(file("empty", " \n")).accepts("Bearer x")).rejects.toThrow("is empty");
  });
});

it("says that it isn't ready as soon as it is to end, and answers until then", async () => {
  const tokenFile = file("running", "secret");
  const config = { ...readConfig({}), port: 0, metricsPort: 0, tokenFile, drainSeconds: 0.3, logLevel: "silent" };
  const connection = { server: "https://127.0.0.1:1" };
  const receiver = await startReceiver(config, connection);
  const side = `http://127.0.0.1:${receiver.metricsPort}`;
  const status = async (url: string, init?: RequestInit) => (await fetch(url, init)).status;
  const before = await Promise.all(["/readyz", "/healthz", "/metrics", "/other"].map((path) => status(side + path)));
  expect(before).toEqual([200, 200, 200, 404]);
  const ended = receiver.stop();
  expect(await status(`${side}/readyz`)).toBe(503);
  // Nothing listens where the API server should: the caller is asked to try again.
  const body = JSON.stringify({ tenant: "demo", url: "https://example.com/" });
  const headers = { authorization: "Bearer secret" };
  expect(await status(`http://127.0.0.1:${receiver.port}/document`, { method: "POST", headers, body })).toBe(503);
  await ended;
  await expect(status(`http://127.0.0.1:${receiver.port}/health`)).rejects.toThrow();
});
