// What is tried again, how often, and what a step's exit code says.
import { describe, expect, test } from "vitest";
import {
  exitCodeOf,
  InterruptedError,
  isTransient,
  PermanentError,
  describe as say,
  TransientError,
} from "../../../agents/core/errors.ts";
import { retry } from "../../../agents/core/retry.ts";

const coded = (code: string) => Object.assign(new Error(code), { code });
const quick = { baseMs: 1, capMs: 2, what: "do it" };

describe("isTransient", () => {
  test.each([
    ["a refused connection", coded("ECONNREFUSED")],
    ["a name server in trouble", coded("EAI_AGAIN")],
    ["Postgres shutting down", coded("57P01")],
    ["too many connections", coded("53300")],
    ["an S3 answer of 503", { name: "x", $metadata: { httpStatusCode: 503 } }],
    ["a rate limit", { status: 429 }],
    ["an OpenAI connection error", { name: "APIConnectionError" }],
    ["a cause of that kind", new Error("wrapped", { cause: coded("ECONNRESET") })],
    ["several tries at several addresses", new AggregateError([coded("ECONNREFUSED")])],
    ["a lost connection without a code", new Error("Connection terminated unexpectedly")],
    ["a browser that went away", new Error("page.goto: Target page, context or browser has been closed")],
    ["our own", new TransientError("x")],
  ])("%s is", (_, error) => expect(isTransient(error)).toBe(true));
  test.each([
    ["a refusal", { $metadata: { httpStatusCode: 403 } }],
    ["a wrong question", { status: 400, code: "ECONNRESET" }],
    ["a method that is not implemented", { status: 501 }],
    ["a wrong password", coded("28P01")],
    ["our own", new PermanentError("x", { cause: coded("ECONNRESET") })],
    ["a mistake in the program", new TypeError("x is not a function")],
    ["nothing", undefined],
  ])("%s is not", (_, error) => expect(isTransient(error)).toBe(false));
});

test("exit codes tell the engine whether another pod is worth it", () => {
  expect(exitCodeOf(new TransientError("x"))).toBe(75);
  expect(exitCodeOf(new PermanentError("x"))).toBe(1);
});

test("errors are told in one line, even those without a message", () => {
  expect(say(new Error("first\nsecond"))).toBe("first");
  expect(say(Object.assign(new AggregateError([coded("ECONNREFUSED")]), { message: "" }))).toBe("ECONNREFUSED");
  expect(say(Object.assign(new Error(""), { code: "EPIPE" }))).toBe("EPIPE");
  expect(say("thrown text")).toBe("thrown text");
});

describe("retry", () => {
  const failing = (times: number, error: unknown) => {
    let calls = 0;
    return Object.assign(
      async () => {
        if (++calls <= times) throw error;
        return calls;
      },
      { calls: () => calls },
    );
  };

  test("tries until it works, and tells of each wait", async () => {
    const events: number[] = [];
    expect(
      await retry(failing(3, coded("ECONNREFUSED")), { ...quick, onRetry: ({ attempt }) => events.push(attempt) }),
    ).toBe(4);
    expect(events).toEqual([1, 2, 3]);
  });
  test("does not try again what no retry mends", async () => {
    const action = failing(1, new PermanentError("no"));
    await expect(retry(action, quick)).rejects.toThrow("no");
    expect(action.calls()).toBe(1);
  });
  test("stops after its attempts, with what was tried and why it failed", async () => {
    await expect(retry(failing(9, coded("ECONNRESET")), { ...quick, attempts: 3 })).rejects.toThrow(
      /^do it: ECONNRESET \(after 3 tries/,
    );
  });
  test("starts no wait that would end too late", async () => {
    const action = failing(9, coded("ECONNRESET"));
    await expect(
      retry(action, { ...quick, baseMs: 1000, capMs: 1000, withinMs: 100, random: () => 1 }),
    ).rejects.toThrow(TransientError);
    expect(action.calls()).toBe(1);
  });
  test("waits a random part of a limit that doubles up to its cap", async () => {
    const waits: number[] = [];
    const options = {
      ...quick,
      baseMs: 2,
      capMs: 6,
      random: () => 0.5,
      onRetry: ({ waitMs }: { waitMs: number }) => waits.push(waitMs),
    };
    await retry(failing(4, coded("ECONNRESET")), options);
    expect(waits).toEqual([1, 2, 3, 3]);
  });
  test("waits at least as long as the other side asks", async () => {
    const waits: number[] = [];
    const onRetry = ({ waitMs }: { waitMs: number }) => waits.push(waitMs);
    await retry(failing(1, new TransientError("busy", { retryAfterMs: 20 })), { ...quick, onRetry });
    await retry(failing(1, { status: 429, headers: new Headers({ "retry-after": "0" }) }), { ...quick, onRetry });
    expect(waits[0]).toBe(20);
  });
  test("a date to wait for counts as the seconds that are left until then", async () => {
    const waits: number[] = [];
    const onRetry = ({ waitMs }: { waitMs: number }) => waits.push(waitMs);
    const date = new Date(Date.now() + 1_000).toUTCString();
    await retry(failing(1, { status: 429, headers: new Headers({ "retry-after": date }) }), { ...quick, onRetry });
    expect(waits[0]).toBeGreaterThan(900);
  });
  test("reads what any client calls headers, by the other side's clock", async () => {
    const waits: number[] = [];
    const onRetry = ({ waitMs }: { waitMs: number }) => waits.push(waitMs);
    const fields: Record<string, string> = {
      date: "Sun, 06 Nov 1994 08:49:37 GMT",
      "retry-after": "Sun, 06 Nov 1994 08:49:37 GMT",
    };
    const headers = { get: (name: string) => fields[name] ?? null };
    await retry(failing(1, { status: 429, headers }), { ...quick, onRetry });
    expect(waits[0]).toBeGreaterThanOrEqual(1000);
  });
  test("gives up at once when asked to wait longer than there is time, and says so", async () => {
    const action = failing(9, { status: 429, headers: new Headers({ "retry-after": "3600" }) });
    await expect(retry(action, { ...quick, withinMs: 60_000 })).rejects.toThrow("asked to wait 3600 s");
    expect(action.calls()).toBe(1);
  });
  test("ends at once when the pod has to go, waiting or not", async () => {
    const interrupt = new AbortController();
    const retrying = retry(failing(9, coded("ECONNRESET")), {
      ...quick,
      baseMs: 60_000,
      capMs: 60_000,
      random: () => 1,
      signal: interrupt.signal,
    });
    setTimeout(() => interrupt.abort(), 5);
    await expect(retrying).rejects.toThrow(InterruptedError);
    await expect(retry(failing(9, coded("ECONNRESET")), { ...quick, signal: interrupt.signal })).rejects.toThrow(
      InterruptedError,
    );
  });
});
