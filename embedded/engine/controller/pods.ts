// Creates and deletes the pods that the core asks for. Names are deterministic: a pod that exists already counts as created.

import { ApiError, isStatus } from "@agentic/kube/client/api-error.ts";
import { labels } from "../core/names.ts";
import { ownedBy } from "../core/observe.ts";
import { RESULT_LIMIT } from "../core/outputs.ts";
import { MAIN } from "../core/pod.ts";
import type { Pod, Workflow } from "../core/types.ts";
import { type Requests, STRICT } from "./client.ts";
import * as paths from "./paths.ts";
import { type Refusal, refusalOf } from "./refusals.ts";
import { tail } from "./tail.ts";

/** A pod, or why it couldn't be made. */
export type Created = { pod: Pod } | { refusal: Refusal; message: string };

export async function createPod(client: Requests, workflow: Workflow, pod: Pod): Promise<Created> {
  const { namespace, name } = pod.metadata;
  try {
    return { pod: await client.create<Pod>(paths.pods(namespace), pod, STRICT) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const existing = error.status === 409 ? await findPod(client, namespace, name) : undefined;
    if (!existing) return { refusal: refusalOf(error), message: error.message };
    if (ownedBy(existing, workflow.metadata.uid)) return { pod: existing };
    return { refusal: "once", message: `pod ${name} of an earlier workflow of this name is still there` };
  }
}

async function findPod(client: Requests, namespace: string, name: string): Promise<Pod | undefined> {
  try {
    return await client.get<Pod>(paths.pod(namespace, name));
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}

/** Deletes a pod by its uid, never another pod of the same name. */
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

/** A pod's log, or why there is none: for good, or for now. */
export type Log = { logs: string } | { problem: string; passing: boolean };

/** The end of the log of a pod's main container, as much as a result may be. */
export async function readLog(client: Requests, namespace: string, name: string): Promise<Log> {
  // Each line has a byte at least; the kubelet needn't send more of them than the result can hold.
  const query = { container: MAIN, tailLines: RESULT_LIMIT };
  try {
    return { logs: await tail(client, paths.podLog(namespace, name), query, RESULT_LIMIT) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // A container that was never started, or a pod that is gone, won't have a log later either.
    return { problem: message, passing: !(error instanceof ApiError) || error.status >= 500 || error.status === 429 };
  }
}
