// Templates with containers of a team's own: composed, judged, run in virtual time, and every mistake in them named.
import "../../../pipeline-kit/vitest.ts";
import { describe, expect, test } from "vitest";
import {
  type AgentWorkflowArgs,
  agentWorkflow,
  fail,
  GATE,
  ITEM,
  lint,
  type OwnTask,
  outputOf,
  parameter,
  simulate,
  succeed,
} from "../../../pipeline-kit/index.ts";
import { composedArguments, image } from "../../composed.ts";

const args = composedArguments;
const template = agentWorkflow(args);
const shops = succeed({ outputs: { result: ["a.example", "b.example", 'c"; $(rm)'] } });
const start = (steps = {}) => simulate(template, { parameters: { buyer: "ann" }, steps: { list: shops, ...steps } });

describe("a template of a team's own containers", () => {
  test("is as good as the platform's own", () => {
    expect(lint(template, [], { registries: ["registry.example"] })).toEqual([]);
    // Those of the platform's policies are all that is known without.
    expect(new Set(lint(template).map(({ rule }) => rule))).toEqual(new Set(["image-registries"]));
  });

  test("runs one task for each of a list that another gives, no more at once than it says, and tells after a yes", () => {
    const run = start({ judge: succeed({ outputs: { result: { confidence: 0.9 } } }) });
    expect(run).toReach(GATE.name);
    expect(run.task(GATE.name)?.inputs).toEqual({ [GATE.input]: '{"confidence":0.9}' });
    expect(run.pods.filter(({ task }) => task === "read").map(({ env }) => env.SHOP)).toEqual([
      "a.example",
      "b.example",
      'c"; $(rm)',
    ]);
    expect(run.mostPods).toBe(2);
    run.approve({ evidence: { judge: "sha256:1" } });
    expect(run).toSucceed();
    expect(run.pods.at(-1)).toMatchObject({
      task: "tell",
      args: ["--mail"],
      env: { TO: "ann", WHAT: '{"confidence":0.9}', ON: '{"judge":"sha256:1"}' },
    });
  });

  test("hands on the outputs of all items as a list", () => {
    const run = start({
      read: ({ env }: { env: Record<string, string> }) => succeed({ outputs: { result: `${env.SHOP}: 3` } }),
    });
    expect(run).toReach("judge");
    const read = JSON.parse(run.pods.at(-1)?.env.READ ?? "");
    expect(read).toEqual(["a.example: 3", "b.example: 3", 'c"; $(rm): 3']);
  });

  test("tells nobody after a no", () => {
    const run = start();
    expect(run).toReach(GATE.name);
    run.deny();
    expect(run).toSkip("tell");
  });

  test("tries an item again by the kind of its failure, and alone", () => {
    const run = start({ "read(1:b.example)": [fail("transient")] });
    expect(run).toReach(GATE.name);
    run.approve();
    expect(run).toSucceed();
    expect(run).toTry("read", 4);
    expect(start({ read: fail("for-good") })).toFail();
  });

  test("gets what it asks for and no more: no token, no other secret, no root", () => {
    const podOf = (name: string) => template.spec.templates.find((one) => one.name === name);
    const volumes = (name: string) => podOf(name)?.volumes?.flatMap(({ secret }) => secret?.secretName ?? []);
    expect(volumes("list")).toEqual(["platform-ca"]);
    expect(volumes("read")).toEqual(["platform-ca", "object-store"]);
    expect(podOf("read")).toMatchObject({
      activeDeadlineSeconds: 60,
      container: { securityContext: { runAsNonRoot: true, readOnlyRootFilesystem: true } },
    });
    expect(template.spec.automountServiceAccountToken).toBe(false);
  });

  test("declares its parameters beside the platform's", () => {
    expect(template.spec.arguments.parameters.slice(-2)).toEqual([
      { name: "country", value: "fr", enum: ["fr", "pt"], description: "Whose shops" },
      { name: "buyer", description: "Who is told" },
    ]);
    expect(() => simulate(template)).toThrow("parameters: buyer must have a value");
  });

  test("stands beside the platform's steps, whose evidence is theirs alone", () => {
    const mixed = agentWorkflow({
      ...args,
      tasks: [
        { step: "scrape" },
        { step: "analysis", after: ["scrape"] },
        { name: "count", image, after: ["analysis"], env: { ANALYSIS: outputOf("analysis") } },
        { step: "synthesis", after: [GATE.name] },
        { name: "tell", image, after: ["synthesis"], env: { REPORT: outputOf("synthesis") } },
      ],
      gate: { after: ["count"], changeable: ["title"] },
    });
    expect(lint(mixed, [], { registries: ["registry.example"] })).toEqual([]);
    const run = simulate(mixed, { parameters: { buyer: "ann" } });
    expect(run).toReach(GATE.name);
    run.approve({ changes: { title: "Kettles" } });
    expect(run).toSucceed();
    expect(run.pods.find(({ task }) => task === "synthesis")?.env.GATE_STEPS).toBe("scrape,analysis");
  });

  test("with the model gateway's key says whose calls they are", () => {
    const asking = agentWorkflow({ ...args, gate: undefined, tasks: [{ name: "ask", image, secrets: ["litellm"] }] });
    const { container, volumes } = asking.spec.templates.find(({ name }) => name === "ask") ?? {};
    expect(container?.env).toEqual([{ name: "BUDGET_CLAIM", value: "{{workflow.parameters.budget_claim}}" }]);
    expect(volumes?.find(({ name }) => name === "secret-litellm")?.secret?.items).toEqual([
      { key: "step-key", path: "api-key" },
    ]);
  });
});

describe("a mistake", () => {
  const task: OwnTask = { name: "own", image };
  const list: OwnTask = { name: "list", image, hasOutput: true };

  test.each<[Partial<AgentWorkflowArgs>, string]>([
    [{ tasks: [{ ...task, name: "Own" }] }, "tasks[0].name: 'Own' must be 1 to 63 of a-z"],
    [{ tasks: [{ ...task, name: "scrape" }] }, "tasks[0].name: 'scrape' is the platform's: choose another"],
    [{ tasks: [task, task] }, "tasks[1].name: 'own' appears twice"],
    [{ tasks: [{ ...task, image: "python:3" }] }, "tasks[0].image: 'python:3' must name a digest"],
    [{ tasks: [list, { ...task, args: ["-u", outputOf("list")] }] }, "tasks[1].args[1]: '{{tasks.list.outputs"],
    [{ tasks: [{ ...task, command: [parameter("job_id")] }] }, "tasks[0].command[0]: '{{workflow.parameters.job_id}}'"],
    [{ tasks: [list, { ...task, env: { A: outputOf("list") } }] }, "tasks[1].env.A: 'list' doesn't come before own"],
    [
      {
        tasks: [
          { ...list, hasOutput: false },
          { ...task, after: ["list"], env: { A: outputOf("list") } },
        ],
      },
      "tasks[1].env.A: list has no output 'result': it has none",
    ],
    [{ tasks: [{ ...task, env: { A: parameter("shop") } }] }, "the template has no parameter 'shop': it has job_id,"],
    [{ tasks: [{ ...task, env: { A: "{{workflow.uid}}" } }] }, "must have no tags but outputOf, parameter, ITEM"],
    [{ tasks: [{ ...task, env: { "a-b": "" } }] }, "tasks[0].env: 'a-b' must be of letters"],
    [{ tasks: [{ ...task, env: { A: ITEM } }] }, "tasks[0].env.A: there is no item: set forEach to the list"],
    [{ tasks: [{ ...task, forEach: "[1]" }] }, "tasks[0].forEach: '[1]' must be outputOf a task, or a parameter"],
    [{ tasks: [{ ...task, after: ["lost"] }] }, "own runs after lost, which this template doesn't have"],
    [{ parameters: { job_id: { description: "" } } }, "parameters.job_id: is the platform's"],
    [{ parameters: { shop_url: { description: "" } } }, "parameters.shop_url: is the platform's"],
    [{ parameters: { "1st": { description: "" } } }, "parameters: '1st' must be of letters"],
    [{ tasks: [list], gate: { after: ["list"] } }, "gate.after: analysis must come before the gate"],
    [{ tasks: [task], gate: { after: ["own"], on: "own" } }, "gate.on: own must have one output"],
  ])("is refused: %j", (change, message) => {
    expect(() => agentWorkflow({ ...args, gate: undefined, ...change })).toThrow(message);
  });
});
