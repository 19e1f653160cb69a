// A run's steps as a graph: the engine's nodes without those that only group others, and where each is drawn.
import dagre from "@dagrejs/dagre";
import type { RunNode } from "../../contract.ts";

/** A step of the run with its attempts. */
export interface Step {
  id: string;
  name: string;
  phase: string;
  type: string;
  message?: string | undefined;
  startedAt?: string | undefined;
  finishedAt?: string | undefined;
  /** Each try of it, in their order: its nodes with a pod of their own; a gate is its own only one. */
  attempts: RunNode[];
}

export interface PlacedStep extends Step {
  /** Pixels of its top left corner. */
  x: number;
  y: number;
}

export interface Graph {
  width: number;
  height: number;
  steps: PlacedStep[];
  edges: { from: string; to: string; points: { x: number; y: number }[] }[];
}

export const STEP_SIZE = { width: 196, height: 52 } as const;

/** Types whose nodes only hold others together. */
const GROUPS = new Set(["DAG", "Steps", "StepGroup", "TaskGroup"]);

/** The steps in the order of their start, and those not started at the end. */
export function stepsOf(nodes: readonly RunNode[]): Step[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const attempts = new Set(
    nodes.filter(({ type }) => type === "Retry").flatMap((node) => triesOf(node, byId).map(({ id }) => id)),
  );
  return nodes
    .filter(({ id, type }) => !GROUPS.has(type) && !attempts.has(id))
    .map((node) => {
      const tries = node.type === "Retry" ? triesOf(node, byId) : [node];
      const { id, displayName: name, phase, type, message, startedAt, finishedAt } = node;
      return { id, name, phase, type, message, startedAt, finishedAt, attempts: tries };
    })
    .sort((one, other) => (one.startedAt ?? "~").localeCompare(other.startedAt ?? "~"));
}

/** The children of a node with retries that are its own tries: named after it, with their number. */
function triesOf({ displayName, children }: RunNode, byId: ReadonlyMap<string, RunNode>): RunNode[] {
  return children
    .flatMap((id) => byId.get(id) ?? [])
    .filter((child) => child.displayName.startsWith(`${displayName}(`))
    .sort((one, other) => (one.startedAt ?? "~").localeCompare(other.startedAt ?? "~"));
}

/** Which step leads to which: through whatever nodes stand between them. */
export function edgesOf(nodes: readonly RunNode[], steps: readonly Step[]): { from: string; to: string }[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const shown = new Set(steps.map(({ id }) => id));
  return steps.flatMap(({ id: from, attempts }) => {
    const next = new Set<string>();
    const seen = new Set<string>();
    const follow = (id: string): void => {
      for (const child of byId.get(id)?.children ?? []) {
        if (seen.has(child)) continue;
        seen.add(child);
        if (shown.has(child)) next.add(child);
        else follow(child);
      }
    };
    for (const id of [from, ...attempts.map((attempt) => attempt.id)]) follow(id);
    next.delete(from);
    return [...next].map((to) => ({ from, to }));
  });
}

/** Places the steps, from left to right, or on a narrow screen from top to bottom. */
export function layOut(nodes: readonly RunNode[], direction: "LR" | "TB"): Graph {
  const steps = stepsOf(nodes);
  const edges = edgesOf(nodes, steps);
  const graph = new dagre.graphlib.Graph().setDefaultEdgeLabel(() => ({}));
  graph.setGraph({ rankdir: direction, nodesep: 22, ranksep: 44, marginx: 12, marginy: 12 });
  for (const { id } of steps) graph.setNode(id, { ...STEP_SIZE });
  for (const { from, to } of edges) graph.setEdge(from, to);
  dagre.layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  return {
    width,
    height,
    steps: steps.map((step) => {
      const { x, y } = graph.node(step.id);
      return { ...step, x: x - STEP_SIZE.width / 2, y: y - STEP_SIZE.height / 2 };
    }),
    edges: edges.map((edge) => ({ ...edge, points: graph.edge(edge.from, edge.to).points })),
  };
}
