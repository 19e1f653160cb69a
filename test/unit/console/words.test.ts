// What the console's pages say in words: a workload's story, lines of logs, times.
import { spanOf } from "@agentic/api/times.ts";
import { describe, expect, test } from "vitest";
import { clockOf, parseLine, readLines } from "../../../console/pages/workload/log-lines.ts";
import { storyOf } from "../../../console/pages/workload/tell.ts";

describe("a story", () => {
  const at = (minute: number) => new Date(minute * 60_000).toISOString();
  const condition = { type: "Approved", status: "False" as const, reason: "TimedOut", message: "nobody answered" };
  const event = { type: "Warning" as const, count: 1, about: "AgentWorkload/prices" };
  const story = storyOf(
    [{ ...condition, lastTransitionTime: at(3) }],
    [
      { ...event, at: at(1), reason: "TightDeadline", message: "short" },
      { ...event, at: at(3), reason: "TimedOut", message: "nobody answered" },
      { ...event, at: at(2), reason: "BackOff", message: "again", about: "Pod/prices-1", count: 4 },
    ],
  );
  test("tells each thing once, the newest first, in words", () =>
    expect(story.map(({ title, text, bad, count }) => [title, text, bad, count])).toEqual([
      ["Approved: timed out", "nobody answered", true, 1],
      ["Back off", "Pod/prices-1: again", true, 4],
      ["Tight deadline", "short", true, 1],
    ]));
});

test("a story tells a workload's end once, after all else of its second", () => {
  const made = { lastTransitionTime: "2026-01-01T00:00:00Z", message: "it failed" };
  const ended = { ...made, status: "False" as const, reason: "StepFailed" };
  const accepted = { ...made, type: "Accepted", status: "True" as const, reason: "Started", message: "valid" };
  const story = storyOf([accepted, { ...ended, type: "Finished" }, { ...ended, type: "Succeeded" }], []);
  expect(story.map(({ title }) => title)).toEqual(["Finished: step failed", "Accepted: started"]);
});

describe("a line of a log", () => {
  test("of JSON has its level, time and words, and the rest beside them", () =>
    expect(parseLine('{"level":"warn","time":1000,"msg":"slow","n":3}', 7)).toEqual({
      ...{ n: 7, level: "warn", at: "1000", text: "slow", rest: '{"n":3}' },
    }));
  test.each(["{broken", "[1]", "plain words"])("that isn't a JSON object is itself: %s", (line) =>
    expect(parseLine(line, 0)).toMatchObject({ text: line, level: "" }),
  );
  test("without a time has no clock", () => expect([clockOf(""), clockOf("soon")]).toEqual(["", ""]));
  test("is whole however its bytes arrive", async () => {
    const bytes = new TextEncoder().encode("eins\nzwölf\n\ndrei");
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    const lines: string[] = [];
    await readLines(stream, (some) => lines.push(...some));
    expect(lines).toEqual(["eins", "zwölf", "drei"]);
  });
});

test.each([
  [-5, "0s"],
  [59, "59s"],
  [7_500, "2h5m"],
  [90_061, "1d1h"],
])("%i seconds are %s", (seconds, words) => expect(spanOf(seconds)).toBe(words));
