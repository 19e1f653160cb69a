// Argo's own examples: each is accepted and runs to an end or to a wait, or is refused by the name of what is not supported.
import { describe, expect, test } from "vitest";
import { isOver } from "../../../embedded/engine/core/advance.ts";
import type { Pod } from "../../../embedded/engine/core/types.ts";
import { type Example, examples, library } from "../../argo-examples/load.ts";
import { type Verdict, verdicts } from "../../argo-examples/verdict.ts";
import { nonEmpty } from "../../non-empty.ts";
import { type Script, SimulatedCluster } from "./simulated-cluster.ts";

/** What scripts print where the workflow reads it in a form of its own, by the script's template. */
const LOGS: Record<string, string> = { "odd-or-even": '{"num": 1, "evenness": "odd"}\n' };

/** What each container prints and leaves behind: the coin shows heads, so that recursive examples end. */
const script = (pod: Pod): Script => {
  const template = Object.keys(LOGS).find((name) => pod.metadata.name.includes(`-${name}-`));
  return { logs: (template && LOGS[template]) ?? "heads\n", output: "1" };
};

/** Examples that go on until somebody ends them, or that wait for a person. */
const ENDLESS = new Set(["forever.yaml"]);

const run = ({ workflow }: Example, until?: (cluster: SimulatedCluster) => boolean) =>
  new SimulatedCluster(workflow, script, library).run(until);

const accepted: (Verdict & { example: Example })[] = [];
const refused: Verdict[] = [];
for (const [index, verdict] of verdicts().entries()) {
  const example = examples[index];
  if (verdict.message !== "") refused.push(verdict);
  else if (example) accepted.push({ ...verdict, example });
}

describe("Argo's own examples", () => {
  test("are all there", () => {
    expect(examples).toHaveLength(199);
    expect(accepted.length).toBeGreaterThanOrEqual(90);
  });

  test.each(nonEmpty(refused).map((verdict) => [verdict.file, verdict] as const))(
    "%s is refused by the name of what is not supported",
    (_, { phase, message }) => {
      expect(phase).toBe("Error");
      for (const problem of message.split(/; (?=spec\b)/)) expect(problem).toMatch(/^[^:]+(: [^:]+)*: .*not supported/);
    },
  );

  test.each(nonEmpty(accepted).map((verdict) => [verdict.file, verdict] as const))(
    "%s runs until it is over or waits",
    (file, { example }) => {
      const { workflow } = run(example, (cluster) =>
        ENDLESS.has(file) ? cluster.trace.length > 100 : isOver(cluster.workflow.status?.phase),
      );
      const { phase, message, nodes = {} } = workflow.status ?? {};
      const all = [message, ...Object.values(nodes).map((node) => node.message)].join("\n");
      expect(all).not.toMatch(/internal error|invalid spec|not supported|failed to resolve/);
      expect(Object.keys(nodes).length).toBeGreaterThan(0);
      if (isOver(phase) || ENDLESS.has(file)) return;
      expect(
        workflow.spec.suspend ||
          Object.values(nodes).some(({ type, phase }) => type === "Suspend" && phase === "Running"),
      ).toBe(true);
    },
  );

  test("a DAG's target may come from the workflow's arguments", () => {
    const targets = examples.find(({ file }) => file === "dag-targets.yaml");
    if (!targets) throw new Error("dag-targets.yaml is missing");
    const { workflow } = run(targets);
    expect(workflow.status?.phase).toBe("Succeeded");
    const names = Object.values(workflow.status?.nodes ?? {}).map(({ displayName }) => displayName);
    expect(names.filter((name) => name.length === 1).sort()).toEqual(["A", "C", "E"]);
  });
});
