// What a step waits for before it is tried again.
import { RETRY_KINDS } from "@agentic/api/retries.ts";
import { describe, expect, test } from "vitest";
import { readSettings } from "../../../agents/core/config.ts";
import { exitCodeOf, InterruptedError, isNotReady, TransientError } from "../../../agents/core/errors.ts";
import { createLog } from "../../../agents/core/log.ts";
import { retry } from "../../../agents/core/retry.ts";
import { awaitTurn, turnOf } from "../../../agents/core/turn.ts";
import { agentEnvironment } from "./environment.ts";

const settings = (last: Record<string, string>) => readSettings("scrape", { ...agentEnvironment, ...last });
const OUT_OF_MEMORY = {
  ATTEMPT: "1",
  LAST_STATUS: "Failed",
  LAST_EXIT_CODE: "137",
  LAST_MESSAGE: "main: OOMKilled (exit code 137)",
};

describe("a step's turn", () => {
  test.each([
    [OUT_OF_MEMORY, "exhausted"],
    [
      { ATTEMPT: "2", LAST_STATUS: "Failed", LAST_EXIT_CODE: "75", LAST_MESSAGE: "main: Error (exit code 75)" },
      "transient",
    ],
    [
      { ATTEMPT: "1", LAST_STATUS: "Failed", LAST_EXIT_CODE: "69", LAST_MESSAGE: "main: Error (exit code 69)" },
      "notReady",
    ],
    [{ ATTEMPT: "1", LAST_STATUS: "Error", LAST_EXIT_CODE: "0", LAST_MESSAGE: "pod deleted" }, "lost"],
  ] as const)("after %j is that of a failure of the kind %s", (last, kind) => {
    const [shortest, longest] = RETRY_KINDS[kind].wait;
    const { lastTry } = settings(last);
    expect(turnOf(lastTry, () => 0)).toEqual({ kind, waitMs: shortest * 1000 });
    expect(turnOf(lastTry, () => 0.5)).toEqual({ kind, waitMs: (shortest + longest) * 500 });
  });

  test("is at once for the first try, also where the engine's variables say that there was none before", async () => {
    const first = settings({ ...OUT_OF_MEMORY, ATTEMPT: "0" });
    expect(first.lastTry).toBeUndefined();
    const lines: string[] = [];
    await awaitTurn(first, { signal: new AbortController().signal, log: createLog(first, (line) => lines.push(line)) });
    expect(lines).toEqual([]);
  });

  test("is told in the log, and its wait ends as the pod is asked to go", async () => {
    const again = settings(OUT_OF_MEMORY);
    const lines: string[] = [];
    const interrupt = new AbortController();
    const waiting = awaitTurn(again, {
      signal: interrupt.signal,
      log: createLog(again, (line) => lines.push(line)),
    });
    interrupt.abort();
    const error = await waiting.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InterruptedError);
    expect(exitCodeOf(error)).toBe(75);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      ...{ level: "warn", attempt: 1, kind: "exhausted", msg: "tried again, waiting before it begins" },
      error: "main: OOMKilled (exit code 137)",
    });
    const { waitMs } = JSON.parse(lines[0] ?? "") as { waitMs: number };
    expect(waitMs).toBeGreaterThanOrEqual(20_000);
  });
});

describe("a service that isn't ready", () => {
  const refused = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
  test.each([
    ["a refused connection", refused],
    ["several tries at several addresses", new AggregateError([refused])],
    ["a cause of that kind", new TransientError("browser", { cause: refused })],
    ["Postgres as it starts", Object.assign(new Error("starting up"), { code: "57P03" })],
    ["an S3 answer of 503", { $metadata: { httpStatusCode: 503 } }],
    ["our own of 503", new TransientError("gateway", { httpStatus: 503 })],
    ["a message alone", new Error("WebSocket error: connect ECONNREFUSED 10.0.0.1:3000")],
  ])("is %s", (_, error) => expect(isNotReady(error)).toBe(true));
  test.each([
    ["a connection that broke", Object.assign(new Error("reset"), { code: "ECONNRESET" })],
    ["a rate limit", { status: 429 }],
    ["another failure of a server", { status: 500 }],
  ])("isn't %s", (_, error) => expect(isNotReady(error)).toBe(false));

  test("ends the step with an exit code of its own, once its time is over; a failing one with that of an outage", async () => {
    const options = { what: "ask it", attempts: 2, baseMs: 1, capMs: 1 };
    const codeAfter = (error: unknown) => retry(() => Promise.reject(error), options).catch(exitCodeOf);
    expect(await codeAfter(refused)).toBe(69);
    expect(await codeAfter({ status: 500 })).toBe(75);
  });
});
