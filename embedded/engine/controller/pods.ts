// Creates and deletes the pods that the core requests. Their names are deterministic: a pod that exists already counts as created.

import { ApiError, isStatus } from "@agentic/kube/client/api-error.ts";
import { labels } from "../core/names.ts";
import { ownedBy } from "../core/observe.ts";
import { RESULT_LIMIT } from "../core/outputs.ts";
import { MAIN } from "../core/pod.ts";
import type { Pod, Workflow } from "../core/types.ts";
import { type Requests, STRICT } from "./client.ts";
import * as paths from "./paths.ts";
import { type Refusal, retryAfter } from "./refusals.ts";
import { tail } from "./tail.ts";

/** Creates a pod of a workflow; returns it, or the server's refusal. */
export async function createPod(
  client: Requests,
  { workflow, pod, runtimeClass }: { workflow: Workflow; pod: Pod; runtimeClass: string | undefined },
): Promise<{ pod: Pod } | Refusal> {
  const { namespace, name } = pod.metadata;
  try {
    return { pod: await client.create<Pod>(paths.pods(namespace), inClass(pod, runtimeClass), STRICT) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const existing = error.status === 409 ? await findPod(client, namespace, name) : undefined;
    if (!existing) return { retry: retryAfter(error), message: error.message };
    if (ownedBy(existing, workflow.metadata.uid)) return { pod: existing };
    return { retry: "unlimited", message: `pod ${name} of an earlier workflow of this name still exists` };
  }
}

const inClass = (pod: Pod, runtimeClassName: string | undefined): Pod =>
  runtimeClassName ? { ...pod, spec: { runtimeClassName, ...pod.spec } } : pod;

async function findPod(client: Requests, namespace: string, name: string): Promise<Pod | undefined> {
  try {
    return await client.get<Pod>(paths.pod(namespace, name));
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}

/** Deletes a pod, but not another pod of the same name with another uid; whether there was one. */
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

/** Labels a pod as completed; undefined where it is deleted. */
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

/** A pod's log, or the reason why it can't be read, and whether that is temporary. */
export type Log = { logs: string } | { problem: string; temporary: boolean };

/** Reads the end of the log of a pod's main container, at most as long as a result. */
export async function readLog(client: Requests, namespace: string, name: string): Promise<Log> {
  // Each line has at least one byte: the kubelet need not send more lines than the result has bytes.
  const query = { container: MAIN, tailLines: RESULT_LIMIT };
  try {
    return { logs: await tail(client, paths.podLog(namespace, name), query, RESULT_LIMIT) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // A container that was never started and a pod that is deleted will have no log later either.
    return { problem: message, temporary: !(error instanceof ApiError) || error.status >= 500 || error.status === 429 };
  }
}
