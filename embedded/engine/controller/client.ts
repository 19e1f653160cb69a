// The controller's Kubernetes client.
import { Client, type KubeApi, type Observer } from "@agentic/kube/client/client.ts";
import type { Connection } from "@agentic/kube/connection/connection.ts";
import { parseJson } from "../core/json.ts";

/** Reads and writes; tests stand in for the API server. */
export type Requests = Omit<KubeApi, "replace" | "watch"> & Pick<Client, "bytes">;

/** A field that the API server doesn't know is an error, not a warning. */
export const STRICT = { query: { fieldValidation: "Strict" } };

/** The engine's client: numbers stay as they were written. */
export function engineClient(connection: Connection, observe?: Observer): Client {
  return new Client(connection, {
    userAgent: "agentic-workflow-engine",
    connections: 24,
    parse: parseJson,
    ...(observe ? { observe } : {}),
  });
}
