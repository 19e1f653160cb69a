// When an object counts as ready, by the rules of the Pulumi Kubernetes provider's await logic.
import { type Cluster, type KubeObject, label, type Target } from "./cluster.ts";
import { waitForAnnotation, waitsFor } from "./wait-for.ts";

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

type Check = (object: KubeObject, cluster: Cluster) => Readiness | Promise<Readiness>;

const checks: Record<string, Check> = {
  "v1/Namespace": (object) => (status(object).phase === "Active" ? undefined : "the namespace to be active"),
  "v1/Pod": podReadiness,
  "v1/Service": serviceReadiness,
  "v1/Secret": tokenReadiness,
  "v1/PersistentVolumeClaim": claimReadiness,
  "v1/PersistentVolume": (object) =>
    ["Available", "Bound"].includes(String(status(object).phase)) ? undefined : "the volume to be available",
  "networking.k8s.io/v1/Ingress": (object) => (loadBalancers(object) > 0 ? undefined : "the ingress to get an address"),
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

function podReadiness(object: KubeObject): Readiness {
  const { phase } = status(object);
  if (phase === "Succeeded") return undefined;
  if (phase === "Failed") throw new Error(`the pod failed: ${status(object).message ?? status(object).reason ?? ""}`);
  const ready = condition(object, "Ready");
  return ready?.status === "True" ? undefined : `the pod: ${ready?.message ?? phase ?? "not scheduled"}`;
}

/** A Secret for an account's token is ready when Kubernetes has put the token in. */
function tokenReadiness(object: KubeObject): Readiness {
  const { type, data } = object as { type?: string; data?: Record<string, string> };
  return type !== "kubernetes.io/service-account-token" || data?.token ? undefined : "the account's token";
}

function loadBalancers(object: KubeObject): number {
  return ((status(object).loadBalancer as { ingress?: unknown[] } | undefined)?.ingress ?? []).length;
}

/** A service that selects pods is ready when one of them is; a headless one or one without a selector at once. */
async function serviceReadiness(object: KubeObject, cluster: Cluster): Promise<Readiness> {
  const { type, clusterIP, selector } = spec(object);
  if (type === "ExternalName") return undefined;
  if (type === "LoadBalancer" && loadBalancers(object) === 0) return "the load balancer to get an address";
  if (clusterIP === "None" || Object.keys((selector as object | undefined) ?? {}).length === 0) return undefined;
  const slices = await cluster.list(
    { apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", namespace: object.metadata.namespace },
    `kubernetes.io/service-name=${object.metadata.name}`,
  );
  const endpoints = slices.flatMap((slice) => (slice.endpoints ?? []) as { conditions?: { ready?: boolean } }[]);
  return endpoints.some(({ conditions }) => conditions?.ready !== false) ? undefined : "a pod behind the service";
}

/** A claim that binds at its first use has no use yet: it is not waited for. */
async function claimReadiness(object: KubeObject, cluster: Cluster): Promise<Readiness> {
  if (status(object).phase === "Bound") return undefined;
  if (status(object).phase === "Lost") throw new Error("the claim's volume is lost");
  const name = spec(object).storageClassName;
  const storage = { apiVersion: "storage.k8s.io/v1", kind: "StorageClass" };
  const isDefault = (one: KubeObject) =>
    one.metadata.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true";
  const classes = await cluster.list(storage, "");
  const found = classes.find((one) => (name ? one.metadata.name === name : isDefault(one)));
  return found?.volumeBindingMode === "WaitForFirstConsumer" ? undefined : "a volume to be bound";
}

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

function checkOf(object: KubeObject): Check | undefined {
  // What the program says wins over what the kind means.
  if (object.metadata.annotations?.[waitForAnnotation] !== undefined) return waitsFor;
  return checks[`${object.apiVersion}/${object.kind}`];
}

/** Tells whether an object is ready. Throws where it has failed for good. */
export async function readiness(object: KubeObject, cluster: Cluster): Promise<Readiness> {
  return await checkOf(object)?.(object, cluster);
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
  // What a service waits for shows in other objects than its own: it is looked at again and again.
  const states = target.kind === "Service" ? cluster.poll(target, signal) : cluster.watch(target, signal);
  for await (const now of states) {
    if (!now) throw new Error(`${label(target)} was deleted while it was waited for`);
    const next = await readiness(now, cluster);
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
    .filter((pod) => pod.metadata.namespace === target.namespace && podReadinessText(pod) !== undefined)
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
