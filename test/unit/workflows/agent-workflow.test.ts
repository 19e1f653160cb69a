// Templates composed of the shared steps: the graph as it is asked for, and every mistake in it named.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { STEPS, type Step } from "../../../api/template.ts";
import { type AgentWorkflowArgs, agentWorkflow, STEP_SHAPES } from "../../../workflows/index.ts";

const base: AgentWorkflowArgs = {
  name: "own",
  title: "Own",
  description: "Reads pages and reports",
  owner: "team",
  runbook: "runbook.md",
  tasks: [{ step: "scrape" }, { step: "analysis", after: ["scrape"] }, { step: "synthesis", after: ["approval-gate"] }],
  gate: { after: ["analysis"] },
};

function tasksOf(args: AgentWorkflowArgs) {
  const { templates } = agentWorkflow(args).spec;
  return templates.find(({ name }) => name === "main")?.dag?.tasks ?? [];
}

describe("a composed template", () => {
  it("runs the steps in the order of their graph, those after the gate only when the answer was yes", () => {
    expect(tasksOf(base).map(({ name, depends, when }) => [name, depends, when])).toEqual([
      ["scrape", undefined, undefined],
      ["analysis", "scrape.Succeeded", undefined],
      ["approval-gate", "analysis.Succeeded", undefined],
      ["synthesis", "approval-gate.Succeeded", "'{{tasks.approval-gate.outputs.parameters.decision}}' == 'approve'"],
    ]);
  });

  it("tells every step after the gate what was approved, and none before it", () => {
    const tasks = tasksOf({ ...base, tasks: [...base.tasks, { step: "dom", after: ["synthesis"] }] });
    const passing = tasks.filter(({ arguments: taskArguments }) =>
      taskArguments?.parameters.some(({ name }) => name === "evidence"),
    );
    expect(passing.map(({ name }) => name)).toEqual(["synthesis", "dom"]);
  });

  it("tells them what was changed where approvers may change something, and declares nothing where they may not", () => {
    const { templates } = agentWorkflow({ ...base, gate: { after: ["analysis"], changeable: ["title"] } }).spec;
    const named = (name: string) => templates.find((template) => template.name === name);
    expect(named("approval-gate")?.inputs?.parameters.map(({ name }) => name)).toEqual(["analysis", "changeable"]);
    expect(named("synthesis")?.inputs?.parameters.map(({ name }) => name)).toEqual(["evidence", "changes"]);
    const plain = JSON.stringify(agentWorkflow(base).spec.templates);
    for (const word of ["changeable", "changes", "GATE_CHANGES"]) expect(plain).not.toContain(`"${word}"`);
  });

  it("has no gate where none is asked for", () => {
    const { templates } = agentWorkflow({ ...base, tasks: [{ step: "scrape" }], gate: undefined }).spec;
    expect(templates.map(({ name }) => name)).toEqual(["main", "scrape"]);
  });

  it("gives a step its own limits where they are set", () => {
    const resources = { requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "2", memory: "2Gi" } };
    const { templates } = agentWorkflow({ ...base, gate: undefined, tasks: [{ step: "scrape", resources }] }).spec;
    expect(templates[1]?.container?.resources).toEqual(resources);
    expect(templates[1]?.activeDeadlineSeconds).toBe(STEP_SHAPES.scrape.deadline);
  });

  it.each<[Partial<AgentWorkflowArgs>, string]>([
    [{ name: "Own Template" }, "name: 'Own Template' must be 1 to 63 of a-z"],
    [{ tasks: [], gate: undefined }, "tasks: at least one step is needed"],
    [{ tasks: [{ step: "paint" as Step }], gate: undefined }, "tasks[0].step: 'paint' is not one of scrape"],
    [{ tasks: [{ step: "scrape" }, { step: "scrape" }], gate: undefined }, "tasks[1].step: 'scrape' appears twice"],
    [{ tasks: [{ step: "dom", after: ["scrape"] }], gate: undefined }, "dom runs after scrape, which this template"],
    [
      {
        tasks: [{ step: "scrape" }, { step: "analysis", after: ["scrape"] }],
        gate: { after: ["analysis"], changeable: ["title"] },
      },
      "gate.changeable: synthesis must run after the gate",
    ],
    [{ gate: undefined }, "synthesis runs after approval-gate, which this template doesn't have: set gate"],
    [
      {
        tasks: [
          { step: "scrape", after: ["dom"] },
          { step: "dom", after: ["scrape"] },
        ],
        gate: undefined,
      },
      "scrape runs after itself",
    ],
    [{ tasks: [{ step: "scrape" }], gate: { after: ["scrape"] } }, "gate.after: analysis must come before the gate"],
    [
      {
        tasks: [{ step: "screenshot" }, { step: "analysis" }],
        gate: undefined,
      },
      "analysis: must run after screenshot, which says what of a page is shown",
    ],
  ])("%j is refused: %s", (change, message) => {
    expect(() => agentWorkflow({ ...base, ...change })).toThrow(message);
  });

  it("is either refused or has every step once, each after what it depends on", () => {
    const name = fc.constantFrom<Step | "approval-gate">(...STEPS, "approval-gate");
    const task = fc.record({ step: fc.constantFrom(...STEPS), after: fc.uniqueArray(name, { maxLength: 2 }) });
    const gate = fc.option(fc.record({ after: fc.uniqueArray(fc.constantFrom(...STEPS), { maxLength: 2 }) }), {
      nil: undefined,
    });
    fc.assert(
      fc.property(fc.array(task, { maxLength: 4 }), gate, (tasks, gate) => {
        let declaredTasks: ReturnType<typeof tasksOf>;
        try {
          declaredTasks = tasksOf({ ...base, tasks, gate });
        } catch (error) {
          expect((error as Error).message).toContain("template 'own':");
          return;
        }
        const names = declaredTasks.map((task) => task.name);
        expect(new Set(names).size).toBe(names.length);
        const finishedTasks = new Set<string>();
        for (let round = 0; round <= declaredTasks.length; round++)
          for (const { name, depends = "" } of declaredTasks)
            if ((depends.match(/[\w-]+(?=\.Succeeded)/g) ?? []).every((dependency) => finishedTasks.has(dependency)))
              finishedTasks.add(name);
        expect(finishedTasks.size).toBe(names.length);
      }),
      { numRuns: 300 },
    );
  });
});
