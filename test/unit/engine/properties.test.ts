// What holds for every workflow that is accepted, whatever becomes of its pods.
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { advance, isOver } from "../../../embedded/engine/core/advance.ts";
import { parseDepends } from "../../../embedded/engine/core/depends.ts";
import type {
  Call,
  DagTask,
  NodeStatus,
  Template,
  Workflow,
  WorkflowSpec,
} from "../../../embedded/engine/core/types.ts";
import { type Script, SimulatedCluster, workflow } from "./simulated-cluster.ts";

const RESULTS = ["", ".Succeeded", ".Failed", ".Errored", ".Skipped", ".Omitted"];
const LEAVES = ["pod", "flaky", "gate", "nested"];
const name = (index: number) => `t${index}`;

/** What a task of a DAG or a step may be, besides its name and its dependencies. */
const call = fc.record(
  {
    template: fc.constantFrom(...LEAVES),
    when: fc.option(fc.constantFrom("1 == 1", "1 == 2", "{{workflow.name}} == wf"), { nil: undefined }),
    repeat: fc.constantFrom(0, 0, 0, 2, 3),
  },
  { requiredKeys: ["template", "repeat"] },
);

const toCall = (
  { template, when, repeat }: { template: string; when?: string | undefined; repeat: number },
  index: number,
): Call => ({
  name: name(index),
  template,
  ...(when === undefined ? {} : { when }),
  ...(repeat > 0 ? { withSequence: { count: String(repeat) } } : {}),
});

/** A task depends on earlier ones, by any of the results, joined and negated at random. */
const task = (index: number): fc.Arbitrary<DagTask> =>
  fc
    .tuple(
      call,
      fc.array(
        fc.tuple(
          fc.nat(Math.max(index - 1, 0)),
          fc.constantFrom(...RESULTS),
          fc.boolean(),
          fc.constantFrom("&&", "||"),
        ),
        { maxLength: index === 0 ? 0 : 3 },
      ),
    )
    .map(([base, terms]) => {
      const depends = terms
        .map(([other, result, not, op], at) => `${at > 0 ? ` ${op} ` : ""}${not ? "!" : ""}${name(other)}${result}`)
        .join("");
      return { ...toCall(base, index), ...(depends ? { depends } : {}) };
    });

const tasks = fc
  .integer({ min: 1, max: 7 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => task(index))));
const groups = fc.array(fc.array(call, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }).map((all) => {
  let index = 0;
  return all.map((group) => group.map((base) => toCall(base, index++)));
});

const limits = fc.record({ parallelism: fc.integer({ min: 1, max: 3 }), failFast: fc.boolean() }, { requiredKeys: [] });

const spec: fc.Arbitrary<WorkflowSpec> = fc
  .record({
    tasks,
    groups,
    mainLimits: limits,
    nestedLimits: limits,
    dagFailFast: fc.boolean(),
    parallelism: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    deadline: fc.option(fc.integer({ min: 5, max: 60 }), { nil: undefined }),
    onExit: fc.boolean(),
    retry: fc.record({
      limit: fc.nat(2),
      backoff: fc.boolean(),
      retryPolicy: fc.constantFrom("Always", "OnFailure", "OnError"),
    }),
  })
  .map((built) => {
    const container = { image: "i", command: ["c"] };
    const templates: Template[] = [
      { name: "main", dag: { tasks: built.tasks, failFast: built.dagFailFast }, ...built.mainLimits },
      // One level of nesting is enough, and more would nest without end.
      {
        name: "nested",
        steps: built.groups.map((group) =>
          group.map((step) => (step.template === "nested" ? { ...step, template: "pod" } : step)),
        ),
        ...built.nestedLimits,
      },
      { name: "pod", container },
      {
        name: "flaky",
        container,
        retryStrategy: {
          limit: built.retry.limit,
          retryPolicy: built.retry.retryPolicy,
          ...(built.retry.backoff ? { backoff: { duration: "2", factor: 2 } } : {}),
        },
      },
      {
        name: "gate",
        suspend: { duration: "3" },
        outputs: { parameters: [{ name: "decision", valueFrom: { supplied: {}, default: "no" } }] },
      },
    ];
    return {
      entrypoint: "main",
      templates,
      ...(built.parallelism === undefined ? {} : { parallelism: built.parallelism }),
      ...(built.deadline === undefined ? {} : { activeDeadlineSeconds: built.deadline }),
      ...(built.onExit ? { onExit: "pod" } : {}),
    };
  });

const script: fc.Arbitrary<Script> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ seconds: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ seconds: fc.nat(9), exitCode: fc.integer({ min: 1, max: 200 }) }) },
  { weight: 1, arbitrary: fc.record({ seconds: fc.nat(9), pending: fc.nat(9), deleted: fc.constant(true) }) },
);

const scenario = fc.tuple(spec, fc.infiniteStream(script));
const RUNS = { numRuns: Number(process.env.FC_RUNS ?? 60) };
// FC_RUNS=3000 looks for a minute; on a busy machine even the few runs of every day take their time.
vi.setConfig({ testTimeout: 60_000 + RUNS.numRuns * 100 });

function play([spec, scripts]: [WorkflowSpec, IterableIterator<Script>]): SimulatedCluster {
  return new SimulatedCluster(workflow(spec), () => scripts.next().value ?? {}).run();
}
const nodesOf = (cluster: SimulatedCluster): NodeStatus[] => Object.values(cluster.workflow.status?.nodes ?? {});
const fulfilled = (node: NodeStatus | undefined) =>
  node !== undefined && node.phase !== "Pending" && node.phase !== "Running";

describe("every accepted workflow", () => {
  test("ends, with every node and every pod ended", () => {
    fc.assert(
      fc.property(scenario, (scenario) => {
        const cluster = play(scenario);
        expect(isOver(cluster.workflow.status?.phase)).toBe(true);
        for (const node of nodesOf(cluster)) expect(fulfilled(node), `${node.name} is ${node.phase}`).toBe(true);
        for (const pod of cluster.list()) expect(["Succeeded", "Failed"]).toContain(pod.status?.phase);
      }),
      RUNS,
    );
  });

  test("starts no task before what it depends on has ended as it wants", () => {
    fc.assert(
      fc.property(scenario, (scenario) => {
        const cluster = play(scenario);
        const dag = scenario[0].templates?.[0]?.dag?.tasks ?? [];
        for (const { result } of cluster.trace) {
          const nodes = Object.values(result.status.nodes ?? {});
          const nodeOf = (task: string) => nodes.find((node) => node.name === `wf.${task}`);
          for (const task of dag) {
            const depends = parseDepends(task);
            const node = nodeOf(task.name);
            if (!node || !depends) continue;
            const phase = (other: string) => nodeOf(other)?.phase;
            for (const other of depends.tasks)
              expect(fulfilled(nodeOf(other)), `${task.name} before ${other}`).toBe(true);
            const isMet = depends.isMet((other) => ({
              Succeeded: phase(other) === "Succeeded",
              Failed: phase(other) === "Failed",
              Errored: phase(other) === "Error",
              Skipped: phase(other) === "Skipped",
              Omitted: phase(other) === "Omitted",
            }));
            expect(node.phase === "Omitted").toBe(!isMet);
          }
        }
      }),
      RUNS,
    );
  });

  test("never has more pods, or more children of a template, than it may", () => {
    fc.assert(
      fc.property(scenario, (scenario) => {
        const cluster = play(scenario);
        const [{ parallelism, templates = [] }] = scenario;
        const limit = new Map(templates.map((template) => [template.name, template.parallelism]));
        for (const { result } of cluster.trace) {
          const nodes = result.status.nodes ?? {};
          const active = Object.values(nodes).filter(({ phase }) => phase === "Pending" || phase === "Running");
          const pods = active.filter(({ type }) => type === "Pod");
          if (parallelism !== undefined) expect(pods.length).toBeLessThanOrEqual(parallelism);
          const children = new Map<string, number>();
          for (const { type, boundaryID = "" } of active) {
            if (type === "Pod" || type === "Steps" || type === "DAG")
              children.set(boundaryID, (children.get(boundaryID) ?? 0) + 1);
          }
          for (const [boundary, count] of children) {
            const most = limit.get(nodes[boundary]?.templateName ?? "") ?? Number.POSITIVE_INFINITY;
            expect(count).toBeLessThanOrEqual(most);
          }
        }
      }),
      RUNS,
    );
  });

  test("is left alone by a second pass: nothing is made, nothing changes", () => {
    fc.assert(
      fc.property(scenario, (scenario) => {
        const scripts = scenario[1];
        const cluster = new SimulatedCluster(workflow(scenario[0]), () => scripts.next().value ?? {});
        cluster.run((current) => {
          const now = new Date(current.now);
          const first = advance(current.workflow, current.list(), now);
          const { metadata } = current.workflow;
          const labels = { ...metadata.labels, ...first.labels };
          const annotations = { ...metadata.annotations, ...first.annotations };
          const stored = { ...current.workflow, metadata: { ...metadata, labels, annotations }, status: first.status };
          const second = advance(stored, current.list(), now);
          expect(first.podsToCreate).toEqual([]);
          expect(second).toMatchObject({ podsToCreate: [], changed: false });
          expect(second.status).toEqual(first.status);
          return isOver(current.workflow.status?.phase);
        });
      }),
      RUNS,
    );
  });

  test("asks for the same pods again while they are missing, and for no other", () => {
    fc.assert(
      fc.property(scenario, ([spec]) => {
        const first = advance(workflow(spec), [], new Date("2026-01-01T00:00:00Z"));
        const stored = { ...workflow(spec), status: first.status };
        const second = advance(stored, [], new Date("2026-01-01T00:00:00Z"));
        expect(second.podsToCreate).toEqual(first.podsToCreate);
      }),
      RUNS,
    );
  });

  test("gives every node an id, a pod and a place of its own", () => {
    fc.assert(
      fc.property(scenario, (scenario) => {
        const cluster = play(scenario);
        const nodes = nodesOf(cluster);
        expect(new Set(nodes.map((node) => node.name)).size).toBe(nodes.length);
        for (const [id, node] of Object.entries(cluster.workflow.status?.nodes ?? {})) expect(id).toBe(node.id);
        expect(new Set(cluster.created).size).toBe(cluster.created.length);
        // Every node but the root and the exit handler's is somebody's child, and every child is a node.
        const children = new Set(nodes.flatMap((node) => node.children ?? []));
        for (const node of nodes) {
          if (node.name !== "wf" && !node.name.startsWith("wf.onExit"))
            expect(children.has(node.id), `${node.name} is nobody's child`).toBe(true);
        }
      }),
      RUNS,
    );
  });
});

describe("whatever somebody submits", () => {
  /** A good workflow with one of its parts replaced by anything. */
  const mangled = fc.tuple(spec, fc.jsonValue(), fc.infiniteStream(fc.nat())).map(([good, junk, choices]) => {
    const copy = structuredClone(good) as unknown as Record<string, unknown>;
    let at: Record<string, unknown> = copy;
    for (;;) {
      const keys = Object.keys(at);
      const key = keys[(choices.next().value ?? 0) % Math.max(keys.length, 1)] ?? "x";
      const inner = at[key];
      if (typeof inner !== "object" || inner === null || (choices.next().value ?? 0) % 4 === 0) {
        at[key] = junk;
        return copy as WorkflowSpec;
      }
      at = inner as Record<string, unknown>;
    }
  });

  test("is run or refused with a reason, and never harms the engine", () => {
    fc.assert(
      fc.property(fc.oneof(mangled, fc.jsonValue()), (input) => {
        const { status } = advance(workflow(input as WorkflowSpec), [], new Date("2026-01-01T00:00:00Z"));
        expect(["Running", "Succeeded", "Failed", "Error"]).toContain(status.phase);
        if (status.phase === "Failed" || status.phase === "Error") expect(status.message ?? status.nodes).toBeTruthy();
      }),
      { numRuns: RUNS.numRuns * 10 },
    );
  });

  test("a status that somebody has broken ends the workflow, and its pods", () => {
    const cluster = new SimulatedCluster(
      workflow({ entrypoint: "main", templates: [{ name: "main", container: { image: "i" } }] }),
    );
    cluster.step();
    cluster.step();
    const brokenWorkflow = {
      ...cluster.workflow,
      status: { ...cluster.workflow.status, nodes: { wf: null } },
    } as unknown as Workflow;
    const result = advance(brokenWorkflow, cluster.list(), new Date(cluster.now));
    expect(result.status).toMatchObject({ phase: "Error", message: expect.stringMatching(/^internal error: /) });
    expect(result.podsToDelete).toEqual(["wf"]);
    const finished = { ...brokenWorkflow, status: { ...brokenWorkflow.status, phase: "Error" } } as Workflow;
    expect(advance(finished, [], new Date(cluster.now))).toMatchObject({
      changed: false,
      podsToCreate: [],
      podsToDelete: [],
    });
  });
});
