// What the status of a CronWorkflow says of its Workflows, and which of them are kept.
import { ARGO } from "@agentic/api/names.ts";
import { isOver } from "../result.ts";
import type { Workflow } from "../types.ts";
import { type ActiveWorkflow, CRON_KEYS, type CronWorkflow, type CronWorkflowStatus } from "./types.ts";

/** Workflows that are kept of those that have ended well, and of the others, where the spec doesn't say. */
const KEPT = { successful: 3, failed: 1 };

/** A status without a condition; without the list where it was the only one. */
export function without(status: CronWorkflowStatus, type: string): CronWorkflowStatus {
  const { conditions, ...others } = status;
  const left = (conditions ?? []).filter((condition) => condition.type !== type);
  return left.length > 0 ? { ...others, conditions: left } : others;
}

export const activeWorkflow = ({ metadata }: Workflow): ActiveWorkflow => ({
  apiVersion: ARGO.groupVersion,
  kind: "Workflow",
  name: metadata.name,
  namespace: metadata.namespace,
  uid: metadata.uid ?? "",
  resourceVersion: metadata.resourceVersion ?? "",
});

/**
 * The status with the Workflows that have not ended. One that leaves the list since it has ended is counted, once: list and counters are
 * written together.
 */
export function reconciledStatus({ status = {} }: CronWorkflow, workflows: readonly Workflow[]): CronWorkflowStatus {
  const byUid = new Map(workflows.map((workflow) => [workflow.metadata.uid ?? "", workflow]));
  const before = status.active ?? [];
  const left = before.filter(({ uid }) => {
    const workflow = byUid.get(uid);
    return workflow && !isOver(workflow.status?.phase);
  });
  const listed = new Set(before.map(({ uid }) => uid));
  const unlisted = workflows.filter(
    ({ metadata, status: its }) => !listed.has(metadata.uid ?? "") && !isOver(its?.phase),
  );
  if (left.length === before.length && unlisted.length === 0) return status;
  const ended = before.map(({ uid }) => byUid.get(uid)?.status?.phase);
  const { active: _, ...others } = status;
  const active = [...left, ...unlisted.map(activeWorkflow)];
  return {
    ...others,
    ...(active.length > 0 ? { active } : {}),
    succeeded: (status.succeeded ?? 0) + ended.filter((phase) => phase === "Succeeded").length,
    failed: (status.failed ?? 0) + ended.filter((phase) => phase === "Failed" || phase === "Error").length,
  };
}

/** The Workflows beyond the history's limits, which a negative number leaves as they are by default. */
export function unkept({ metadata, spec }: CronWorkflow, workflows: readonly Workflow[]): Workflow[] {
  const own = workflows.filter(
    ({ metadata: its, status }) =>
      its.labels?.[CRON_KEYS.cronWorkflow] === metadata.name && isOver(status?.phase) && !its.deletionTimestamp,
  );
  const beyond = (list: Workflow[], limit: number | undefined, standard: number) =>
    list
      .toSorted((a, b) => (b.status?.finishedAt ?? "").localeCompare(a.status?.finishedAt ?? ""))
      .slice(limit !== undefined && limit >= 0 ? limit : standard);
  const hasSucceeded = ({ status }: Workflow) => status?.phase === "Succeeded";
  return [
    ...beyond(own.filter(hasSucceeded), spec.successfulJobsHistoryLimit, KEPT.successful),
    ...beyond(
      own.filter((workflow) => !hasSucceeded(workflow)),
      spec.failedJobsHistoryLimit,
      KEPT.failed,
    ),
  ];
}
