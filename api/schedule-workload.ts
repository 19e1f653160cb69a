// The AgentWorkload of a schedule for one of its times: the same whoever makes it, and whenever.
import type { AgentSchedule } from "./agentschedule.ts";
import type { AgentWorkload } from "./agentworkload.ts";
import { AGENT_WORKLOAD, ANNOTATIONS, API_GROUP_VERSION, LABELS } from "./names.ts";
import { timeSuffix } from "./schedule-names.ts";
import { timestamp } from "./times.ts";

/** Name of the workload for a time, milliseconds since the epoch. */
export const scheduledName = ({ metadata }: Pick<AgentSchedule, "metadata">, time: number): string =>
  `${metadata.name}${timeSuffix(time)}`;

/** The workload for a time, without who submits it and who owns it. Its job id has the time, too, so that a missed one made up later is that job. */
export function scheduledWorkload(schedule: Pick<AgentSchedule, "metadata" | "spec">, time: number): AgentWorkload {
  const { metadata, spec } = schedule.spec.workload;
  const { name, namespace } = schedule.metadata;
  return {
    apiVersion: API_GROUP_VERSION,
    kind: AGENT_WORKLOAD.kind,
    metadata: {
      name: scheduledName(schedule, time),
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...metadata?.labels, [LABELS.schedule]: name },
      annotations: { ...metadata?.annotations, [ANNOTATIONS.scheduledAt]: timestamp(time) },
    },
    spec: { ...spec, jobId: `${spec.jobId ?? name}${timeSuffix(time)}` },
  };
}
