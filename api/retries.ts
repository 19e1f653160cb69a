// What follows a try of a step that has failed: by the kind of failure, whether there is another, and how long that one waits.

/** Exit codes of a step, as sysexits.h has them. */
export const EXIT_CODES = {
  done: 0,
  /** What no retry mends: wrong input, a refusal. So is any other code. */
  failed: 1,
  /** EX_UNAVAILABLE: a service that it needs isn't there yet. */
  notReady: 69,
  /** EX_TEMPFAIL: a service or a site failed, or the pod was asked to go. */
  transient: 75,
} as const;

/** How a try ended, as Argo's variables `lastRetry.…` have it. */
export interface LastTry {
  /** Phase of its node: `Failed`, or `Error` where the engine or the cluster ended it. */
  status: string;
  /** Of its container; anything else than a number where it has none. */
  exitCode: string;
  message: string;
}

interface RetryKind {
  exitCodes: readonly number[];
  /**
   * Regular expressions for the beginning of the message, which is the cluster's own there: the last words of a step come after its
   * container's name. RE2 and JavaScript must read them alike, and they stand in a string in an expression: no quotes, no backslashes.
   */
  messages: readonly string[];
  /** The shortest and the longest wait of the next try before it begins, seconds: beside the engine's back-off, which is the same for all kinds. */
  wait: readonly [number, number];
}

/** How messages begin of pods that the kubelet or the scheduler took away: short of memory or disk, for a more important pod, as the node goes. */
export const EVICTION_MESSAGES = [
  "The node was low on resource",
  "The node had condition",
  "Pod ephemeral local storage usage",
  "Container .+ exceeded its local ephemeral storage",
  "Usage of EmptyDir volume",
  "Preempt",
  "Pod was terminated in response to",
  "Pod was rejected",
  "Pod (has been )?evicted",
  "Evicted",
  "pod deleted: (PreemptionByScheduler|DeletionByTaintManager|TerminationByKubelet)",
] as const;

/** The kinds of failure after which a step is tried again, from its checkpoint. The first that matches counts, messages before exit codes. */
export const RETRY_KINDS = {
  /** Network, 5xx, time-outs; also one try that took longer than the template allows, which has saved what it did. */
  transient: {
    exitCodes: [EXIT_CODES.transient],
    messages: ["Pod was active on the node longer than the specified deadline"],
    wait: [0, 2],
  },
  /** A service that the step needs has not come up while the step waited for it. */
  notReady: { exitCodes: [EXIT_CODES.notReady], messages: [], wait: [15, 30] },
  /** Memory, disk or the node is used up: SIGKILL and SIGTERM are 137 and 143. */
  exhausted: { exitCodes: [137, 143], messages: ["[a-z-]+: OOMKilled ", ...EVICTION_MESSAGES], wait: [20, 40] },
  /** The pod is gone, as after its deletion or a node's drain, or has no container that could say why it failed; so is what an engine calls an Error. */
  lost: { exitCodes: [], messages: ["pod deleted", "can.t find failed message for pod", "pod failed: "], wait: [0, 2] },
} as const satisfies Record<string, RetryKind>;

export type RetryKindName = keyof typeof RETRY_KINDS;

/** How the API server says that it won't have a pod: an Error, too, but the same answer each time. */
const REFUSAL = "denied (the )?request| is forbidden: | is invalid: ";

/** How often a step is tried again, whatever the kinds of its failures. */
export const RETRY_LIMIT = 5;

const kinds = Object.entries(RETRY_KINDS) as [RetryKindName, RetryKind][];
const beginning = (messages: readonly string[]) => `^(${messages.join("|")})`;

/** The kind of a failure; undefined: it is not tried again. */
export function retryKind({ status, exitCode, message }: LastTry): RetryKindName | undefined {
  const [byMessage] =
    kinds.find(([, { messages }]) => messages.length > 0 && new RegExp(beginning(messages)).test(message)) ?? [];
  if (byMessage) return byMessage;
  const [byExitCode] = kinds.find(([, { exitCodes }]) => exitCodes.some((code) => String(code) === exitCode)) ?? [];
  if (byExitCode) return byExitCode;
  return status === "Error" && !new RegExp(REFUSAL).test(message) ? "lost" : undefined;
}

/** The same as Argo's `retryStrategy.expression`: true where {@link retryKind} has a kind. */
export const RETRY_EXPRESSION = [
  `lastRetry.exitCode in [${kinds.flatMap(([, { exitCodes }]) => exitCodes.map((code) => `'${code}'`)).join(", ")}]`,
  `lastRetry.message matches '${beginning(kinds.flatMap(([, { messages }]) => messages))}'`,
  `(lastRetry.status == 'Error' && !(lastRetry.message matches '${REFUSAL}'))`,
].join(" || ");
