// How a scripted step ends: what a test says in the place of the container.
import { EXIT_CODES } from "@agentic/api/retries.ts";
import { parseDuration } from "@agentic/engine/core/time.ts";
import type { Script } from "./cluster.ts";

/** Seconds, or a duration such as `90s`, `10m`, `1h30m`. */
export type Duration = number | string;

/** How one try of a step goes. Make one by {@link succeed}, {@link fail} or {@link hang}. */
export interface Outcome {
  /** Output parameters by name; only of a try that succeeds. */
  outputs: Record<string, string>;
  script: Script;
}

/** How long a try takes. */
export interface Timing {
  /** How long the container runs; default 1 s. A template's deadline ends it sooner. */
  after?: Duration;
  /** How long the pod waits for its start; default 0. */
  pending?: Duration;
}

export interface Success extends Timing {
  /** Output parameters by name: text, or a value that becomes JSON. */
  outputs?: Record<string, unknown>;
  /** What it prints, for `outputs.result` of its task. */
  stdout?: string;
}

/**
 * The kinds of failure, as Kubernetes shows them to the engine.
 *
 * | kind | what it is |
 * | --- | --- |
 * | `transient` | exit code 75: a site or a service failed |
 * | `not-ready` | exit code 69: a service isn't there yet |
 * | `for-good` | exit code 1: wrong input, a refusal |
 * | `out-of-memory` | the kernel killed the container: 137, OOMKilled |
 * | `killed` | SIGKILL from elsewhere: 137 |
 * | `evicted` | the kubelet took the pod away, short of memory |
 * | `preempted` | the pod had to go for a more important one |
 * | `lost` | somebody deleted the pod, or its node is gone |
 * | `refused` | the API server won't have the pod |
 */
export const FAILURES = {
  transient: { exitCode: EXIT_CODES.transient },
  "not-ready": { exitCode: EXIT_CODES.notReady },
  "for-good": { exitCode: EXIT_CODES.failed },
  "out-of-memory": { exitCode: 137, reason: "OOMKilled" },
  killed: { exitCode: 137 },
  evicted: { exitCode: 137, podReason: "Evicted", podMessage: "The node was low on resource: memory." },
  preempted: {
    exitCode: 137,
    podReason: "Preempting",
    podMessage: "Preempted in order to admit critical pod",
  },
  lost: { deleted: true },
  refused: { refused: 'pods "step" is forbidden: violates PodSecurity "restricted:latest"' },
} as const satisfies Record<string, Script>;

export type FailureKind = keyof typeof FAILURES;

/** A try that succeeds. */
export function succeed({ outputs = {}, stdout, ...timing }: Success = {}): Outcome {
  return {
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, textOf(value)])),
    script: { ...timesOf(timing), ...(stdout === undefined ? {} : { logs: stdout }) },
  };
}

/**
 * A try that fails, by a kind or with an exit code of its own. `message` is its last words, which the node's message ends with.
 * Throws for an unknown kind.
 */
export function fail(kind: FailureKind | number, { message, ...timing }: Timing & { message?: string } = {}): Outcome {
  const failure: Script | undefined = typeof kind === "number" ? { exitCode: kind } : FAILURES[kind];
  if (!failure || failure.exitCode === 0)
    throw new Error(
      `fail('${kind}'): must be an exit code other than 0, or one of ${Object.keys(FAILURES).join(", ")}`,
    );
  return {
    outputs: {},
    script: { ...timesOf(timing), ...failure, ...(message === undefined ? {} : { output: message }) },
  };
}

/** A try that doesn't end by itself: its deadline ends it, or nothing. */
export const hang = (): Outcome => ({ outputs: {}, script: { seconds: Number.POSITIVE_INFINITY } });

/** A value as a parameter has it: text as it is, anything else as JSON. */
export const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** Seconds of a duration. Throws for a text that is none. */
export const secondsOf = (duration: Duration): number => parseDuration(duration) / 1000;

const timesOf = ({ after, pending }: Timing): Script => ({
  ...(after === undefined ? {} : { seconds: secondsOf(after) }),
  ...(pending === undefined ? {} : { pending: secondsOf(pending) }),
});
