// The record of what a workload has cost, which is kept when the workload is gone.
import type { AgentWorkload, AgentWorkloadStatus } from "@agentic/api/agentworkload.ts";
import type { StepAttempt } from "@agentic/api/cost-report.ts";
import { LABELS } from "@agentic/api/names.ts";
import { RESULT } from "@agentic/api/template.ts";
import { templateRefOf } from "@agentic/api/template-ref.ts";
import type { Workflow } from "../argo.ts";
import { number } from "./cost.ts";
import { CONDITIONS, type Draft } from "./draft.ts";
import { isDone, nodesOf, parameter, parseResult } from "./nodes.ts";
import { parseTime } from "./time.ts";
import type { Decision } from "./types.ts";

export interface CostRecord {
  /** Of the workload. */
  uid: string;
  name: string;
  namespace: string;
  tenant: string;
  team: string;
  costCenter: string;
  template: string;
  /** How the workload ended; `Deleted` where somebody deleted it before its end. */
  phase: string;
  /** When it ended. */
  ended: string;
  cost: NonNullable<AgentWorkloadStatus["cost"]>;
  steps: StepAttempt[];
}

/** The most that is believed of a step's own words, and of their number. */
const MAX_MS = 31 * 86_400_000;
const MAX_BYTES = 2 ** 50;
const MAX_ATTEMPTS = 200;

/** The record of a workload with this status; `labels` are those of its tenant's ConfigMap. */
export function costRecord(
  workload: AgentWorkload,
  { phase, completedAt, cost }: { phase: string; completedAt: string; cost: CostRecord["cost"] },
  { runs, labels = {} }: { runs: readonly Workflow[]; labels?: Readonly<Record<string, string>> | undefined },
): CostRecord {
  const { uid = "", name, namespace = "" } = workload.metadata;
  return {
    ...{ uid, name, namespace, phase, ended: completedAt, cost },
    tenant: labels[LABELS.tenant] ?? namespace,
    team: labels[LABELS.owner] ?? "",
    costCenter: labels[LABELS.costCenter] ?? "",
    template: templateRefOf(workload).name,
    steps: attemptsOf(runs),
  };
}

/** What the attempts of the runs' steps report of themselves; one that was killed reports nothing. */
export function attemptsOf(runs: readonly Workflow[]): StepAttempt[] {
  const attempts = runs.flatMap((run) =>
    nodesOf(run).flatMap((node): StepAttempt[] => {
      const step = node.templateName ?? "";
      const requests = run.requests?.[step];
      if (node.type !== "Pod" || !isDone(node) || !requests) return [];
      const result = parseResult(parameter(node.outputs?.parameters, RESULT.parameter));
      const until = parseTime(node.finishedAt);
      const since = Number(number(result?.startedAt, Number.MAX_SAFE_INTEGER)) || parseTime(node.startedAt);
      const cpuMs = Number(number(result?.usage?.cpuMs, MAX_MS));
      const memoryBytes = Number(number(result?.usage?.memoryBytes, MAX_BYTES));
      if (since === undefined || until === undefined || memoryBytes === 0) return [];
      // The engine's clock has whole seconds, and a process can't take more time than the cores of its limit have.
      const ms = Math.max(1000, Math.min(until - since, MAX_MS));
      return [{ step, ...requests, ms, cpuMs, memoryBytes }];
    }),
  );
  return attempts.slice(0, MAX_ATTEMPTS);
}

/** Whether the record of a workload that has ended is still to be written. */
export const isUnrecorded = ({ conditions }: AgentWorkloadStatus): boolean =>
  conditions?.some(({ type, status }) => type === CONDITIONS.costRecorded && status === "False") ?? false;

/**
 * Has the record written before the status that says that the workload has ended, so that whoever sees the end, or deletes the workload
 * after it, loses nothing. Where that fails, the workload ends all the same, and the record is tried again until it is written.
 */
export function record(draft: Draft, decision: Decision): Decision {
  const { keepsRecords, recorded, workload } = draft.observed;
  const { status } = decision;
  if (!keepsRecords || !status.cost || !status.completedAt) return decision;
  const wasUnrecorded = isUnrecorded(workload.status ?? {});
  if (workload.status?.completedAt && !wasUnrecorded) return decision;
  if (!recorded) return { ...decision, actions: [{ kind: "record" }, ...decision.actions] };
  if (recorded.ok) {
    if (wasUnrecorded)
      draft.setCondition(CONDITIONS.costRecorded, "True", "Recorded", "the record of its cost is kept");
    return decision;
  }
  const message = `the record of its cost could not be written yet: ${recorded.error}`;
  if (draft.setCondition(CONDITIONS.costRecorded, "False", "LedgerUnavailable", message))
    draft.event("Warning", "CostNotRecorded", message);
  return { ...decision, backoff: true };
}
