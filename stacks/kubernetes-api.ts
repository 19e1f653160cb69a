// One request to a cluster's API server, by the context of a kubeconfig.
import { ApiError } from "@agentic/kube/client/api-error.ts";
import { Client } from "@agentic/kube/client/client.ts";
import { type ConnectionOptions, connectionOf } from "@agentic/kube/kubeconfig/connection.ts";

/** The API server didn't give what was asked for: it refused, or can't be reached. */
export class ClusterQueryError extends Error {}

/** Milliseconds after which a server that doesn't answer counts as unavailable. */
const patience = 5_000;

/**
 * The parsed answer to a GET.
 *
 * @param cluster the kubeconfig (path or content) and the context in it
 * @param query the parameters, such as `{ labelSelector }`
 * @throws ClusterQueryError where there is no answer, or a refusal
 */
export async function getFromCluster<T>(
  cluster: ConnectionOptions,
  path: string,
  query: Record<string, string> = {},
): Promise<T> {
  const client = openClient(cluster);
  try {
    return await client.get<T>(path, query);
  } catch (error) {
    throw new ClusterQueryError(`${client.server}: ${reasonOf(error as Error, path)}`);
  } finally {
    await client.destroy();
  }
}

function reasonOf(error: Error, path: string): string {
  if (error instanceof ApiError) return `it answers ${error.status} to GET ${path}`;
  return error instanceof SyntaxError ? "its answer is not valid JSON" : error.message;
}

function openClient(cluster: ConnectionOptions): Client {
  try {
    return new Client(connectionOf(cluster), { connectTimeoutMs: patience, timeoutMs: patience });
  } catch (error) {
    throw new ClusterQueryError((error as Error).message);
  }
}
