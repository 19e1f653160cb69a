// The spans of one run, from what the engine noted in its Workflow: each attempt of a step, each wait, in whole seconds.
import { GATE, RESULT } from "@agentic/api/template.ts";
import { attemptSpanId, spanIdOf, TRACE_ATTRIBUTES } from "@agentic/api/trace.ts";
import type { PastSpan } from "@agentic/tracing/spans.ts";
import type { Workflow, WorkflowNode } from "../argo.ts";
import { isFailed, isGate, isLeaf, nodesOf, parameter, parseResult, stepName } from "../decide/nodes.ts";
import { parseTime } from "../decide/time.ts";
import { attemptOf } from "../decide/workflow.ts";

/** What all spans of a workload have in common. */
export interface SpanBase {
  traceId: string;
  attributes: Record<string, string>;
}

/** Pauses that are shorter have no span: times of Kubernetes' objects are whole seconds. Milliseconds. */
const SHORTEST_PAUSE_MS = 1000;

/** A step's attempt, or the gate. */
interface Leaf {
  node: WorkflowNode;
  start: number;
  end: number;
}

/** The id of the span of a run. */
export const runSpanId = ({ metadata }: Workflow): string => spanIdOf(metadata.uid ?? metadata.name);

/** The spans of a run that has ended, its own first; `error` is why it failed, if it did. */
export function runSpans(base: SpanBase, run: Workflow, { parentId, error }: { parentId: string; error?: string }) {
  const leaves = leavesOf(run);
  const attempt = attemptOf(run);
  const id = runSpanId(run);
  const start = parseTime(run.metadata.creationTimestamp) ?? leaves[0]?.start ?? 0;
  const end = parseTime(run.status?.finishedAt) ?? leaves.at(-1)?.end ?? start;
  const span = (more: Pick<PastSpan, "spanId" | "name" | "start" | "end"> & Partial<PastSpan>): PastSpan => ({
    traceId: base.traceId,
    parentId: id,
    ...more,
    attributes: { ...base.attributes, [TRACE_ATTRIBUTES.attempt]: attempt, ...more.attributes },
  });
  const pause = (name: string, of: string, from: number, to: number) =>
    to - from >= SHORTEST_PAUSE_MS ? [span({ spanId: spanIdOf(id, name, of), name, start: from, end: to })] : [];
  const spans = [span({ spanId: id, parentId, name: `run ${attempt}`, start, end, ...(error ? { error } : {}) })];
  const tries = new Map<string, Leaf[]>();
  for (const leaf of leaves) {
    const { node } = leaf;
    const step = stepName(node);
    const before = tries.get(step) ?? [];
    tries.set(step, [...before, leaf]);
    const last = before.at(-1);
    if (last) spans.push(...pause("back-off", node.id, last.end, leaf.start));
    else {
      const ended = leaves.filter((other) => other !== leaf && other.end <= leaf.start).map((other) => other.end);
      const ready = Math.max(start, ...ended);
      spans.push(...pause("engine", node.id, ready, leaf.start));
    }
    spans.push(...(isGate(node) ? [gateSpan(leaf)] : stepSpans(leaf, step, before)));
  }
  spans.push(...pause("engine", "end", Math.max(start, ...leaves.map((leaf) => leaf.end)), end));
  return spans;

  function gateSpan({ node, start: from, end: to }: Leaf): PastSpan {
    const decision = parameter(node.outputs?.parameters, GATE.output);
    const attributes = decision === undefined ? {} : { "agentic.gate.decision": decision };
    return span({ spanId: spanIdOf(id, node.id), name: "wait for approval", start: from, end: to, attributes });
  }

  function stepSpans({ node, start: from, end: to }: Leaf, step: string, before: readonly Leaf[]): PastSpan[] {
    const stepId = (leaf: WorkflowNode) => attemptSpanId(run.metadata.uid ?? "", leaf.id);
    const attributes = { [TRACE_ATTRIBUTES.step]: step, [TRACE_ATTRIBUTES.attempt]: before.length };
    const started = parseResult(parameter(node.outputs?.parameters, RESULT.parameter))?.startedAt;
    const hasStarted = typeof started === "number" && started >= from && started <= to;
    const own = span({
      spanId: stepId(node),
      name: `step ${step}`,
      start: from,
      end: to,
      attributes,
      ...(isFailed(node)
        ? { error: node.outputs?.exitCode ? `exit code ${node.outputs.exitCode}` : (node.phase ?? "") }
        : {}),
      follows: before.slice(-1).map((leaf) => stepId(leaf.node)),
    });
    if (!hasStarted) return [own];
    const pending = { spanId: spanIdOf(own.spanId, "pending"), parentId: own.spanId, name: "pod pending" };
    return [own, span({ ...pending, start: from, end: started, attributes })];
  }
}

/** What ran or waited itself and has ended, in the order of its start. */
function leavesOf(run: Workflow): Leaf[] {
  return nodesOf(run)
    .filter(isLeaf)
    .flatMap((node) => {
      const start = parseTime(node.startedAt);
      const end = parseTime(node.finishedAt) ?? parseTime(run.status?.finishedAt);
      return start === undefined || end === undefined ? [] : [{ node, start, end: Math.max(start, end) }];
    });
}
