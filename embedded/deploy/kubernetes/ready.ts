// Waits until an object is ready, and says why where it doesn't become so.
import { type Cluster, label, targetOf } from "./cluster.ts";
import { looksAround, readiness } from "./readiness.ts";
import { condition, type KubeObject, type Readiness, spec, status } from "./status.ts";
import { pod as podReadiness } from "./workload-readiness.ts";

/** How long to wait. */
export interface Patience {
  seconds: number;
  /** Whether the object is as it was: nothing more of what it stands for is on its way. */
  unchanged?: boolean;
  /** Hears each new thing that is waited for. */
  tell: (what: string) => void;
}

/**
 * Waits until an object is ready and returns it so; of a job that its time to live took away, the last that was seen. `made`
 * is the object as it was applied: nothing that happens to it from then on is missed, however fast it comes and goes.
 */
export async function awaitReady(
  cluster: Cluster,
  made: KubeObject,
  { seconds, tell, unchanged }: Patience,
): Promise<KubeObject> {
  const signal = AbortSignal.timeout(seconds * 1000);
  const target = targetOf(made);
  const began = performance.now();
  let last = made;
  let waiting = "";
  // What shows in other objects than its own is looked at again and again.
  const states = looksAround(made) ? cluster.poll(target, signal) : cluster.watch(target, signal, made);
  for await (const now of states) {
    if (!now) {
      if (endsItself(last)) return last;
      throw new Error(`${label(target)} was deleted while it was waited for`);
    }
    last = now;
    const next = await readiness(now, {
      cluster,
      waited: unchanged ? Number.POSITIVE_INFINITY : performance.now() - began,
    });
    if (next === undefined) return now;
    if (next !== waiting) tell(next);
    waiting = next;
  }
  const cause = await whyNot(cluster, last).catch(() => "");
  throw new Error(`not ready after ${seconds} s, still waiting for ${waiting}${cause ? `. ${cause}` : ""}`);
}

/** A job with a time to live is taken away when it has ended. A failed one is seen as failed before. */
const endsItself = (object: KubeObject): boolean =>
  object.kind === "Job" && spec(object).ttlSecondsAfterFinished !== undefined;

/** What the pods behind a workload say of themselves. */
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
      const words = states.flatMap(({ name, state, lastState }) => [
        ...(state?.waiting ? [`${name}: ${state.waiting.reason} ${state.waiting.message ?? ""}`] : []),
        ...(lastState?.terminated ? [`${name} ended with exit code ${lastState.terminated.exitCode}`] : []),
      ]);
      const scheduled = condition(pod, "PodScheduled");
      if (scheduled?.status === "False") words.push(scheduled.message ?? "");
      return `Pod ${pod.metadata.name}: ${words.join("; ") || podReadinessText(pod)}`;
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
