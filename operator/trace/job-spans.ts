// The spans that a change of a workload's status completes: of a run that has ended, and of the whole workload at its end.

import { templateRefOf } from "@agentic/api/template-ref.ts";
import { percentOf, spanIdOf, TRACE_ATTRIBUTES, workloadTrace } from "@agentic/api/trace.ts";
import type { PastSpan } from "@agentic/tracing/spans.ts";
import { isFailed, isLeaf, nodesOf } from "../decide/nodes.ts";
import { jobIdOf } from "../decide/parameters.ts";
import { parseTime } from "../decide/time.ts";
import { changeOf, endingReason, type Transition } from "../decide/transition.ts";
import { attemptOf } from "../decide/workflow.ts";
import { runSpanId, runSpans, type SpanBase } from "./run-spans.ts";

export interface Ending extends Transition {
  /** Data of the tenant's ConfigMap. */
  tenant: Record<string, string> | undefined;
}

/** The spans to send now; none while nothing has ended, and none of a workload that is not sampled unless it has failed. */
export function endingSpans(ending: Ending): PastSpan[] {
  const { workload, status, runs, tenant } = ending;
  const { ends, hasFailed, run } = changeOf(ending);
  if (!ends && !hasFailed) return [];
  const trace = workloadTrace(workload, percentOf(tenant));
  // An attempt that failed has sent its own spans, which are parts of these.
  const isKept =
    trace.isSampled ||
    hasFailed ||
    status.phase === "Failed" ||
    (status.attempt ?? 0) > 0 ||
    (run !== undefined && nodesOf(run).some((node) => isLeaf(node) && isFailed(node)));
  if (!isKept) return [];
  const template = templateRefOf(workload).name;
  const base: SpanBase = {
    traceId: trace.traceId,
    attributes: {
      [TRACE_ATTRIBUTES.jobId]: jobIdOf(workload),
      [TRACE_ATTRIBUTES.tenant]: workload.metadata.namespace ?? "",
      [TRACE_ATTRIBUTES.workload]: workload.metadata.name,
      [TRACE_ATTRIBUTES.template]: template,
    },
  };
  const reason = endingReason(status) ?? "Failed";
  const error = hasFailed ? (status.failure?.kind ?? reason) : status.phase === "Failed" ? reason : undefined;
  const ofRun = run ? runSpans(base, run, { parentId: trace.spanId, ...(error ? { error } : {}) }) : [];
  const [own] = ofRun;
  const former = runs.at(-2);
  if (own && former) own.follows = [runSpanId(former)];
  const created = parseTime(workload.metadata.creationTimestamp);
  if (created === undefined) return ofRun;
  const end = parseTime(status.completedAt) ?? Math.max(created, ...ofRun.map((span) => span.end));
  return [...ofRun, ...waits(), ...(ends ? [whole()] : [])];

  /** The wait before the run: for its start, or for the time after a failure. */
  function waits(): PastSpan[] {
    const since = run && attemptOf(run) > 0 ? parseTime(former?.status?.finishedAt) : created;
    const until = own?.start ?? end;
    if (since === undefined || until < since) return [];
    const name = run && attemptOf(run) > 0 ? "back-off" : "wait for start";
    const attempt = run ? attemptOf(run) : 0;
    return [
      {
        traceId: base.traceId,
        spanId: spanIdOf(trace.spanId, name, String(attempt)),
        parentId: trace.spanId,
        name,
        start: since,
        end: until,
        attributes: { ...base.attributes, [TRACE_ATTRIBUTES.attempt]: attempt },
      },
    ];
  }

  function whole(): PastSpan {
    return {
      traceId: base.traceId,
      spanId: trace.spanId,
      parentId: trace.parent?.spanId,
      name: `invoke_workflow ${template}`,
      start: created ?? 0,
      end,
      attributes: {
        ...base.attributes,
        "gen_ai.operation.name": "invoke_workflow",
        "gen_ai.workflow.name": template,
        "agentic.phase": status.phase ?? "",
        [TRACE_ATTRIBUTES.attempt]: status.attempt ?? 0,
      },
      ...(status.phase === "Failed" ? { error: reason } : {}),
    };
  }
}
