// When an object counts as ready, by its kind. The measure is the provider's await logic (provider/pkg/await/awaiters.go).
import type { Cluster } from "./cluster.ts";
import { awaitsAll, genericReadiness } from "./generic-readiness.ts";
import { backends, loadBalancers, service } from "./network-readiness.ts";
import { condition, type KubeObject, type Readiness, spec, status } from "./status.ts";
import { waitForAnnotation, waitsFor } from "./wait-for.ts";
import { daemonSet, deployment, job, pod, replicationController, statefulSet } from "./workload-readiness.ts";

export type { Readiness } from "./status.ts";

/** What a check works with besides the object. */
export interface Surroundings {
  cluster: Cluster;
  /** Milliseconds for which the object has been waited for. */
  waited: number;
}

interface Rule {
  /** What the object is waited for. Throws where it will never be ready. */
  check: (object: KubeObject, around: Surroundings) => Readiness | Promise<Readiness>;
  /** What is waited for shows in other objects than its own. */
  looksAround?: boolean;
  /** Seconds it may take where the program doesn't say. Default: ten minutes. */
  timeout?: number;
}

const rules: Record<string, Rule> = {
  "v1/Pod": { check: pod },
  "v1/Service": { check: service, looksAround: true },
  "v1/Secret": { check: token },
  "v1/PersistentVolumeClaim": { check: claim, timeout: 300 },
  "v1/PersistentVolume": { check: volume, timeout: 300 },
  "v1/ReplicationController": { check: replicationController },
  "v1/ResourceQuota": { check: quota, timeout: 60 },
  "networking.k8s.io/v1/Ingress": {
    check: async (object, around) =>
      loadBalancers(object) > 0 ? await backends(object, around) : "the ingress to get an address",
    looksAround: true,
  },
  "apps/v1/Deployment": { check: deployment },
  "apps/v1/StatefulSet": { check: statefulSet },
  "apps/v1/DaemonSet": { check: daemonSet },
  "batch/v1/Job": { check: job },
  // The provider doesn't wait for it, but tries its objects again and again.
  "apiextensions.k8s.io/v1/CustomResourceDefinition": { check: definition },
};

/** A Secret for an account's token is ready when Kubernetes has put something in. */
function token(object: KubeObject): Readiness {
  const { type, data = {} } = object as { type?: string; data?: Record<string, string> };
  return type !== "kubernetes.io/service-account-token" || Object.keys(data).length > 0
    ? undefined
    : "the account's token";
}

function volume(object: KubeObject): Readiness {
  return ["Available", "Bound"].includes(String(status(object).phase)) ? undefined : "the volume to be available";
}

/** Throws where the volume is lost. A claim that binds at its first use has no use yet: it is not waited for. */
async function claim(object: KubeObject, { cluster }: Surroundings): Promise<Readiness> {
  const { phase } = status(object);
  if (phase === "Bound") return undefined;
  if (phase === "Lost") throw new Error("the claim's volume is lost");
  const waiting = "a volume to be bound";
  const name = spec(object).storageClassName;
  // Without a class it is bound to a volume that somebody has made.
  if (name === "") return waiting;
  const isDefault = (one: KubeObject) =>
    one.metadata.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true";
  const classes = await cluster.list({ apiVersion: "storage.k8s.io/v1", kind: "StorageClass" }, "");
  const found = classes.find((one) => (name ? one.metadata.name === name : isDefault(one)));
  return found?.volumeBindingMode === "WaitForFirstConsumer" ? undefined : waiting;
}

/** A quota holds when its controller has taken its limits over. */
function quota(object: KubeObject): Readiness {
  const entries = (hard: unknown) => JSON.stringify(Object.entries((hard ?? {}) as object).sort());
  return entries(spec(object).hard) === entries(status(object).hard) ? undefined : "the quota to be in force";
}

/** Throws where the names are taken. */
function definition(object: KubeObject): Readiness {
  const refused = condition(object, "NamesAccepted");
  if (refused?.status === "False") throw new Error(refused.message);
  return condition(object, "Established")?.status === "True" ? undefined : "the definition to be established";
}

function ruleOf(object: KubeObject): Rule | undefined {
  const { annotations = {} } = object.metadata;
  if (annotations["pulumi.com/skipAwait"] === "true") return undefined;
  // What the program says wins over what the kind means.
  if (annotations[waitForAnnotation]) return { check: waitsFor };
  return rules[`${object.apiVersion}/${object.kind}`] ?? (awaitsAll() ? { check: genericReadiness } : undefined);
}

/** Whether an object's readiness is more than its being there. */
export const hasReadiness = (object: KubeObject): boolean => ruleOf(object) !== undefined;

/** Whether what an object is waited for shows in other objects than its own. */
export const looksAround = (object: KubeObject): boolean => ruleOf(object)?.looksAround ?? false;

/** Seconds that an object may take to be ready where the program doesn't say. */
export const timeoutOf = (object: KubeObject): number => ruleOf(object)?.timeout ?? 600;

/** Tells whether an object is ready. Throws where it has failed for good. */
export async function readiness(object: KubeObject, around: Surroundings): Promise<Readiness> {
  return await ruleOf(object)?.check(object, around);
}
