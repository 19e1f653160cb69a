// The Workflow that a CronWorkflow makes, and whose a Workflow is.
import { ARGO } from "@agentic/api/names.ts";
import { timestamp } from "@agentic/api/times.ts";
import type { Workflow } from "../types.ts";
import { CRON_KEYS, type CronWorkflow } from "./types.ts";

/** Labels that Argo hands on: of who made the CronWorkflow by its server, and of the controller that it is for. */
const HANDED_ON = [
  "workflows.argoproj.io/creator",
  "workflows.argoproj.io/creator-email",
  "workflows.argoproj.io/creator-preferred-username",
  "workflows.argoproj.io/controller-instanceid",
];

/** The Workflow for a time (milliseconds since the epoch), which has the time in its name: there is one for each. */
export function childOf({ metadata, spec }: CronWorkflow, time: number): Workflow {
  const { name, namespace, uid = "", labels = {} } = metadata;
  const handedOn = HANDED_ON.flatMap((key) => (labels[key] === undefined ? [] : [[key, labels[key]] as const]));
  return {
    apiVersion: ARGO.groupVersion,
    kind: "Workflow",
    metadata: {
      name: `${name}-${Math.floor(time / 1000)}`,
      namespace,
      labels: {
        ...Object.fromEntries(handedOn),
        [CRON_KEYS.cronWorkflow]: name,
        ...spec.workflowMetadata?.labels,
      },
      annotations: { [CRON_KEYS.scheduledTime]: timestamp(time), ...spec.workflowMetadata?.annotations },
      ownerReferences: [
        {
          apiVersion: ARGO.groupVersion,
          kind: "CronWorkflow",
          name,
          uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: spec.workflowSpec ?? {},
  };
}

/** The CronWorkflow that owns a Workflow. */
export function cronOwnerOf({ metadata }: Workflow): { name: string; uid: string } | undefined {
  const owner = metadata.ownerReferences?.find(
    ({ kind, controller }) => kind === "CronWorkflow" && controller === true,
  );
  return owner ? { name: String(owner.name), uid: String(owner.uid) } : undefined;
}
