// When what runs pods counts as ready. The measure is the provider (provider/pkg/await) and, for what the provider would wait
// for in vain until its time is over, kstatus (sigs.k8s.io/cli-utils): what its spec itself holds back is not waited for.
import { condition, isStale, type KubeObject, number, type Readiness, spec, status } from "./status.ts";

const unseen = "the controller to see the change";

/** Past its progress deadline a rollout may still come to its end: the wait goes on, and says what is in the way. */
export function deployment(object: KubeObject): Readiness {
  if (isStale(object)) return unseen;
  if (spec(object).paused === true) return undefined;
  const wanted = number(spec(object).replicas, 1);
  const { replicas, updatedReplicas, availableReplicas } = status(object);
  const updated = number(updatedReplicas);
  const progress = condition(object, "Progressing");
  const late = progress?.reason === "ProgressDeadlineExceeded" ? ` (${progress.message})` : "";
  if (updated < wanted) return `${updated} of ${wanted} pods are of the new revision${late}`;
  if (number(replicas) > updated) return `${number(replicas) - updated} old pods to go${late}`;
  const available = number(availableReplicas);
  return available < wanted ? `${available} of ${wanted} pods are ready${late}` : undefined;
}

/** With OnDelete somebody else decides when a pod gets the new revision; with a partition only those above it get it. */
export function statefulSet(object: KubeObject): Readiness {
  if (isStale(object)) return unseen;
  const { updateStrategy, replicas } = spec(object) as {
    replicas?: number;
    updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } };
  };
  const wanted = replicas ?? 1;
  const now = status(object);
  const ready = number(now.readyReplicas);
  if (number(now.replicas) > wanted) return `${number(now.replicas) - wanted} pods to go`;
  if (number(now.replicas) < wanted || ready < wanted) return `${ready} of ${wanted} pods are ready`;
  if (updateStrategy?.type === "OnDelete") return undefined;
  const kept = updateStrategy?.rollingUpdate?.partition ?? 0;
  if (kept > 0) {
    const changed = Math.max(0, wanted - kept);
    const updated = now.currentRevision === now.updateRevision ? changed : number(now.updatedReplicas);
    return updated < changed ? `${updated} of ${changed} pods above the partition are of the new revision` : undefined;
  }
  return now.currentRevision === now.updateRevision ? undefined : "the new revision to be rolled out";
}

/** By kstatus; with OnDelete somebody else decides when a pod gets the new revision. */
export function daemonSet(object: KubeObject): Readiness {
  if (isStale(object)) return unseen;
  const now = status(object);
  if (typeof now.desiredNumberScheduled !== "number") return unseen;
  const wanted = now.desiredNumberScheduled;
  const { updateStrategy } = spec(object) as { updateStrategy?: { type?: string } };
  const updated = updateStrategy?.type === "OnDelete" ? wanted : number(now.updatedNumberScheduled);
  if (updated < wanted) return `${updated} of ${wanted} pods are of the new revision`;
  const [available, ready] = [number(now.numberAvailable), number(now.numberReady)];
  return Math.min(available, ready) < wanted
    ? `${Math.min(available, ready)} of ${wanted} pods are available`
    : undefined;
}

export function replicationController(object: KubeObject): Readiness {
  const wanted = number(spec(object).replicas, 1);
  const available = number(status(object).availableReplicas);
  return available === wanted ? undefined : `${available} of ${wanted} pods are available`;
}

/** Throws where the job has failed. One that is suspended starts when somebody lets it, not before. */
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
