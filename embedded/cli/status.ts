// Prints the state of the instance: the node, the pods that aren't ready, and the workloads.
import { type KubeObject, kubectl, list } from "./cluster.ts";
import { instance, nodeStatus } from "./instance.ts";

interface Pod extends KubeObject {
  status?: {
    phase?: string;
    conditions?: { type: string; status: string; message?: string }[];
    containerStatuses?: { state?: { waiting?: { reason?: string; message?: string } } }[];
  };
}

/** Prints the state of the instance; sets exit code 1 where it is not up. */
export async function status(): Promise<void> {
  const node = await nodeStatus();
  console.log(`node      ${node.text}`);
  if (!node.up) {
    console.log("          make up starts it");
    process.exitCode = 1;
    return;
  }
  const cluster = await instance();
  const pods = await list<Pod>(cluster, "pods");
  const live = pods.filter((pod) => !["Succeeded", "Failed"].includes(pod.status?.phase ?? ""));
  const waiting = live.filter((pod) => !isReady(pod));
  console.log(`pods      ${live.length - waiting.length} of ${live.length} ready`);
  for (const pod of waiting)
    console.log(`          ${pod.metadata.namespace}/${pod.metadata.name}: ${waitReason(pod)}`);
  console.log("workloads");
  const workloads = await kubectl(cluster, ["get", "agentworkloads", "-A", "--ignore-not-found"]).catch(
    () => "none: the platform is not deployed yet, make up does it",
  );
  console.log(workloads.trim().replaceAll(/^/gm, "          ") || "          none");
}

function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

function waitReason(pod: Pod): string {
  const waiting = pod.status?.containerStatuses?.map(({ state }) => state?.waiting).find((state) => state);
  if (waiting) return [waiting.reason, waiting.message].filter(Boolean).join(": ");
  return pod.status?.conditions?.find(({ status }) => status === "False")?.message ?? pod.status?.phase ?? "unknown";
}
