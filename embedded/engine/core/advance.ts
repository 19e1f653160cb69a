// The engine's core: computes a workflow's next status and actions from the workflow and its pods. It does no I/O, reads no clock,
// keeps no state, and changes none of its arguments.
import { checkFieldsAgain, checkWorkflow } from "./check.ts";
import { collectPods, expiresAt, isActive } from "./collect.ts";
import { applyControl } from "./control.ts";
import { annotations, labels } from "./names.ts";
import { nodeIdOf, observePods, ownedBy } from "./observe.ts";
import { Pass } from "./pass.ts";
import { type Advance, isOver, upsert } from "./result.ts";
import { Unsupported } from "./schema.ts";
import { substituteIn } from "./substitute.ts";
import { timestamp } from "./time.ts";
import { emptyLibrary, type Library, type Pod, SpecError, type Workflow } from "./types.ts";
import { libraryWithoutNulls, withoutNulls } from "./unset.ts";

export { type Advance, isOver } from "./result.ts";

const noActions = {
  labels: {},
  annotations: {},
  podsToCreate: [],
  podsToDelete: [],
  podsCompleted: [],
  logsNeeded: [],
  expired: false,
} satisfies Partial<Advance>;

/** The end of a workflow that can't be started or continued. An error of the engine itself is named as an internal one. */
function endOf(error: unknown, isFirst: boolean): { phase: "Failed" | "Error"; message: string } {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Unsupported) return { phase: "Error", message };
  if (!isFirst) return { phase: "Error", message: error instanceof SpecError ? message : `internal error: ${message}` };
  return {
    phase: "Failed",
    message: `invalid spec: ${error instanceof SpecError ? "" : "it cannot be understood: "}${message}`,
  };
}

/** Whether the time to live of a finished workflow is over, or else when it will be. */
function lifetime(status: Workflow["status"], spec: Workflow["spec"], now: Date): { expired: boolean; wakeAt?: Date } {
  const expiry = expiresAt(status, spec);
  if (expiry === undefined) return { expired: false };
  return now.getTime() >= expiry ? { expired: true } : { expired: false, wakeAt: new Date(expiry) };
}

/** Ends a workflow after an error. One that is over already stays as it is. */
function endWithError(workflow: Workflow, pods: readonly Pod[], now: Date, error: unknown): Advance {
  const { spec } = workflow;
  if (isOver(workflow.status?.phase)) {
    const status = workflow.status ?? {};
    return { ...noActions, status, changed: false, ...lifetime(status, spec, now) };
  }
  const { phase, message } = endOf(error, !workflow.status?.phase);
  const at = timestamp(now);
  const status = {
    ...workflow.status,
    phase,
    message,
    startedAt: workflow.status?.startedAt ?? at,
    finishedAt: at,
    conditions: upsert(workflow.status?.conditions, { type: "Completed", status: "True" }),
  };
  return {
    ...noActions,
    status,
    labels: { [labels.phase]: phase, [labels.completed]: "true" },
    podsToDelete: pods.filter(isActive).map(({ metadata }) => metadata.name),
    changed: true,
    ...lifetime(status, spec, now),
    // The end is written first; a later pass deletes the workflow.
    expired: false,
  };
}

/** The garbage collection of a finished workflow and its pods, which is all that is left to do. */
function collect(pass: Pass): Advance {
  const { workflow, op, now } = pass;
  const { completed } = collectPods(op, workflow.status?.phase, workflow.status?.finishedAt);
  const { expired, wakeAt } = lifetime(workflow.status, op.spec, now);
  if (wakeAt) op.wake(wakeAt.getTime());
  return {
    ...noActions,
    status: workflow.status ?? {},
    podsToDelete: [...op.podsToDelete],
    podsCompleted: completed,
    ...(op.wakeAt === undefined ? {} : { wakeAt: new Date(op.wakeAt) }),
    changed: false,
    expired,
  };
}

function workflowMetadata(pass: Pass): { labels?: Record<string, string>; annotations?: Record<string, string> } {
  const metadata = pass.op.spec.workflowMetadata;
  const resolved = metadata ? substituteIn(metadata, pass.op.globals) : {};
  return {
    ...(resolved.labels ? { labels: resolved.labels } : {}),
    annotations: { ...resolved.annotations, [annotations.podNameFormat]: "v2" },
  };
}

function advanceOrThrow(workflow: Workflow, pods: readonly Pod[], now: Date, library: Library): Advance {
  const isFirst = !workflow.status?.phase;
  if (isFirst) checkWorkflow(workflow, library);
  else if (!isOver(workflow.status?.phase)) checkFieldsAgain(workflow);
  const pass = new Pass(workflow, now, library);
  const { op } = pass;
  if (isOver(workflow.status?.phase)) {
    for (const pod of pods.filter((candidate) => ownedBy(candidate, workflow.metadata.uid))) {
      op.pods.set(nodeIdOf(pod) ?? pod.metadata.name, pod);
      if (isActive(pod)) op.podsToDelete.add(pod.metadata.name);
    }
    return collect(pass);
  }
  const metadata = isFirst ? workflowMetadata(pass) : {};
  if (!isFirst) {
    observePods(op, pods);
    applyControl(op);
  }
  // Unlike Argo, which ignores a shutdown while the workflow is suspended.
  if (!op.spec.suspend || op.spec.shutdown) pass.run();
  return pass.result(isFirst, metadata);
}

/**
 * One pass over a workflow: its next status, and the pods to create and delete, given the pods that exist. A second call with that
 * status and those pods changes nothing. `library` has the WorkflowTemplates of the workflow's namespace and the
 * ClusterWorkflowTemplates. It never throws, and accepts any JSON as a workflow.
 */
export function advance(workflow: Workflow, pods: readonly Pod[], now: Date, library: Library = emptyLibrary): Advance {
  try {
    return advanceOrThrow(withoutNulls(workflow), pods, now, libraryWithoutNulls(library));
  } catch (error) {
    return endWithError(workflow, pods, now, error);
  }
}
