// continueOn: what follows a step or a task ignores its failure (workflow/common/ancestry.go, workflow/controller/{dag,steps}.go).
import { describe, expect, test } from "vitest";
import { byNode } from "./simulated-cluster.ts";
import { status } from "./submitted-spec.ts";
import { dag, phases, pod, run } from "./templates.ts";

const failing = byNode({ a: { exitCode: 1 }, "a(0:x)": { exitCode: 1 } });
const steps = (continueOn: { failed?: boolean; error?: boolean }, more: object = {}) => [
  {
    name: "main",
    steps: [[{ name: "a", template: "p", continueOn, ...more }], [{ name: "b", template: "p" }]],
  },
  pod("p"),
];

describe("continueOn", () => {
  test("of a step lets the next group begin and the workflow succeed", () => {
    const cluster = run(steps({ failed: true }), failing);
    expect(phases(cluster)).toMatchObject({ a: "Failed", "[0]": "Succeeded", b: "Succeeded" });
    expect(cluster.workflow.status?.phase).toBe("Succeeded");
  });

  test("of a repeated step counts for each repetition", () => {
    const cluster = run(steps({ failed: true }, { withItems: ["x", "y"] }), failing);
    expect(phases(cluster)).toMatchObject({ "a(0:x)": "Failed", "a(1:y)": "Succeeded", b: "Succeeded" });
  });

  test("is for errors or for failures, not for both", () => {
    const cluster = run(steps({ error: true }), failing);
    expect(phases(cluster)).toMatchObject({ a: "Failed", "[0]": "Failed" });
    expect(cluster.workflow.status?.phase).toBe("Failed");
    const errored = run(steps({ error: true }), byNode({ a: { deleted: true } }));
    expect(phases(errored)).toMatchObject({ a: "Error", b: "Succeeded" });
  });

  test("of a task lets those run that name it in dependencies, and a last one not fail the DAG", () => {
    const tasks = [
      { name: "a", template: "p", continueOn: { failed: true } },
      { name: "b", template: "p", dependencies: ["a"] },
    ];
    const cluster = run([dag(tasks), pod("p")], failing);
    expect(phases(cluster)).toMatchObject({ a: "Failed", b: "Succeeded" });
    expect(cluster.workflow.status?.phase).toBe("Succeeded");
    expect(run([dag(tasks.slice(0, 1)), pod("p")], failing).workflow.status?.phase).toBe("Succeeded");
  });

  test("of another task does not let a task run whose dependency has failed", () => {
    const tasks = [
      { name: "a", template: "p" },
      { name: "b", template: "p", dependencies: ["a"], continueOn: { failed: true } },
    ];
    const cluster = run([dag(tasks), pod("p")], failing);
    expect(phases(cluster)).toMatchObject({ a: "Failed", b: "Omitted" });
  });

  test("makes no sense beside depends, which says more", () => {
    const tasks = [
      { name: "a", template: "p", continueOn: { failed: true } },
      { name: "b", template: "p", depends: "a" },
    ];
    expect(status({ entrypoint: "main", templates: [dag(tasks), pod("p")] }).message).toBe(
      "invalid spec: spec.templates[0].dag.tasks[0].continueOn: cannot be used with 'depends': use 'task.Failed' or 'task.Errored' in depends instead",
    );
  });
});
