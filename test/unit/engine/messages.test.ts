// What a workflow's message says, and the texts of it.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tail } from "../../../embedded/engine/core/text.ts";
import type { Template } from "../../../embedded/engine/core/types.ts";
import { byNode } from "./simulated-cluster.ts";
import { dag, pod, run } from "./templates.ts";

describe("a workflow's message", () => {
  const steps = (...names: string[]): Template => ({
    name: "main",
    steps: names.map((name) => [{ name, template: name }]),
  });

  test("has the reason that Argo leaves out, of steps, a DAG and what they call", () => {
    const bad = byNode({}, { exitCode: 1, output: "no such model" });
    const reason = "main: Error (exit code 1): no such model";
    const inSteps = run([steps("a"), pod("a")], bad);
    expect(inSteps.workflow.status?.message).toBe(`child '${inSteps.node("a")?.id}' failed: a: ${reason}`);
    expect(run([dag([{ name: "a", template: "p" }]), pod("p")], bad).workflow.status?.message).toBe(`a: ${reason}`);
    const nested = run(
      [steps("sub"), { name: "sub", dag: { tasks: [{ name: "deep", template: "p" }] } }, pod("p")],
      bad,
    );
    expect(nested.workflow.status?.message).toMatch(
      /^child '.*' failed: deep: main: Error \(exit code 1\): no such model$/,
    );
  });

  test("tells of the first failure that its author had not reckoned with, and how many there are", () => {
    const tasks = [
      { name: "tried", template: "p" },
      { name: "instead", template: "p", depends: "tried.Failed" },
      { name: "other", template: "p", depends: "tried.Failed" },
    ];
    const script = byNode({ tried: { exitCode: 7 }, instead: { exitCode: 8, seconds: 5 }, other: { exitCode: 9 } });
    expect(run([dag(tasks), pod("p")], script).workflow.status?.message).toBe(
      "other: main: Error (exit code 9) (and 1 more)",
    );
  });

  test("stays short, and whole characters", () => {
    const longMessage = run([dag([{ name: "a", template: "p" }]), pod("p")], () => ({
      exitCode: 1,
      output: "🎉".repeat(1000),
    }));
    const { message = "" } = longMessage.workflow.status ?? {};
    expect(message.length).toBeLessThan(1100);
    expect(message.isWellFormed()).toBe(true);
  });
});

describe("text", () => {
  test("is cut by bytes at its beginning, and never through a character", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.nat(40), (text, limit) => {
        const end = tail(text, limit);
        expect(Buffer.byteLength(end)).toBeLessThanOrEqual(limit);
        expect(text.endsWith(end)).toBe(true);
        expect(Buffer.byteLength(text) - Buffer.byteLength(end)).toBeLessThan(
          Math.max(Buffer.byteLength(text) - limit, 0) + 4,
        );
      }),
    );
  });
});
