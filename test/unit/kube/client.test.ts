// What the client makes of the API server's answers.
import { afterEach, describe, expect, it } from "vitest";
import { ApiError } from "../../../kube/client/api-error.ts";
import { fakeApi } from "./fake-api.ts";

let api: Awaited<ReturnType<typeof fakeApi>> | undefined;

afterEach(async () => {
  await api?.close();
  api = undefined;
});

describe("the client", () => {
  it("sends its token and reads the answer", async () => {
    api = await fakeApi(() => ({ body: { a: 1 } }));
    expect(await api.client.get("/x", { limit: 5, empty: "", none: undefined })).toEqual({ a: 1 });
    expect(api.asked[0]?.headers.authorization).toBe("Bearer secret");
    expect([...(api.asked[0]?.query ?? [])]).toEqual([["limit", "5"]]);
  });

  it("sends a merge patch as one", async () => {
    api = await fakeApi(() => ({}));
    await api.client.patch("/x", { a: null });
    expect(api.asked[0]).toMatchObject({ method: "PATCH", body: { a: null } });
    expect(api.asked[0]?.headers["content-type"]).toBe("application/merge-patch+json");
  });

  it("makes errors of the API server's Status, with the wait that it asks for", async () => {
    api = await fakeApi(() => ({
      code: 429,
      body: { reason: "TooManyRequests", message: "slow down" },
      headers: { "retry-after": "2" },
    }));
    const error = await api.client.get("/x").catch((refused: ApiError) => refused);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 429, reason: "TooManyRequests", message: "slow down", retryAfterMs: 2000 });
  });

  it("reads a date of when to come again", async () => {
    const at = new Date(Date.now() + 60_000).toUTCString();
    api = await fakeApi(() => ({ code: 429, headers: { "retry-after": at }, body: { message: "slow down" } }));
    const error = (await api.client.get("/x").catch((refused: ApiError) => refused)) as ApiError;
    expect(error.retryAfterMs).toBeGreaterThan(55_000);
    expect(error.retryAfterMs).toBeLessThanOrEqual(61_000);
  });

  it("makes errors of what is no Status, too", async () => {
    api = await fakeApi(() => ({ code: 502, body: "<html>bad gateway" }));
    await expect(api.client.delete("/x")).rejects.toThrow("HTTP 502: <html>bad gateway");
  });

  it("asks once more where the connection was closed under it, and no third time", async () => {
    let left = 1;
    api = await fakeApi(() => (left-- > 0 ? "hang up" : { body: { a: 1 } }));
    expect(await api.client.get("/x")).toEqual({ a: 1 });
    left = 2;
    await expect(api.client.get("/x")).rejects.toThrow();
  });
});
