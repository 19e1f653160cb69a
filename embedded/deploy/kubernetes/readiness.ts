// Readiness of objects by kind, after the provider's await logic (provider/pkg/await/awaiters.go).
import type { Cluster } from "./cluster.ts";
import { awaitsAll, genericReadiness } from "./generic-readiness.ts";
import { backends, loadBalancers, service } from "./network-readiness.ts";
import { condition, type KubeObject, type Readiness, spec, status } from "./status.ts";
import { waitForAnnotation, waitsFor } from "./wait-for.ts";
import { daemonSet, deployment, job, pod, replicationController, statefulSet } from "./workload-readiness.ts";

export type { Readiness } from "./status.ts";

/** The inputs of a check besides the object. */
export interface CheckContext {
  cluster: Cluster;
  /** Milliseconds for which the object has been waited for. */
  waited: number;
}

interface Rule {
  /** What to wait for; undefined where the object is ready. Throws where it will never be ready. */
  check: (object: KubeObject, context: CheckContext) => Readiness | Promise<Readiness>;
  /** Whether the check reads other objects, so that watching this one isn't enough. */
  readsOtherObjects?: boolean;
  /** Timeout in seconds where the program sets none. Default: 600. */
  timeout?: number;
}

const rules: Record<string, Rule> = {
  "v1/Pod": { check: pod },
  "v1/Service": { check: service, readsOtherObjects: true },
  "v1/Secret": { check: token },
  "v1/PersistentVolumeClaim": { check: claim, timeout: 300 },
  "v1/PersistentVolume": { check: volume, timeout: 300 },
  "v1/ReplicationController": { check: replicationController },
  "v1/ResourceQuota": { check: quota, timeout: 60 },
  "networking.k8s.io/v1/Ingress": {
    check: async (object, context) =>
      loadBalancers(object) > 0 ? await backends(object, context) : "the ingress to get an address",
    readsOtherObjects: true,
  },
  "apps/v1/Deployment": { check: deployment },
  "apps/v1/StatefulSet": { check: statefulSet },
  "apps/v1/DaemonSet": { check: daemonSet },
  "batch/v1/Job": { check: job },
  // The provider doesn't wait for it, but tries its objects again and again.
  "apiextensions.k8s.io/v1/CustomResourceDefinition": { check: definition },
};

/** A service account's token Secret is ready once Kubernetes has filled it. */
function token(object: KubeObject): Readiness {
  const { type, data = {} } = object as { type?: string; data?: Record<string, string> };
  return type !== "kubernetes.io/service-account-token" || Object.keys(data).length > 0
    ? undefined
    : "the account's token";
}

function volume(object: KubeObject): Readiness {
  return ["Available", "Bound"].includes(String(status(object).phase)) ? undefined : "the volume to be available";
}

/** Throws where the volume is lost. A claim that binds at its first use (WaitForFirstConsumer) is not waited for. */
async function claim(object: KubeObject, { cluster }: CheckContext): Promise<Readiness> {
  const { phase } = status(object);
  if (phase === "Bound") return undefined;
  if (phase === "Lost") throw new Error("the claim's volume is lost");
  const waiting = "a volume to be bound";
  const name = spec(object).storageClassName;
  // Without a class, the claim is bound to a volume that an administrator makes.
  if (name === "") return waiting;
  const isDefault = (storageClass: KubeObject) =>
    storageClass.metadata.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true";
  const classes = await cluster.list({ apiVersion: "storage.k8s.io/v1", kind: "StorageClass" }, "");
  const found = classes.find((storageClass) => (name ? storageClass.metadata.name === name : isDefault(storageClass)));
  return found?.volumeBindingMode === "WaitForFirstConsumer" ? undefined : waiting;
}

/** A quota is in force once its controller has copied its limits to the status. */
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
  // The program's annotation overrides the rule of the kind.
  if (annotations[waitForAnnotation]) return { check: waitsFor };
  return rules[`${object.apiVersion}/${object.kind}`] ?? (awaitsAll() ? { check: genericReadiness } : undefined);
}

/** Whether an object needs a readiness check beyond its existence. */
export const hasReadiness = (object: KubeObject): boolean => ruleOf(object) !== undefined;

/** Whether an object's readiness check reads other objects. */
export const readsOtherObjects = (object: KubeObject): boolean => ruleOf(object)?.readsOtherObjects ?? false;

/** Seconds that an object may take to be ready where the program sets no timeout. */
export const timeoutOf = (object: KubeObject): number => ruleOf(object)?.timeout ?? 600;

/** What an object waits for; undefined where it is ready. Throws where it has failed for good. */
export async function readiness(object: KubeObject, context: CheckContext): Promise<Readiness> {
  return await ruleOf(object)?.check(object, context);
}
