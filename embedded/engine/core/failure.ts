// Why a pod failed: in Argo's words where it has some, with the kind of the failure and the container's last words.
import { clean } from "@agentic/api/text.ts";
import { MAIN } from "./pod.ts";
import { tail } from "./text.ts";
import type { Container, ContainerState, ContainerStatus, Phase, Pod } from "./types.ts";

/** The reason of a pod that the API server refused. */
export const REJECTED = "Rejected";

/** What the kubelet keeps of a log that stands in for a termination message (policy FallbackToLogsOnError). */
const WORDS = { bytes: 2048, lines: 80 };

/** Signals by their number; a shell and the kernel tell of one by an exit code of 128 more. */
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

/** The end of a log, as much of it as the kubelet would take for a termination message. */
export const lastWords = (log: string): string =>
  clean(tail(log.trimEnd().split("\n").slice(-WORDS.lines).join("\n"), WORDS.bytes)).trim();

/**
 * Whether a pod ended because somebody deleted it: its containers were stopped after the deletion was asked for. Then
 * its exit code tells nothing about the step.
 */
export function endedByDeletion(pod: Pod): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata;
  if (!deletionTimestamp) return false;
  const requestedAt = Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000;
  const ended = mainOf(pod)?.state?.terminated?.finishedAt;
  return ended === undefined || Date.parse(ended) >= requestedAt;
}

/**
 * Who took a pod away, by Kubernetes' own word: preemption, eviction, a node that is lost or shuts down.
 * https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions
 */
export function disruption(pod: Pod): string | undefined {
  const condition = pod.status?.conditions?.find(
    ({ type, status }) => type === "DisruptionTarget" && status === "True",
  );
  return condition && joined(condition.reason, condition.message);
}

/** A pod's own message with its reason, e.g. Evicted; for a deadline the message alone, as Argo has it. */
export function podMessage({ status }: Pod): string | undefined {
  const { reason, message } = status ?? {};
  if (!reason || reason === "DeadlineExceeded" || message?.includes(reason)) return message;
  return joined(reason, message);
}

function ofContainer(
  name: string,
  ended: NonNullable<ContainerState["terminated"]>,
  words: string | undefined,
): string {
  const { exitCode, reason = "Error" } = ended;
  const signal = ended.signal || exitCode - 128;
  const known = reason === "Error" && SIGNALS[signal];
  return joined(name, `${reason} (exit code ${exitCode})`, known ? `ended by signal ${signal} (${known})` : "", words);
}

/** How a pod failed. `log` is the end of its main container's log, for when that left no termination message. */
export function failure(pod: Pod, log = ""): { phase: Phase; message: string } {
  const { status, metadata } = pod;
  // The API server would not have it: the controller tells so by a pod that never was.
  if (status?.reason === REJECTED) return { phase: "Error", message: status.message ?? REJECTED };
  const taken = disruption(pod);
  if (endedByDeletion(pod)) return { phase: "Error", message: joined("pod deleted", taken) };
  const own = podMessage(pod) || taken;
  if (own) return { phase: "Failed", message: own };
  const containers = byBlame(pod);
  if (containers.length === 0) {
    return {
      phase: "Failed",
      message: `can't find failed message for pod ${metadata.name} namespace ${metadata.namespace}`,
    };
  }
  let wasStopped = false;
  for (const { name, state } of containers) {
    if (state?.waiting) {
      const { reason = "", message = "" } = state.waiting;
      return { phase: "Error", message: `Pod failed before ${name} container starts due to ${reason}: ${message}` };
    }
    const ended = state?.terminated;
    if (!ended || ended.exitCode === 0) continue;
    if (isBeside(pod, name) && STOPPED.has(ended.exitCode)) {
      wasStopped = true;
      continue;
    }
    const words = ended.message?.trimEnd() || (name === MAIN ? log : "");
    return { phase: "Failed", message: ofContainer(name, ended, words) };
  }
  // What was stopped beside a step that had done its work says nothing of it; a pod that failed for no reason does.
  if (wasStopped && mainOf(pod)?.state?.terminated?.exitCode === 0) return { phase: "Succeeded", message: "" };
  return { phase: "Failed", message: "pod failed: main container did not complete successfully" };
}

/** Exit codes of what was ended from outside: by SIGKILL and SIGTERM. */
const STOPPED: ReadonlySet<number> = new Set([137, 143]);

/** Init containers that run beside the others until these have ended: native sidecars. */
const sidecarsAmongInit = (pod: Pod): ReadonlySet<string> => {
  const list = Array.isArray(pod.spec.initContainers) ? (pod.spec.initContainers as Container[]) : [];
  return new Set(list.filter(({ restartPolicy }) => restartPolicy === "Always").map(({ name = "" }) => name));
};

/** Whether a container that somebody has put into the pod runs beside the step. */
function isBeside(pod: Pod, name: string): boolean {
  const { containerStatuses = [] } = pod.status ?? {};
  return sidecarsAmongInit(pod).has(name) || (name !== MAIN && containerStatuses.some((other) => other.name === name));
}

/** A pod's containers, those first whose failure is the cause: what prepares the step, the step, what runs beside it. */
function byBlame(pod: Pod): ContainerStatus[] {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  const sidecars = sidecarsAmongInit(pod);
  const rank = ({ name }: ContainerStatus) => (isBeside(pod, name) ? 2 : name === MAIN ? 1 : 0);
  const inits = initContainerStatuses.filter(({ name }) => !sidecars.has(name));
  const others = initContainerStatuses.filter(({ name }) => sidecars.has(name));
  return [...inits, ...containerStatuses, ...others].sort((a, b) => rank(a) - rank(b));
}
