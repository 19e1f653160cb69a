// What each command acts with: a connection with the person's own rights, their name, their namespace.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { AGENT_WORKLOAD, API_GROUP_VERSION } from "@agentic/api/names.ts";
import type { Client } from "@agentic/kube/client/client.ts";
import type { Connection } from "@agentic/kube/connection/connection.ts";

/** Options that every command has. */
export interface SessionOptions {
  /** Path of the kubeconfig; default as kubectl's. */
  kubeconfig?: string;
  context?: string;
  /** Default: the context's, else `default`. */
  namespace?: string;
  /** All namespaces that the person may read. */
  allNamespaces?: boolean;
}

export interface Session {
  client: Client;
  /** What the client connects by. */
  connection: Connection;
  namespace: string;
}

const base = `/apis/${API_GROUP_VERSION}`;

/** Path of the workloads of a namespace, or of all. */
export const workloadsPath = (namespace?: string): string =>
  namespace === undefined
    ? `${base}/${AGENT_WORKLOAD.plural}`
    : `${base}/namespaces/${namespace}/${AGENT_WORKLOAD.plural}`;

/** Path of one workload. */
export const workloadPath = (namespace: string, name: string): string =>
  `${workloadsPath(namespace)}/${encodeURIComponent(name)}`;

/** Gives an action a session, which ends with it. Throws with the kubeconfig's path and field where something is wrong. */
export async function withSession<T>(
  { kubeconfig, context, namespace }: SessionOptions,
  act: (session: Session) => Promise<T>,
): Promise<T> {
  // Loaded here, so that help and completion don't wait for an HTTP client.
  const [{ Client }, { connectionOf }] = await Promise.all([
    import("@agentic/kube/client/client.ts"),
    import("@agentic/kube/kubeconfig/connection.ts"),
  ]);
  const connection = connectionOf({ kubeconfig, context });
  const client = new Client(connection);
  try {
    return await act({ client, connection, namespace: namespace ?? connection.namespace ?? "default" });
  } finally {
    await client.destroy();
  }
}

/** The person's name, as the API server knows it: answers and submissions carry it. */
export async function whoami(client: Client): Promise<string> {
  const review = await client.create<{ status: { userInfo: { username: string } } }>(
    "/apis/authentication.k8s.io/v1/selfsubjectreviews",
    { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
  );
  return review.status.userInfo.username;
}

export const getWorkload = ({ client, namespace }: Session, name: string): Promise<AgentWorkload> =>
  client.get(workloadPath(namespace, name));
