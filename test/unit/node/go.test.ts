// Which Go builds the node.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ensureGo, isNewEnough, lookForGo, proxies } from "../../../embedded/node/go.ts";

test.each([
  ["go1.26.8", true],
  ["go1.27rc1", true],
  ["go2.0", true],
  ["go1.25.9", false],
  ["go1.19.8", false],
  ["devel", false],
  ["", false],
])("%s can build the node: %s", (version, expected) => {
  expect(isNewEnough(version)).toBe(expected);
});

test.each([
  [undefined, []],
  ["https://a.example,https://b.example|direct", ["https://a.example", "https://b.example"]],
  ["off", []],
])("GOPROXY=%s asks %j", (goproxy, expected) => {
  expect(proxies(goproxy)).toEqual(expected);
});

test("the first command that is a Go is taken, and none that isn't", async () => {
  expect(await lookForGo(import.meta.dirname, ["no-such-program", "false"])).toBeUndefined();
});

describe("a machine without Go", () => {
  afterEach(() => vi.unstubAllEnvs());

  /** What fetching says where a proxy answers with this. */
  async function fetchFailing(
    status: number,
    content = "",
  ): Promise<{ error: Error; requests: string[]; messages: string[] }> {
    const requests: string[] = [];
    const messages: string[] = [];
    const proxy = createServer(({ url = "" }, response) => {
      requests.push(url);
      response.writeHead(status).end(content);
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    vi.stubEnv("GOPROXY", `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/,direct`);
    const error = await ensureGo(import.meta.dirname, (text) => messages.push(text), []).catch(
      (failure: Error) => failure,
    );
    proxy.close();
    if (!(error instanceof Error)) throw new Error("something was fetched");
    return { error, requests, messages };
  }

  test("is told what each proxy answered, and what to install", async () => {
    const { error, requests, messages } = await fetchFailing(404);
    expect(error.message).toMatch(/can't be fetched \(http:.*: HTTP 404\): install Go 1\.26 or newer .* on PATH$/);
    expect(requests).toEqual([
      expect.stringMatching(/^\/golang\.org\/toolchain\/@v\/v0\.0\.1-go1\.26\.\d+\.linux-\w+\.zip$/),
    ]);
    expect(messages).toEqual([expect.stringMatching(/^fetching go1\.26/)]);
  });

  test("is told of a proxy that can't be reached, and of none", async () => {
    vi.stubEnv("GOPROXY", "http://127.0.0.1:1");
    await expect(ensureGo(import.meta.dirname, () => {}, [])).rejects.toThrow("http://127.0.0.1:1: fetch failed");
    vi.stubEnv("GOPROXY", "off");
    await expect(ensureGo(import.meta.dirname, () => {}, [])).rejects.toThrow("GOPROXY has no URL");
  });

  test("gets none that isn't the one that is expected", async () => {
    const { error } = await fetchFailing(200, "another");
    expect(error.message).toMatch(/is not the expected file: its SHA-256 is [0-9a-f]{64} instead of [0-9a-f]{64}$/);
  });
});
