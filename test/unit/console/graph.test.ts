// A run's steps as a graph: retries are one step with attempts, groups are none, and lines go through them.
import { describe, expect, test } from "vitest";
import type { RunNode } from "../../../console/contract.ts";
import { edgesOf, stepsOf } from "../../../console/pages/workload/graph.ts";
import { fitting, zoomed } from "../../../console/pages/workload/view.ts";

let second = 0;
const node = (displayName: string, type: string, children: string[] = []): RunNode => ({
  id: displayName,
  name: displayName,
  displayName,
  type,
  phase: "Succeeded",
  children,
  startedAt: new Date(1_000 * second++).toISOString(),
});

const run = [
  node("prices", "DAG", ["scrape"]),
  node("scrape", "Retry", ["scrape(0)", "scrape(1)"]),
  node("scrape(0)", "Pod"),
  node("scrape(1)", "Pod", ["screenshot"]),
  node("screenshot", "Retry", ["screenshot(0)", "dom", "analysis"]),
  node("screenshot(0)", "Pod"),
  node("dom", "Pod", ["approval-gate"]),
  node("analysis", "TaskGroup", ["analysis(0:a)"]),
  node("analysis(0:a)", "Pod", ["approval-gate"]),
  node("approval-gate", "Suspend"),
];

describe("the graph of a run", () => {
  const steps = stepsOf(run);
  test("has a step for each task, with its attempts", () => {
    expect(steps.map(({ name, attempts }) => [name, attempts.length])).toEqual([
      ["scrape", 2],
      ["screenshot", 1],
      ["dom", 1],
      ["analysis(0:a)", 1],
      ["approval-gate", 1],
    ]);
  });
  test("leads from each step to the next, through attempts and groups", () => {
    expect(edgesOf(run, steps).map(({ from, to }) => `${from} > ${to}`)).toEqual([
      "scrape > screenshot",
      "screenshot > dom",
      "screenshot > analysis(0:a)",
      "dom > approval-gate",
      "analysis(0:a) > approval-gate",
    ]);
  });
  test("ends where nodes lead back to each other", () => {
    const circle = [node("a", "Pod", ["g"]), node("g", "DAG", ["h"]), node("h", "DAG", ["g"])];
    expect(edgesOf(circle, stepsOf(circle))).toEqual([]);
  });
});

describe("its picture", () => {
  test("keeps the point under the pointer where it is when it grows", () => {
    const view = zoomed({ x: 10, y: 20, scale: 1 }, 2, { x: 110, y: 70 });
    expect(view).toEqual({ scale: 2, x: -90, y: -30 });
  });
  test("is shown whole and in the middle", () => {
    expect(fitting({ width: 400, height: 100 }, { width: 200, height: 100 })).toEqual({ scale: 0.5, x: 0, y: 25 });
  });
});
