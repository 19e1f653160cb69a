// Deletes one object of a cluster and waits until it is gone.
import { isStatus } from "@agentic/kube/client/api-error.ts";
import type { Cluster, Target } from "./kubernetes/cluster.ts";

/** Seconds that a deletion may take where the program sets no timeout. */
const defaultTimeout = 600;

/** An object is not deleted in time. */
export class StillThere extends Error {}

/** Deletes an object and waits until it is gone; false where there was none. `seconds` is the longest wait. */
export async function deleteObject(
  cluster: Cluster,
  target: Target,
  seconds = defaultTimeout,
  onWait: (message: string) => void = () => {},
): Promise<boolean> {
  const answer = await cluster.delete(target).catch(ignoreUnknownKind);
  if (answer !== "going") return answer !== undefined;
  let holders = "its grace period";
  for await (const now of cluster.watch(target, AbortSignal.timeout(seconds * 1000))) {
    if (!now) return true;
    const finalizers = (now.metadata.finalizers as string[] | undefined)?.join(", ");
    if (finalizers && finalizers !== holders) onWait(`finalizers: ${finalizers}`);
    holders = finalizers || holders;
  }
  throw new StillThere(`still there after ${seconds} s, held by ${holders}`);
}

/** For a kind whose definition is gone: it has no objects left. */
export function ignoreUnknownKind(error: Error): undefined {
  if (isStatus(error, 404)) return undefined;
  throw error;
}
