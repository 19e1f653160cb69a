// Every template of the platform in virtual time: its steps fail once and for good, hang, and its gates are answered in each way.
import "../../../pipeline-kit/vitest.ts";
import { RETRY_LIMIT } from "@agentic/api/retries.ts";
import { describe, expect, test } from "vitest";
import {
  fail,
  hang,
  lint,
  type Run,
  type StepScript,
  simulate,
  stepsOf,
  succeed,
} from "../../../pipeline-kit/index.ts";
import { workflowTemplates } from "../../../workflows/index.ts";

describe.each(workflowTemplates.map((template) => [template.metadata.name, template] as const))("%s", (_, template) => {
  const steps = stepsOf(template);
  const gates = steps.filter(({ isGate }) => isGate).map(({ name }) => name);
  const tasks = steps.filter(({ isGate }) => !isGate).map(({ name }) => name);
  const start = (scripts: Record<string, StepScript> = {}) => simulate(template, { steps: scripts });
  const deadlineOf = (task: string) =>
    Number(template.spec.templates.find(({ name }) => name === task)?.activeDeadlineSeconds);
  /** What waits for a task, directly or not. */
  const following = (name: string): string[] =>
    steps.filter((step) => step.after.includes(name)).flatMap((step) => [step.name, ...following(step.name)]);

  /** Approves at each gate as it is reached. */
  function approved(run: Run): Run {
    for (const gate of gates) if (run.advanceUntil(gate).waitingAt.includes(gate)) run.approve({ gate });
    return run;
  }

  test("has nothing that lint would name", () => {
    expect(lint(template)).toEqual([]);
  });

  test("runs each step once, and succeeds", () => {
    const run = approved(start());
    expect(run).toSucceed();
    for (const task of tasks) expect(run).toTry(task, 1);
  });

  test.each(tasks)("tries %s again when it fails once, and then goes on", (task) => {
    const run = approved(start({ [task]: [fail("transient")] }));
    expect(run).toSucceed();
    expect(run).toTry(task, 2);
  });

  test.each(tasks)("fails at once when %s fails for good, and runs nothing after it", (task) => {
    const run = approved(start({ [task]: fail("for-good", { message: "the page is no HTML" }) }));
    expect(run).toFail("the page is no HTML");
    expect(run).toTry(task, 1);
    expect(following(task).filter((name) => run.hasReached(name))).toEqual([]);
  });

  test.each(tasks)("ends a try of %s that hangs by its deadline, and tries again up to the limit", (task) => {
    expect(deadlineOf(task)).toBeGreaterThan(0);
    const once = approved(start({ [task]: [hang()] }));
    expect(once).toSucceed();
    expect(once).toTry(task, 2);
    expect(once.task(task)?.seconds).toBeGreaterThan(deadlineOf(task));
    const always = approved(start({ [task]: hang() }));
    expect(always).toFail("longer than the specified deadline");
    expect(always).toTry(task, RETRY_LIMIT + 1);
  });

  test("has no more pods at once than it allows, and those side by side that wait for the same", () => {
    const run = approved(start(Object.fromEntries(tasks.map((task) => [task, succeed({ after: "1m" })]))));
    expect(run).toSucceed();
    expect(run.mostPods).toBeLessThanOrEqual(template.spec.parallelism);
    const together = Map.groupBy(
      steps.filter(({ isGate }) => !isGate),
      (step) => step.after.join(),
    );
    expect(run.mostPods).toBeGreaterThanOrEqual(Math.max(...[...together.values()].map((group) => group.length)));
  });

  test.each(gates)("runs nothing after %s when it is denied, and nothing is wrong with the run", (gate) => {
    const run = start();
    expect(run).toReach(gate);
    run.deny({ gate });
    expect(run).toSucceed();
    expect(following(gate).filter((name) => run.hasReached(name))).toEqual([]);
  });

  test.each(gates)("takes no answer at %s in time for a no", (gate) => {
    const run = start();
    expect(run).toReach(gate);
    run.advanceBy("29m");
    expect(run.waitingAt).toEqual([gate]);
    run.advanceBy("2m");
    expect(run.waitingAt).toEqual([]);
    expect(run).toSucceed();
    expect(following(gate).filter((name) => run.hasReached(name))).toEqual([]);
  });

  test.each(["out-of-memory", "killed", "evicted", "preempted", "not-ready", "lost"] as const)(
    "goes on after each step's first pod was %s",
    (kind) => {
      const run = approved(start(Object.fromEntries(tasks.map((task) => [task, [fail(kind)]]))));
      expect(run).toSucceed();
      for (const task of tasks) expect(run).toTry(task, 2);
    },
  );
});
