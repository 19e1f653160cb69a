// What each command acts with: a connection with the person's own rights, their name, their namespace.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import type { Client } from "@agentic/kube/client/client.ts";
import type { Connection } from "@agentic/kube/connection/connection.ts";
import { workloadPath } from "@agentic/kube/workloads/paths.ts";

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

export const getWorkload = ({ client, namespace }: Session, name: string): Promise<AgentWorkload> =>
  client.get(workloadPath(namespace, name));
