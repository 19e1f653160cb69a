// The client: what it sends, and what it returns or throws for the API server's answers.
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { ApiError, isStatus } from "../../../kube/client/api-error.ts";
import { Client, type ClientOptions } from "../../../kube/client/client.ts";
import { lines } from "../../../kube/client/lines.ts";
import { serve } from "./per-test.ts";

const clients: Client[] = [];

/** A client with other options than the fake API server's own. */
function clientOf({ url }: { url: string }, options: ClientOptions): Client {
  const client = new Client({ server: url }, options);
  clients.push(client);
  return client;
}

afterEach(async () => {
  for (const client of clients.splice(0)) await client.destroy();
});

describe("the client", () => {
  it("sends its token and reads the answer", async () => {
    const api = await serve(() => ({ body: { a: 1 } }));
    expect(await api.client.get("/x", { limit: 5, empty: "", none: undefined })).toEqual({ a: 1 });
    expect(api.requests[0]?.headers.authorization).toBe("Bearer secret");
    expect([...(api.requests[0]?.query ?? [])]).toEqual([["limit", "5"]]);
  });

  it("sends a patch as a merge patch by default", async () => {
    const api = await serve(() => ({}));
    await api.client.patch("/x", { a: null });
    expect(api.requests[0]).toMatchObject({ method: "PATCH", body: { a: null } });
    expect(api.requests[0]?.headers["content-type"]).toBe("application/merge-patch+json");
  });

  it("makes an error of the API server's Status, with the wait that it asks for", async () => {
    const api = await serve(() => ({
      code: 429,
      body: { reason: "TooManyRequests", message: "slow down" },
      headers: { "retry-after": "2" },
    }));
    const error = await api.client.get("/x").catch((reason: ApiError) => reason);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 429, reason: "TooManyRequests", message: "slow down", retryAfterMs: 2000 });
  });

  it("reads a Retry-After that is a date", async () => {
    const at = new Date(Date.now() + 60_000).toUTCString();
    const api = await serve(() => ({ code: 429, headers: { "retry-after": at }, body: { message: "slow down" } }));
    const error = (await api.client.get("/x").catch((reason: ApiError) => reason)) as ApiError;
    expect(error.retryAfterMs).toBeGreaterThan(55_000);
    expect(error.retryAfterMs).toBeLessThanOrEqual(61_000);
  });

  it("makes an error of an answer that isn't a Status, too", async () => {
    const api = await serve(() => ({ code: 502, body: "<html>bad gateway" }));
    await expect(api.client.delete("/x")).rejects.toThrow("HTTP 502: <html>bad gateway");
  });

  it("sends a request once more after its connection was closed, and not a third time", async () => {
    let failuresLeft = 1;
    const api = await serve(() => (failuresLeft-- > 0 ? "hang up" : { body: { a: 1 } }));
    expect(await api.client.get("/x")).toEqual({ a: 1 });
    failuresLeft = 2;
    await expect(api.client.get("/x")).rejects.toThrow();
  });

  it("sends each kind of write with its method, body and content type", async () => {
    const api = await serve(() => ({}));
    const query = { fieldValidation: "Strict" };
    await api.client.create("/x", { a: 1 }, { query });
    await api.client.replace("/x", { a: 2 });
    await api.client.patch("/x", [], { contentType: "application/json-patch+json" });
    await api.client.delete("/x", { propagationPolicy: "Background" });
    expect(api.requests.map(({ method, body, headers }) => [method, body, headers["content-type"]])).toEqual([
      ["POST", { a: 1 }, "application/json"],
      ["PUT", { a: 2 }, "application/json"],
      ["PATCH", [], "application/json-patch+json"],
      ["DELETE", { propagationPolicy: "Background" }, "application/json"],
    ]);
    expect(api.requests[0]?.query.get("fieldValidation")).toBe("Strict");
  });

  it("lists all pages", async () => {
    const pages: object[] = [
      { metadata: { resourceVersion: "1", continue: "more" }, items: [1, 2] },
      { metadata: { resourceVersion: "1" }, items: null },
    ];
    const api = await serve(() => ({ body: pages.shift() }));
    expect(await api.client.list("/x", { query: { labelSelector: "a" }, limit: 2 })).toEqual([1, 2]);
    expect(api.requests.map(({ query }) => Object.fromEntries(query))).toEqual([
      { labelSelector: "a", limit: "2" },
      { labelSelector: "a", limit: "2", continue: "more" },
    ]);
  });

  it("keeps the whole Status, and tells one status from another", async () => {
    const body = {
      reason: "Invalid",
      message: "x is invalid",
      details: { causes: [{ field: "spec", message: "no" }] },
    };
    const api = await serve(() => ({ code: 422, body }));
    const error = await api.client.get("/x").catch((reason: unknown) => reason);
    expect(error).toMatchObject({ status: 422, body });
    expect([isStatus(error, 404, 422), isStatus(error, 404), isStatus(new Error("x"), 422)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it.each([["null"], ["[]"], ["3"], [""]])("makes an error of a refusal that says %j", async (text) => {
    const api = await serve(() => ({ code: 500, body: text }));
    await expect(api.client.get("/x")).rejects.toThrow("HTTP 500");
  });

  it("waits and tries again as `retry` says, and observes each answer", async () => {
    const codes = [503, 503, 200];
    const api = await serve(() => ({ code: codes.shift() ?? 500, body: { a: 1 } }));
    const observed: string[] = [];
    const attempts: number[] = [];
    const client = clientOf(api, {
      observe: ({ verb, code }) => observed.push(`${verb} ${code}`),
      retry: ({ error, attempt }) => {
        attempts.push(attempt);
        return isStatus(error, 503) ? 1 : undefined;
      },
    });
    expect(await client.get("/x")).toEqual({ a: 1 });
    expect(observed).toEqual(["GET 503", "GET 503", "GET 200"]);
    expect(attempts).toEqual([0, 1]);
  });

  it("reads JSON with the given parser", async () => {
    const api = await serve(() => ({ body: "12345678901234567890" }));
    expect(await clientOf(api, { parse: (text) => BigInt(text) }).get("/x")).toBe(12345678901234567890n);
  });

  it("calls the fence before each try, and sends nothing if it rejects", async () => {
    let calls = 0;
    const fence = async () => {
      if (++calls > 2) throw new Error("not any more");
    };
    const api = await serve(() => ({ code: 503, body: {} }));
    const client = clientOf(api, { retry: ({ error }) => (isStatus(error, 503) ? 0 : undefined) });
    await expect(client.create("/x", {}, { fence })).rejects.toThrow("not any more");
    // Before the first try, when its connection was there, and before the second.
    expect([calls, api.requests.length]).toEqual([3, 1]);
  });

  it("gives up on an answer that falls silent in the middle, and on one that never begins", async () => {
    const observed: string[] = [];
    const api = await serve(({ path }, response) => {
      if (path === "/half") response.writeHead(200).write('{"a":');
      return undefined;
    });
    const client = clientOf(api, { timeoutMs: 100, observe: ({ code }) => observed.push(code) });
    await expect(client.get("/half")).rejects.toMatchObject({ code: "UND_ERR_BODY_TIMEOUT" });
    await expect(client.get("/none")).rejects.toMatchObject({ code: "UND_ERR_HEADERS_TIMEOUT" });
    expect(observed).toEqual(["error", "error"]);
  });

  it("ends a request with its signal", async () => {
    const api = await serve(() => undefined);
    const signal = AbortSignal.timeout(20);
    await expect(api.client.get("/x", {}, signal)).rejects.toMatchObject({ name: "TimeoutError" });
  });

  it("returns bytes, and throws for a refusal", async () => {
    let code = 200;
    const api = await serve(() => ({ code, body: "a\nb" }));
    const readEvents = async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of clientOf(api, {}).bytes("/log")) chunks.push(chunk);
      return Buffer.concat(chunks).toString();
    };
    expect(await readEvents()).toBe("a\nb");
    code = 404;
    await expect(readEvents()).rejects.toMatchObject({ status: 404 });
  });
});

describe("lines", () => {
  it("are the same however their bytes are cut", async () => {
    const text = fc.array(fc.string({ unit: "grapheme" }).map((line) => line.replaceAll("\n", "")));
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.nat(200)), async (texts, cuts) => {
        const bytes = Buffer.from(texts.map((line) => `${line}\n`).join(""));
        const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
        const chunks = places.slice(1).map((end, i) => bytes.subarray(places[i], end));
        const events: string[] = [];
        for await (const line of lines(asyncOf([...chunks, Buffer.from("the end that is missing")]))) events.push(line);
        expect(events).toEqual(texts.filter((line) => line !== ""));
      }),
    );
  });
});

async function* asyncOf<T>(values: T[]): AsyncGenerator<T> {
  yield* values;
}
