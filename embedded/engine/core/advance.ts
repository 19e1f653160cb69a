// The engine's core: from a workflow and its pods to what is next. No I/O, no clock, no memory; nothing given is changed.
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

const nothing = {
  labels: {},
  annotations: {},
  podsToCreate: [],
  podsToDelete: [],
  podsCompleted: [],
  logsNeeded: [],
  expired: false,
} satisfies Partial<Advance>;

/** How a workflow ends that cannot be run, or cannot be run on: an error of ours is told as such, and retried by nobody. */
function reason(error: unknown, first: boolean): { phase: "Failed" | "Error"; message: string } {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Unsupported) return { phase: "Error", message };
  if (!first) return { phase: "Error", message: error instanceof SpecError ? message : `internal error: ${message}` };
  return {
    phase: "Failed",
    message: `invalid spec: ${error instanceof SpecError ? "" : "it cannot be understood: "}${message}`,
  };
}

/** Whether a workflow that is over has outlived its ttlStrategy, or when it will have. */
function lifetime(status: Workflow["status"], spec: Workflow["spec"], now: Date): { expired: boolean; wakeAt?: Date } {
  const expiry = expiresAt(status, spec);
  if (expiry === undefined) return { expired: false };
  return now.getTime() >= expiry ? { expired: true } : { expired: false, wakeAt: new Date(expiry) };
}

function giveUp(workflow: Workflow, pods: readonly Pod[], now: Date, error: unknown): Advance {
  const { spec } = workflow;
  if (isOver(workflow.status?.phase)) {
    const status = workflow.status ?? {};
    return { ...nothing, status, changed: false, ...lifetime(status, spec, now) };
  }
  const { phase, message } = reason(error, !workflow.status?.phase);
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
    ...nothing,
    status,
    labels: { [labels.phase]: phase, [labels.completed]: "true" },
    podsToDelete: pods.filter(isActive).map(({ metadata }) => metadata.name),
    changed: true,
    ...lifetime(status, spec, now),
    // It is told first, and deleted by a later pass.
    expired: false,
  };
}

/** A finished workflow only waits for its pods and itself to be cleared away. */
function afterwards(pass: Pass): Advance {
  const { workflow, op, now } = pass;
  const { completed } = collectPods(op, workflow.status?.phase, workflow.status?.finishedAt);
  const { expired, wakeAt } = lifetime(workflow.status, op.spec, now);
  if (wakeAt) op.wake(wakeAt.getTime());
  return {
    ...nothing,
    status: workflow.status ?? {},
    podsToDelete: [...op.deletes],
    podsCompleted: completed,
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

function step(workflow: Workflow, pods: readonly Pod[], now: Date, library: Library): Advance {
  const first = !workflow.status?.phase;
  if (first) checkWorkflow(workflow, library);
  else if (!isOver(workflow.status?.phase)) checkFieldsAgain(workflow);
  const pass = new Pass(workflow, now, library);
  const { op } = pass;
  if (isOver(workflow.status?.phase)) {
    for (const pod of pods.filter((candidate) => ownedBy(candidate, workflow.metadata.uid))) {
      op.pods.set(nodeIdOf(pod) ?? pod.metadata.name, pod);
      if (isActive(pod)) op.deletes.add(pod.metadata.name);
    }
    return afterwards(pass);
  }
  const metadata = first ? workflowMetadata(pass) : {};
  if (!first) {
    observePods(op, pods);
    applyControl(op);
  }
  // Argo ignores stop and terminate while a workflow is suspended; who stops it means it.
  if (!op.spec.suspend || op.spec.shutdown) pass.run();
  return pass.result(first, metadata);
}

/**
 * One step of a workflow: what its status becomes and which pods are to be made or deleted, given the pods that there
 * are. Calling again with the result and the pods that it asked for changes nothing. `library` holds the
 * WorkflowTemplates of the workflow's namespace and the cluster's. Never throws: a workflow may be any JSON.
 */
export function advance(workflow: Workflow, pods: readonly Pod[], now: Date, library: Library = emptyLibrary): Advance {
  try {
    return step(withoutNulls(workflow), pods, now, libraryWithoutNulls(library));
  } catch (error) {
    return giveUp(workflow, pods, now, error);
  }
}
