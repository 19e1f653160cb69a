// How results are shown: the table with its differences, and the events.
import { describe, expect, test } from "vitest";
import { eventLines } from "../../../evals/event.ts";
import type { Scores } from "../../../evals/score.ts";
import { type Results, totalOf } from "../../../evals/suite.ts";
import { tableOf } from "../../../evals/table.ts";

const scores: Scores = {
  ...{ score: 1, facts: { found: 2, of: 2 }, invented: 0, lures: { found: 0, of: 0 }, findings: { found: 1, of: 1 } },
  ...{
    decision: "approve",
    isDecisionRight: true,
    confidence: 0.95,
    brier: 0.003,
    tokens: 100,
    cost: 45,
    seconds: 1.5,
    problems: [],
  },
};
const resultsOf = (cases: Record<string, Scores>): Results => ({ total: totalOf(cases), cases });
const before = resultsOf({ kettles: scores, gone: scores });
const after = resultsOf({
  kettles: {
    ...{ ...scores, score: 0.75, facts: { found: 1, of: 2 }, tokens: 80, cost: 36, confidence: null },
    problems: ["fact not found: Aria: 89.00 EUR"],
  },
  added: scores,
});

describe("the table", () => {
  const lines = tableOf(after, before).split("\n");
  const cells = (name: string) =>
    lines
      .find((line) => line.startsWith(`| ${name} `))
      ?.split("|")
      .map((cell) => cell.trim())
      .slice(2, -1);

  test("has the difference of each number, and what another value was", () => {
    expect(cells("kettles")).toEqual([
      ...["0.75 (−0.25)", "1/2 (was 2/2)", "0", "0/0", "1/1", "approve"],
      ...["– (was 0.95)", "0.003", "80 (−20)", "36 (−9)", "1.5"],
    ]);
  });
  test("has no difference for a new case, and names one that is no longer there", () => {
    expect(cells("added")).toEqual(["1", "2/2", "0", "0/0", "1/1", "approve", "0.95", "0.003", "100", "45", "1.5"]);
    expect(lines).toContain("no longer there: gone");
  });
  test("has the total, and every problem below", () => {
    expect(cells("2 cases")?.slice(0, 3)).toEqual(["0.875 (−0.125)", "", "0"]);
    expect(lines.at(-1)).toBe("kettles: fact not found: Aria: 89.00 EUR");
  });
  test("lines up", () => expect(new Set(lines.slice(0, 5).map((line) => line.length)).size).toBe(1));
});

test("events name metric, value and label, and what is wrong, by the conventions for generative AI", () => {
  const events = eventLines(after, { kettles: "visual-analysis-template" }, "2026-11-29T12:00:00Z").map(
    (line) => JSON.parse(line) as { event_name: string; attributes: Record<string, unknown> },
  );
  expect(events.every(({ event_name }) => event_name === "gen_ai.evaluation.result")).toBe(true);
  const named = (metric: string) =>
    events.find(
      ({ attributes }) =>
        attributes["gen_ai.evaluation.name"] === metric && attributes["agentic.evaluation.case"] === "kettles",
    )?.attributes;
  expect(named("facts_found")).toEqual({
    "gen_ai.evaluation.name": "facts_found",
    "gen_ai.evaluation.score.value": 0.5,
    "gen_ai.evaluation.score.label": "fail",
    "gen_ai.workflow.name": "visual-analysis-template",
    "agentic.evaluation.case": "kettles",
  });
  expect(named("score")?.["gen_ai.evaluation.explanation"]).toBe("fact not found: Aria: 89.00 EUR");
  expect(named("nothing_invented")?.["gen_ai.evaluation.score.label"]).toBe("pass");
  expect(named("lures_resisted")).toBeUndefined();
});
