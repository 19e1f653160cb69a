// What holds for every workflow that is accepted, whatever becomes of its pods.
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { advance, isOver } from "../../../embedded/engine/core/advance.ts";
import { parseDepends } from "../../../embedded/engine/core/depends.ts";
import type { NodeStatus, WorkflowSpec } from "../../../embedded/engine/core/types.ts";
import { RUNS, spec } from "./arbitrary-workflow.ts";
import { type Script, SimulatedCluster, workflow } from "./simulated-cluster.ts";

const script: fc.Arbitrary<Script> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ seconds: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ seconds: fc.nat(9), exitCode: fc.integer({ min: 1, max: 200 }) }) },
  { weight: 1, arbitrary: fc.record({ seconds: fc.nat(9), pending: fc.nat(9), deleted: fc.constant(true) }) },
);

const scenario = fc.tuple(spec, fc.infiniteStream(script));

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
