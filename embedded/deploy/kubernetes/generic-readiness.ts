// Readiness of an object of any kind, by the conventions of kstatus (sigs.k8s.io/cli-utils,
// pkg/kstatus): what the provider waits for where PULUMI_K8S_AWAIT_ALL=true.
import { condition, type KubeObject, number, type Readiness, spec, status } from "./status.ts";

/** Whether kinds without a rule of their own are waited for, too. */
export const awaitsAll = (): boolean => process.env.PULUMI_K8S_AWAIT_ALL === "true";

/** What to wait for, by the object's generation, its conditions Reconciling, Stalled and Ready, or its replicas. */
export function genericReadiness(object: KubeObject): Readiness {
  const { deletionTimestamp, generation } = object.metadata;
  if (deletionTimestamp) return "it is being deleted";
  const { observedGeneration } = status(object);
  if (observedGeneration !== undefined && generation !== undefined && observedGeneration !== generation)
    return "the controller to see the change";
  for (const type of ["Reconciling", "Stalled"]) {
    const found = condition(object, type);
    if (found?.status === "True") return `condition ${type}: ${found.message || found.reason}`;
  }
  if (object.kind === "ReplicaSet" && object.apiVersion === "apps/v1") return replicaSet(object);
  const ready = condition(object, "Ready");
  return ready && ready.status !== "True"
    ? `condition Ready: ${ready.message || ready.reason || ready.status}`
    : undefined;
}

function replicaSet(object: KubeObject): Readiness {
  const failure = condition(object, "ReplicaFailure");
  if (failure?.status === "True") return `its pods: ${failure.message}`;
  const desired = number(spec(object).replicas, 1);
  const { replicas, fullyLabeledReplicas, availableReplicas, readyReplicas } = status(object);
  const fewest = Math.min(number(fullyLabeledReplicas), number(availableReplicas), number(readyReplicas));
  if (fewest < desired) return `${fewest} of ${desired} pods are ready`;
  return number(replicas) > desired ? `${number(replicas) - desired} pods to go` : undefined;
}
