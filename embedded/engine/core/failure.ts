// Says why a pod failed: Argo's message where it has one, with the kind of the failure and the end of the container's log.
import { clean } from "@agentic/api/text.ts";
import { MAIN } from "./pod.ts";
import { tail } from "./text.ts";
import type { Container, ContainerState, ContainerStatus, Phase, Pod } from "./types.ts";

/** The reason of a pod that the API server refused. */
export const REJECTED = "Rejected";

/** The part of a log that the kubelet takes as a termination message (policy FallbackToLogsOnError). */
const MESSAGE_FROM_LOG = { bytes: 2048, lines: 80 };

/** Signals by their number; the exit code of a process that a signal ended is 128 more. */
const SIGNALS: Record<number, string> = {
  1: "SIGHUP",
  2: "SIGINT",
  3: "SIGQUIT",
  4: "SIGILL",
  6: "SIGABRT",
  7: "SIGBUS",
  8: "SIGFPE",
  9: "SIGKILL",
  11: "SIGSEGV",
  13: "SIGPIPE",
  14: "SIGALRM",
  15: "SIGTERM",
};

export const mainOf = (pod: Pod): ContainerStatus | undefined =>
  pod.status?.containerStatuses?.find(({ name }) => name === MAIN);

const joined = (...parts: (string | undefined)[]) => parts.filter(Boolean).join(": ");

/** The end of a log that the kubelet would take as a termination message. */
export const messageFromLog = (log: string): string =>
  clean(tail(log.trimEnd().split("\n").slice(-MESSAGE_FROM_LOG.lines).join("\n"), MESSAGE_FROM_LOG.bytes)).trim();

/**
 * Whether a pod ended because it was deleted: its main container ended after the deletion was requested. Its exit code then says
 * nothing about the step.
 */
export function endedByDeletion(pod: Pod): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata;
  if (!deletionTimestamp) return false;
  const requestedAt = Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000;
  const finishedAt = mainOf(pod)?.state?.terminated?.finishedAt;
  return finishedAt === undefined || Date.parse(finishedAt) >= requestedAt;
}

/**
 * Why Kubernetes deletes a pod, by its condition: preemption, eviction, a node that is lost or shuts down.
 * https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions
 */
export function disruption(pod: Pod): string | undefined {
  const condition = pod.status?.conditions?.find(
    ({ type, status }) => type === "DisruptionTarget" && status === "True",
  );
  return condition && joined(condition.reason, condition.message);
}

/** A pod's own message after its reason, such as Evicted; after a deadline the message alone, as in Argo. */
export function podMessage({ status }: Pod): string | undefined {
  const { reason, message } = status ?? {};
  if (!reason || reason === "DeadlineExceeded" || message?.includes(reason)) return message;
  return joined(reason, message);
}

function containerMessage(
  name: string,
  terminated: NonNullable<ContainerState["terminated"]>,
  details: string | undefined,
): string {
  const { exitCode, reason = "Error" } = terminated;
  const signal = terminated.signal || exitCode - 128;
  const signalName = reason === "Error" && SIGNALS[signal];
  const endedBy = signalName ? `ended by signal ${signal} (${signalName})` : "";
  return joined(name, `${reason} (exit code ${exitCode})`, endedBy, details);
}

/** How a pod failed. `log` is the end of its main container's log, for a container without a termination message. */
export function failure(pod: Pod, log = ""): { phase: Phase; message: string } {
  const { status, metadata } = pod;
  // The API server refused the pod: the controller passes one with this reason, which never existed.
  if (status?.reason === REJECTED) return { phase: "Error", message: status.message ?? REJECTED };
  const disruptionReason = disruption(pod);
  if (endedByDeletion(pod)) return { phase: "Error", message: joined("pod deleted", disruptionReason) };
  const message = podMessage(pod) || disruptionReason;
  if (message) return { phase: "Failed", message };
  const containers = likeliestCauseFirst(pod);
  if (containers.length === 0) {
    return {
      phase: "Failed",
      message: `can't find failed message for pod ${metadata.name} namespace ${metadata.namespace}`,
    };
  }
  let sidecarWasStopped = false;
  for (const { name, state } of containers) {
    if (state?.waiting) {
      const { reason = "", message = "" } = state.waiting;
      return { phase: "Error", message: `Pod failed before ${name} container starts due to ${reason}: ${message}` };
    }
    const terminated = state?.terminated;
    if (!terminated || terminated.exitCode === 0) continue;
    if (isSidecar(pod, name) && STOPPED_EXIT_CODES.has(terminated.exitCode)) {
      sidecarWasStopped = true;
      continue;
    }
    const details = terminated.message?.trimEnd() || (name === MAIN ? log : "");
    return { phase: "Failed", message: containerMessage(name, terminated, details) };
  }
  // A sidecar that was stopped after the step had succeeded is no failure of the step.
  if (sidecarWasStopped && mainOf(pod)?.state?.terminated?.exitCode === 0) return { phase: "Succeeded", message: "" };
  return { phase: "Failed", message: "pod failed: main container did not complete successfully" };
}

/** Exit codes of containers that were ended by SIGKILL and SIGTERM. */
const STOPPED_EXIT_CODES: ReadonlySet<number> = new Set([137, 143]);

/** The names of init containers that run until the other containers have ended: native sidecars. */
const nativeSidecars = (pod: Pod): ReadonlySet<string> => {
  const list = Array.isArray(pod.spec.initContainers) ? (pod.spec.initContainers as Container[]) : [];
  return new Set(list.filter(({ restartPolicy }) => restartPolicy === "Always").map(({ name = "" }) => name));
};

/** Whether a container runs beside the main one, as one that a webhook has added to the pod. */
function isSidecar(pod: Pod, name: string): boolean {
  const { containerStatuses = [] } = pod.status ?? {};
  return nativeSidecars(pod).has(name) || (name !== MAIN && containerStatuses.some((other) => other.name === name));
}

/** A pod's containers in the order in which their failure counts: init containers, the main one, sidecars. */
function likeliestCauseFirst(pod: Pod): ContainerStatus[] {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  const sidecars = nativeSidecars(pod);
  const rank = ({ name }: ContainerStatus) => (isSidecar(pod, name) ? 2 : name === MAIN ? 1 : 0);
  const inits = initContainerStatuses.filter(({ name }) => !sidecars.has(name));
  const sidecarStatuses = initContainerStatuses.filter(({ name }) => sidecars.has(name));
  return [...inits, ...containerStatuses, ...sidecarStatuses].sort((a, b) => rank(a) - rank(b));
}
