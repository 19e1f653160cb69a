// The controller's Kubernetes client.
import { Client, type KubeApi, type Observer } from "@agentic/kube/client/client.ts";
import type { Connection } from "@agentic/kube/connection/connection.ts";
import { parseJson } from "../core/json.ts";

/** The requests that the controller sends; tests have an implementation without an API server. */
export type Requests = Omit<KubeApi, "replace" | "watch"> & Pick<Client, "bytes">;

/** Option of a request by which a field that the API server does not know is an error, not a warning. */
export const STRICT = { query: { fieldValidation: "Strict" } };

/** The engine's client; it parses numbers without rounding them. */
export function engineClient(connection: Connection, observe?: Observer): Client {
  return new Client(connection, {
    userAgent: "agentic-workflow-engine",
    connections: 24,
    parse: parseJson,
    ...(observe ? { observe } : {}),
  });
}
