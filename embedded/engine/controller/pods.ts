// Carrying out what the core asks of pods. Names are deterministic: a pod that exists already is a pod created.

import { labels } from "../core/names.ts";
import { ownedBy, REJECTED, WAITING } from "../core/observe.ts";
import type { Pod, Workflow } from "../core/types.ts";
import { ApiError, isStatus, type Requests } from "./client.ts";
import * as paths from "./paths.ts";

/** Why a pod couldn't be made: `rejected` for good, or `later` worth another try. */
export type Created = { pod: Pod } | { rejected: string } | { later: string };

/** Refusals that pass by themselves: a quota that is used up, an account or a namespace that is just being made or goes. */
const PASSING = /exceeded quota|failed quota|being terminated|error looking up service account/;

export async function createPod(client: Requests, workflow: Workflow, pod: Pod): Promise<Created> {
  const { namespace, name } = pod.metadata;
  try {
    return { pod: await client.create<Pod>(paths.pods(namespace), pod) };
  } catch (error) {
    if (isStatus(error, 409)) {
      const existing = await client.get<Pod>(paths.pod(namespace, name));
      if (ownedBy(existing, workflow.metadata.uid)) return { pod: existing };
      return { later: `pod ${name} of an earlier workflow of this name is still there` };
    }
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 403 && PASSING.test(error.message)) return { later: error.message };
    if ([400, 403, 413, 422].includes(error.status)) return { rejected: error.message };
    throw error;
  }
}

/** What the core is told of a pod that the server refused: a pod that failed before it was. */
export function rejectedPod(pod: Pod, message: string): Pod {
  return { ...pod, status: { phase: "Failed", reason: REJECTED, message } };
}

/** What the core is told of a pod that has to wait, so that its node says why. */
export function waitingPod(pod: Pod, message: string): Pod {
  return { ...pod, status: { phase: "Pending", reason: WAITING, message } };
}

/** Deletes a pod, but no namesake of it. */
export async function deletePod(
  client: Requests,
  namespace: string,
  name: string,
  uid: string | undefined,
): Promise<boolean> {
  try {
    await client.delete(paths.pod(namespace, name), uid ? { preconditions: { uid } } : {});
    return true;
  } catch (error) {
    if (isStatus(error, 404, 409)) return false;
    throw error;
  }
}

export async function labelCompleted(client: Requests, namespace: string, name: string): Promise<Pod | undefined> {
  try {
    return await client.patch<Pod>(paths.pod(namespace, name), {
      metadata: { labels: { [labels.completed]: "true" } },
    });
  } catch (error) {
    if (isStatus(error, 404, 409, 422)) return undefined;
    throw error;
  }
}

/** The log of a pod's main container, for `outputs.result`. */
export async function readLog(client: Requests, namespace: string, name: string): Promise<string> {
  try {
    return await client.text(paths.podLog(namespace, name), { container: "main", tailLines: 100_000 });
  } catch (error) {
    // Without a log there is no result; whoever refers to it says so.
    if (isStatus(error, 400, 404)) return "";
    throw error;
  }
}
