// One question to a cluster's API server, as a kubeconfig's context says how to ask it.
import { Transport } from "@agentic/kube/connection/transport.ts";
import { type ConnectionOptions, connectionOf } from "@agentic/kube/kubeconfig/connection.ts";

/** The API server didn't give what was asked for. */
export class ApiError extends Error {}

/** Milliseconds after which a server that doesn't answer counts as unavailable. */
const patience = 5_000;

/**
 * The parsed answer to a GET.
 *
 * @param cluster the kubeconfig (path or content) and the context in it
 * @throws ApiError where there is no answer, or another one than 200
 */
export async function getFromCluster(cluster: ConnectionOptions, path: string): Promise<unknown> {
  const transport = openTransport(cluster);
  try {
    const { statusCode, text } = await transport
      .request({ method: "GET", path, headers: { accept: "application/json" }, headersTimeout: patience })
      .then(async ({ statusCode, body }) => ({ statusCode, text: await body.text() }))
      .catch((error: Error) => {
        throw new ApiError(`${transport.server}: ${error.message}`);
      });
    if (statusCode !== 200) throw new ApiError(`${transport.server}: it answers ${statusCode} to GET ${path}`);
    try {
      return JSON.parse(text);
    } catch {
      throw new ApiError(`${transport.server}: its answer is not valid JSON`);
    }
  } finally {
    await transport.destroy();
  }
}

function openTransport(cluster: ConnectionOptions): Transport {
  try {
    return new Transport(connectionOf(cluster), { connectTimeoutMs: patience });
  } catch (error) {
    throw new ApiError((error as Error).message);
  }
}
