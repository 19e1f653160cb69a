// The engine's core: from a workflow and its pods to what is next. No I/O, no clock, no memory; nothing given is changed.
import { checkWorkflow } from "./check.ts";
import { collectPods, expiresAt } from "./collect.ts";
import { applyControl } from "./control.ts";
import { annotations, labels } from "./names.ts";
import { observePods } from "./observe.ts";
import { Pass } from "./pass.ts";
import { type Advance, isOver, upsert } from "./result.ts";
import { substituteIn } from "./substitute.ts";
import { timestamp } from "./time.ts";
import { emptyLibrary, type Library, type Pod, SpecError, type Workflow } from "./types.ts";

export { type Advance, isOver } from "./result.ts";

/** A workflow that cannot run at all. */
function refuse(workflow: Workflow, now: Date, phase: "Failed" | "Error", message: string): Advance {
  const at = timestamp(now);
  return {
    status: {
      ...workflow.status,
      phase,
      message,
      startedAt: workflow.status?.startedAt ?? at,
      finishedAt: at,
      conditions: upsert(workflow.status?.conditions, { type: "Completed", status: "True" }),
    },
    labels: { [labels.phase]: phase, [labels.completed]: "true" },
    annotations: {},
    podsToCreate: [],
    podsToDelete: [],
    podsCompleted: [],
    logsNeeded: [],
    changed: true,
    expired: false,
  };
}

/** A finished workflow only waits for its pods and itself to be cleared away. */
function afterwards(pass: Pass): Advance {
  const { workflow, op, now } = pass;
  const { completed } = collectPods(op, workflow.status?.phase, workflow.status?.finishedAt);
  const expiry = expiresAt(workflow.status, op.spec);
  const expired = expiry !== undefined && now.getTime() >= expiry;
  if (expiry !== undefined && !expired) op.wake(expiry);
  return {
    status: workflow.status ?? {},
    labels: {},
    annotations: {},
    podsToCreate: [],
    podsToDelete: [...op.deletes],
    podsCompleted: completed,
    logsNeeded: [],
    ...(op.wakeAt === undefined ? {} : { wakeAt: new Date(op.wakeAt) }),
    changed: false,
    expired,
  };
}

function workflowMetadata(pass: Pass): { labels?: Record<string, string>; annotations?: Record<string, string> } {
  const metadata = pass.op.spec.workflowMetadata;
  const own = metadata ? substituteIn(metadata, pass.op.globals) : {};
  return {
    ...(own.labels ? { labels: own.labels } : {}),
    annotations: { ...own.annotations, [annotations.podNameFormat]: "v2" },
  };
}

/**
 * One step of a workflow: what its status becomes and which pods are to be made or deleted, given the pods that there
 * are. Calling again with the result and the pods that it asked for changes nothing. `library` holds the
 * WorkflowTemplates of the workflow's namespace and the cluster's.
 */
export function advance(workflow: Workflow, pods: readonly Pod[], now: Date, library: Library = emptyLibrary): Advance {
  const first = !workflow.status?.phase;
  let pass: Pass;
  let metadata: ReturnType<typeof workflowMetadata> = {};
  try {
    if (first) checkWorkflow(workflow, library);
    pass = new Pass(workflow, now, library);
    if (first) metadata = workflowMetadata(pass);
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    if (isOver(workflow.status?.phase))
      return {
        ...refuse(workflow, now, "Error", error.message),
        status: workflow.status ?? {},
        labels: {},
        changed: false,
      };
    const unsupported = error.name === "Unsupported";
    return refuse(
      workflow,
      now,
      unsupported ? "Error" : "Failed",
      unsupported ? error.message : `invalid spec: ${error.message}`,
    );
  }
  const { op } = pass;
  if (isOver(workflow.status?.phase)) {
    for (const pod of pods) op.pods.set(pod.metadata.annotations?.[annotations.nodeId] ?? pod.metadata.name, pod);
    return afterwards(pass);
  }
  if (!first) {
    observePods(op, pods);
    applyControl(op);
  }
  // Argo ignores stop and terminate while a workflow is suspended; who stops it means it.
  if (!op.spec.suspend || op.spec.shutdown) pass.run();
  return pass.result(first, metadata);
}
