// Waits until an object is ready; a timeout's error says what its pods report.
import { type Cluster, label, targetOf } from "./cluster.ts";
import { readiness, readsOtherObjects } from "./readiness.ts";
import { condition, type KubeObject, type Readiness, spec, status } from "./status.ts";
import { pod as podReadiness } from "./workload-readiness.ts";

/** How long to wait. */
export interface WaitOptions {
  seconds: number;
  /** Whether the object is unchanged: then its pods or endpoints need no time to appear. */
  unchanged?: boolean;
  /** Called with each new reason to wait. */
  onWait: (what: string) => void;
}

/**
 * Waits until an object is ready and returns it; for a job that its time to live has deleted, its last state. `applied`
 * is the object as it was applied: the watch starts there and misses no later change.
 */
export async function awaitReady(
  cluster: Cluster,
  applied: KubeObject,
  { seconds, onWait, unchanged }: WaitOptions,
): Promise<KubeObject> {
  const signal = AbortSignal.timeout(seconds * 1000);
  const target = targetOf(applied);
  const start = performance.now();
  let last = applied;
  let waiting = "";
  // A check that reads other objects must be polled.
  const states = readsOtherObjects(applied) ? cluster.poll(target, signal) : cluster.watch(target, signal, applied);
  for await (const now of states) {
    if (!now) {
      if (endsItself(last)) return last;
      throw new Error(`${label(target)} was deleted while it was waited for`);
    }
    last = now;
    const next = await readiness(now, {
      cluster,
      waited: unchanged ? Number.POSITIVE_INFINITY : performance.now() - start,
    });
    if (next === undefined) return now;
    if (next !== waiting) onWait(next);
    waiting = next;
  }
  const cause = await whyNot(cluster, last).catch(() => "");
  throw new Error(`not ready after ${seconds} s, still waiting for ${waiting}${cause ? `. ${cause}` : ""}`);
}

/** A job with a time to live is deleted after it ends. A failed one is seen as failed before that. */
const endsItself = (object: KubeObject): boolean =>
  object.kind === "Job" && spec(object).ttlSecondsAfterFinished !== undefined;

/** Why the pods of a workload aren't ready. */
async function whyNot(cluster: Cluster, object: KubeObject): Promise<string> {
  const selector = (spec(object).selector as { matchLabels?: Record<string, string> })?.matchLabels;
  if (!selector) return "";
  const labels = Object.entries(selector).map(([name, value]) => `${name}=${value}`);
  const { namespace } = object.metadata;
  const pods = await cluster.list({ apiVersion: "v1", kind: "Pod", namespace }, labels.join(","));
  const reasons = pods
    .filter((pod) => podReadinessText(pod) !== undefined)
    .map((pod) => {
      const states = (status(pod).containerStatuses ?? []) as {
        name: string;
        state?: { waiting?: { reason?: string; message?: string } };
        lastState?: { terminated?: { exitCode?: number; reason?: string } };
      }[];
      const containerReasons = states.flatMap(({ name, state, lastState }) => [
        ...(state?.waiting ? [`${name}: ${state.waiting.reason} ${state.waiting.message ?? ""}`] : []),
        ...(lastState?.terminated ? [`${name} ended with exit code ${lastState.terminated.exitCode}`] : []),
      ]);
      const scheduled = condition(pod, "PodScheduled");
      if (scheduled?.status === "False") containerReasons.push(scheduled.message ?? "");
      return `Pod ${pod.metadata.name}: ${containerReasons.join("; ") || podReadinessText(pod)}`;
    });
  return reasons.slice(0, 3).join(". ");
}

function podReadinessText(pod: KubeObject): Readiness {
  try {
    return podReadiness(pod);
  } catch (error) {
    return (error as Error).message;
  }
}
