// One run at a time for each stack: a Lease in the cluster that holds the state.
import { randomUUID } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { ApiError, type Cluster } from "./kubernetes/cluster.ts";

const seconds = 30;

/**
 * Holds a stack's Lease until the returned function is called. Throws where another run holds it; a run that died is
 * known by a Lease that nobody renews, and passed over after half a minute.
 */
export async function lock(cluster: Cluster, name: string): Promise<() => Promise<void>> {
  // The holder is the field manager, too: the API server refuses the second who says that the Lease is theirs.
  const holder = `${userInfo().username}@${hostname()} ${process.pid} ${randomUUID().slice(0, 8)}`;
  const target = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", namespace: "kube-system", name };
  const hold = async (force: boolean, resourceVersion?: string) =>
    await cluster.apply(
      {
        apiVersion: target.apiVersion,
        kind: target.kind,
        metadata: { name, namespace: target.namespace, ...(resourceVersion ? { resourceVersion } : {}) },
        spec: { holderIdentity: holder, leaseDurationSeconds: seconds, renewTime: now() },
      },
      { manager: holder, force },
    );
  await hold(false).catch(async (error: Error) => {
    if (!(error instanceof ApiError && error.code === 409)) throw error;
    const lease = await cluster.get(target);
    const { holderIdentity, renewTime } = (lease?.spec ?? {}) as { holderIdentity?: string; renewTime?: string };
    const age = (Date.now() - Date.parse(renewTime ?? "")) / 1000;
    if (age < seconds)
      throw new Error(
        `another run holds this stack (${holderIdentity}, last heard of ${Math.round(age)} s ago): wait for its end; ` +
          `one that died is passed over ${seconds} s after its last word`,
      );
    await hold(true, lease?.metadata.resourceVersion);
  });
  const renewal = setInterval(() => void hold(false).catch(() => undefined), (seconds / 3) * 1000);
  renewal.unref();
  return async () => {
    clearInterval(renewal);
    await cluster.delete(target);
  };
}

/** The API's MicroTime. */
const now = (): string => new Date().toISOString().replace("Z", "000Z");
