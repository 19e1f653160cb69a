// Whose a workflow is, for the lines of the log about it: what the operator says of its runs.
import { LABELS } from "@agentic/api/names.ts";
import { OPTIONAL_PARAMETERS } from "@agentic/api/template.ts";
import { parseTraceparent } from "@agentic/api/trace.ts";
import type { Workflow } from "../core/types.ts";

/** Fields of the log; those of a workflow that nobody's workload owns are undefined. */
export interface Whose {
  tenant: string;
  jobId: string | undefined;
  attempt: number | undefined;
  traceId: string | undefined;
  /** Of the workload's span. */
  spanId: string | undefined;
}

/** The tenant, the job, the number of the run and the id of its trace. */
export function whoseIs({ metadata, spec }: Workflow): Whose {
  const { namespace, labels = {} } = metadata;
  const attempt = labels[LABELS.attempt];
  const context = spec?.arguments?.parameters?.find(({ name }) => name === OPTIONAL_PARAMETERS.traceparent)?.value;
  const trace = typeof context === "string" ? parseTraceparent(context) : undefined;
  return {
    tenant: namespace,
    jobId: labels[LABELS.jobId],
    attempt: attempt === undefined ? undefined : Number(attempt),
    traceId: trace?.traceId,
    spanId: trace?.spanId,
  };
}
