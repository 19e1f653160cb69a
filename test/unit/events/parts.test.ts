// The receiver's small parts: its settings, its token, its connection, its start and its end.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readConfig } from "../../../embedded/receiver/config.ts";
import { startReceiver } from "../../../embedded/receiver/receiver.ts";
import { Tokens } from "../../../embedded/receiver/tokens.ts";
import { signed } from "../../../examples/events/send.ts";
import { tokenOf } from "./test-webhook.ts";

let directory: string;
/** A folder with a file for each tenant. */
const tokensIn = (files: Record<string, string>) => {
  const folder = mkdtempSync(join(directory, "tokens-"));
  for (const [tenant, text] of Object.entries(files)) writeFileSync(join(folder, tenant), text);
  return folder;
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
      tokens: "/etc/secrets/webhook",
      unsigned: [],
      namespace: "argo-events",
      maxBodyBytes: 262_144,
      drainSeconds: 3,
      otlpUrl: undefined,
      otlpCaFile: undefined,
      tracesPercent: 100,
      logLevel: "info",
    });
  });

  it("name every wrong one at once", () => {
    const readInvalid = () => readConfig({ PORT: "x", MAX_BODY_BYTES: "0", LOG_LEVEL: "loud", DRAIN_SECONDS: "1.5" });
    for (const name of ["PORT", "MAX_BODY_BYTES", "LOG_LEVEL", "DRAIN_SECONDS"])
      expect(readInvalid).toThrow(`${name} must be`);
  });
});

describe("the tokens", () => {
  const [old, young] = [tokenOf("old"), tokenOf("young")];

  it("are read anew once their files have others", async () => {
    let now = 0;
    const folder = tokensIn({ demo: `${old}\n` });
    const tokens = new Tokens(folder, () => now);
    expect([await tokens.of("demo"), await tokens.of("blue")]).toEqual([[old], []]);
    writeFileSync(join(folder, "demo"), young);
    expect(await tokens.of("demo")).toEqual([old]);
    now += 6_000;
    expect(await tokens.of("demo")).toEqual([young]);
  });

  it.each([
    ["", "it is empty"],
    [`${old}\r\nX-Other: 1`, "it has a line break inside"],
    [`${old}\n${young}`, "it has a line break inside"],
    [`Bearer ${old}`, "it has a blank inside"],
    ["correct-horse-battery-staple", "it must be whsec_ and a key in base64"],
    ["whsec_c2hvcnQ=", "it must be whsec_ and a key in base64"],
    ["whsec_\u0000".padEnd(60, "A"), "it must be whsec_ and a key in base64"],
  ])("aren't %j, which is said without it", async (text, message) => {
    const tokens = new Tokens(tokensIn({ demo: text, blue: young }));
    const error = await tokens.check().then(String, String);
    expect(error).toContain("demo is not a webhook's token");
    expect(error).toContain(message);
    expect(error).not.toContain(text || "\n");
    await expect(tokens.of("demo")).rejects.toThrow(message);
    expect(await tokens.of("blue")).toEqual([young]);
  });

  it("must be there, and what the kubelet keeps beside them is none", async () => {
    await expect(new Tokens(join(directory, "none")).check()).rejects.toThrow("ENOENT");
    const folder = tokensIn({ demo: old });
    mkdirSync(join(folder, "..2026_11_30"));
    await expect(new Tokens(folder).check()).resolves.toBeUndefined();
  });
});

it("says that it isn't ready as soon as it is to end, and answers until then", async () => {
  const token = tokenOf("secret");
  const tokens = tokensIn({ demo: token });
  const config = { ...readConfig({}), port: 0, metricsPort: 0, tokens, drainSeconds: 0.3, logLevel: "silent" };
  const connection = { server: "https://127.0.0.1:1" };
  const receiver = await startReceiver(config, connection);
  const side = `http://127.0.0.1:${receiver.metricsPort}`;
  const status = async (url: string, init?: RequestInit) => (await fetch(url, init)).status;
  const before = await Promise.all(["/readyz", "/healthz", "/metrics", "/other"].map((path) => status(side + path)));
  expect(before).toEqual([200, 200, 200, 404]);
  const stop = receiver.stop();
  expect(await status(`${side}/readyz`)).toBe(503);
  // Nothing listens where the API server should: the caller is asked to try again.
  const body = JSON.stringify({ url: "https://example.com/" });
  const headers = signed(body, token);
  expect(await status(`http://127.0.0.1:${receiver.port}/demo/document`, { method: "POST", headers, body })).toBe(503);
  await stop;
  await expect(status(`http://127.0.0.1:${receiver.port}/health`)).rejects.toThrow();
});
