// The columns of lists of workloads.
import type { AgentWorkload, ObjectMeta } from "@agentic/api/agentworkload.ts";
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { templateRefOf } from "@agentic/api/template-ref.ts";
import { cut } from "@agentic/api/text.ts";
import { since } from "@agentic/api/times.ts";
import type { Column } from "../output.ts";

export const templateOf = (workload: AgentWorkload): string => templateRefOf(workload).name;

/** Characters of a sentence that a row has room for. */
export const MAX_MESSAGE = 80;

export const columns: Column[] = [
  { heading: "NAME", of: ({ metadata }) => metadata.name ?? "" },
  { heading: "PHASE", of: ({ status }) => status?.phase ?? "Pending" },
  { heading: "STEP", of: ({ status }) => status?.currentNode ?? "" },
  { heading: "AGE", of: ({ metadata }) => since(metadata.creationTimestamp) },
  { heading: "TOOK", of: ({ status }) => (status?.completedAt ? since(status.startedAt, status.completedAt) : "") },
  { heading: "TEMPLATE", of: templateOf, wide: true },
  { heading: "SUBMITTED BY", of: ({ metadata }) => metadata.annotations?.[ANNOTATIONS.submittedBy] ?? "", wide: true },
  {
    heading: "COST",
    of: ({ status }) => (status?.cost ? `${status.cost.total} ${status.cost.currency}` : ""),
    wide: true,
  },
  { heading: "MESSAGE", of: ({ status }) => cut(status?.message ?? "", MAX_MESSAGE) },
];
export const namespaceColumn: Column<{ metadata: ObjectMeta }> = {
  heading: "NAMESPACE",
  of: ({ metadata }) => metadata.namespace ?? "",
};
