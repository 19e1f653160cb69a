// When an object counts as ready, by the rules of the Pulumi Kubernetes provider's await logic.
import { type Cluster, type KubeObject, label, type Target } from "./cluster.ts";

/** `undefined`: ready. A text: what it waits for. Throws where it never will be. */
export type Readiness = string | undefined;

interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

type Fields = Record<string, unknown>;
const status = (object: KubeObject): Fields => (object.status ?? {}) as Fields;
const spec = (object: KubeObject): Fields => (object.spec ?? {}) as Fields;
const number = (value: unknown, otherwise = 0): number => (typeof value === "number" ? value : otherwise);

function condition(object: KubeObject, type: string): Condition | undefined {
  return ((status(object).conditions ?? []) as Condition[]).find((one) => one.type === type);
}

const checks: Record<string, (object: KubeObject) => Readiness> = {
  "v1/Namespace": (object) => (status(object).phase === "Active" ? undefined : "the namespace to be active"),
  "v1/Pod": (object) => {
    if (["Succeeded"].includes(String(status(object).phase))) return undefined;
    return condition(object, "Ready")?.status === "True"
      ? undefined
      : `the pod: ${condition(object, "Ready")?.message ?? status(object).phase ?? "not scheduled"}`;
  },
  "apps/v1/Deployment": (object) => {
    const progress = condition(object, "Progressing");
    if (progress?.reason === "ProgressDeadlineExceeded") throw new Error(progress.message);
    return rollout(object, number(status(object).availableReplicas));
  },
  "apps/v1/StatefulSet": (object) => {
    const { currentRevision, updateRevision } = status(object);
    if (currentRevision !== updateRevision) return "the new revision to be rolled out";
    return rollout(object, number(status(object).readyReplicas));
  },
  "apps/v1/DaemonSet": (object) => {
    if (isStale(object)) return "the controller to see the change";
    const { desiredNumberScheduled, updatedNumberScheduled, numberAvailable } = status(object);
    const wanted = number(desiredNumberScheduled);
    return number(updatedNumberScheduled) >= wanted && number(numberAvailable) >= wanted
      ? undefined
      : `${number(numberAvailable)} of ${wanted} pods are available`;
  },
  "batch/v1/Job": (object) => {
    const failed = condition(object, "Failed");
    if (failed?.status === "True") throw new Error(`${failed.reason}: ${failed.message}`);
    return condition(object, "Complete")?.status === "True" ? undefined : "the job to complete";
  },
  "apiextensions.k8s.io/v1/CustomResourceDefinition": (object) => {
    const refused = condition(object, "NamesAccepted");
    if (refused?.status === "False") throw new Error(refused.message);
    return condition(object, "Established")?.status === "True" ? undefined : "the definition to be established";
  },
  "apiregistration.k8s.io/v1/APIService": (object) =>
    condition(object, "Available")?.status === "True" ? undefined : "the API service to be available",
};

function isStale(object: KubeObject): boolean {
  return number(status(object).observedGeneration) < number(object.metadata.generation);
}

function rollout(object: KubeObject, available: number): Readiness {
  if (isStale(object)) return "the controller to see the change";
  const wanted = number(spec(object).replicas, 1);
  const updated = number(status(object).updatedReplicas);
  const total = number(status(object).replicas);
  if (updated < wanted) return `${updated} of ${wanted} pods are of the new revision`;
  if (total > updated) return `${total - updated} old pods to go`;
  return available < wanted ? `${available} of ${wanted} pods are ready` : undefined;
}

/** Whether an object's readiness is more than its being there. */
export function hasReadiness(object: KubeObject): boolean {
  return object.metadata.annotations?.["pulumi.com/skipAwait"] !== "true" && checkOf(object) !== undefined;
}

function checkOf(object: KubeObject) {
  return checks[`${object.apiVersion}/${object.kind}`];
}

/** Tells whether an object is ready. Throws where it has failed for good. */
export function readiness(object: KubeObject): Readiness {
  return checkOf(object)?.(object);
}

/** Waits until an object is ready and returns it so. `seconds` is the longest wait; `tell` hears what is waited for. */
export async function awaitReady(
  cluster: Cluster,
  target: Target,
  seconds: number,
  tell: (what: string) => void,
): Promise<KubeObject> {
  const signal = AbortSignal.timeout(seconds * 1000);
  let waiting = "it to appear";
  for await (const now of cluster.watch(target, signal)) {
    if (!now) throw new Error(`${label(target)} was deleted while it was waited for`);
    const next = readiness(now);
    if (next === undefined) return now;
    if (next !== waiting) tell(next);
    waiting = next;
  }
  const cause = await whyNot(cluster, target).catch(() => "");
  throw new Error(`not ready after ${seconds} s, still waiting for ${waiting}${cause ? `. ${cause}` : ""}`);
}

/** What the pods behind a workload say of themselves. */
async function whyNot(cluster: Cluster, target: Target): Promise<string> {
  const object = await cluster.get(target);
  const selector = (spec(object as KubeObject).selector as { matchLabels?: Record<string, string> })?.matchLabels;
  if (!selector) return "";
  const labels = Object.entries(selector).map(([name, value]) => `${name}=${value}`);
  const pods = await cluster.list({ apiVersion: "v1", kind: "Pod" }, labels.join(","));
  const reasons = pods
    .filter((pod) => pod.metadata.namespace === target.namespace && readiness(pod) !== undefined)
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
      return `Pod ${pod.metadata.name}: ${words.join("; ") || readiness(pod)}`;
    });
  return reasons.slice(0, 3).join(". ");
}
