// Readiness of workloads, after the provider (provider/pkg/await) and, where the provider would wait
// in vain until its timeout, after kstatus (sigs.k8s.io/cli-utils): pods that the spec itself holds back are not waited for.
import { condition, isStale, type KubeObject, number, type Readiness, spec, status } from "./status.ts";

const unseen = "the controller to see the change";

/** A rollout past its progress deadline may still complete: the wait goes on and reports the deadline. */
export function deployment(object: KubeObject): Readiness {
  if (isStale(object)) return unseen;
  if (spec(object).paused === true) return undefined;
  const desired = number(spec(object).replicas, 1);
  const { replicas, updatedReplicas, availableReplicas } = status(object);
  const updated = number(updatedReplicas);
  const progress = condition(object, "Progressing");
  const late = progress?.reason === "ProgressDeadlineExceeded" ? ` (${progress.message})` : "";
  if (updated < desired) return `${updated} of ${desired} pods are of the new revision${late}`;
  if (number(replicas) > updated) return `${number(replicas) - updated} old pods to go${late}`;
  const available = number(availableReplicas);
  return available < desired ? `${available} of ${desired} pods are ready${late}` : undefined;
}

/** With OnDelete, pods get the new revision only when somebody deletes them; with a partition, only pods above it get it. */
export function statefulSet(object: KubeObject): Readiness {
  if (isStale(object)) return unseen;
  const { updateStrategy, replicas } = spec(object) as {
    replicas?: number;
    updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } };
  };
  const desired = replicas ?? 1;
  const now = status(object);
  const ready = number(now.readyReplicas);
  if (number(now.replicas) > desired) return `${number(now.replicas) - desired} pods to go`;
  if (number(now.replicas) < desired || ready < desired) return `${ready} of ${desired} pods are ready`;
  if (updateStrategy?.type === "OnDelete") return undefined;
  const partition = updateStrategy?.rollingUpdate?.partition ?? 0;
  if (partition > 0) {
    const changed = Math.max(0, desired - partition);
    const updated = now.currentRevision === now.updateRevision ? changed : number(now.updatedReplicas);
    return updated < changed ? `${updated} of ${changed} pods above the partition are of the new revision` : undefined;
  }
  return now.currentRevision === now.updateRevision ? undefined : "the new revision to be rolled out";
}

/** By kstatus; with OnDelete, pods get the new revision only when somebody deletes them. */
export function daemonSet(object: KubeObject): Readiness {
  if (isStale(object)) return unseen;
  const now = status(object);
  if (typeof now.desiredNumberScheduled !== "number") return unseen;
  const desired = now.desiredNumberScheduled;
  const { updateStrategy } = spec(object) as { updateStrategy?: { type?: string } };
  const updated = updateStrategy?.type === "OnDelete" ? desired : number(now.updatedNumberScheduled);
  if (updated < desired) return `${updated} of ${desired} pods are of the new revision`;
  const [available, ready] = [number(now.numberAvailable), number(now.numberReady)];
  return Math.min(available, ready) < desired
    ? `${Math.min(available, ready)} of ${desired} pods are available`
    : undefined;
}

export function replicationController(object: KubeObject): Readiness {
  const desired = number(spec(object).replicas, 1);
  const available = number(status(object).availableReplicas);
  return available === desired ? undefined : `${available} of ${desired} pods are available`;
}

/** Throws where the job has failed. A suspended job is not waited for. */
export function job(object: KubeObject): Readiness {
  const failed = condition(object, "Failed");
  if (failed?.status === "True") throw new Error(`${failed.reason}: ${failed.message}`);
  if (condition(object, "Complete")?.status === "True" || spec(object).suspend === true) return undefined;
  return "the job to complete";
}

/** Throws where the pod has failed. */
export function pod(object: KubeObject): Readiness {
  const { phase, message, reason } = status(object);
  if (phase === "Succeeded") return undefined;
  if (phase === "Failed") throw new Error(`the pod failed: ${message ?? reason ?? ""}`);
  const ready = condition(object, "Ready");
  return ready?.status === "True" ? undefined : `the pod: ${ready?.message ?? phase ?? "not scheduled"}`;
}
