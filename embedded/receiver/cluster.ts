// Creates AgentWorkloads: the only request of the receiver to the API server.
import { AGENT_WORKLOAD, API_GROUP_VERSION } from "@agentic/api/names.ts";
import type { NewWorkload } from "@agentic/api/webhook.ts";
import { Client } from "@agentic/kube/client/client.ts";
import type { Connection } from "@agentic/kube/connection/connection.ts";

/** The created object. */
export interface Created {
  metadata?: { name?: string };
}

const timeoutMs = 10_000;

export class Cluster {
  readonly #client: Client;

  constructor(connection: Connection) {
    this.#client = new Client(connection, {
      userAgent: "agentic-event-receiver",
      connections: 16,
      timeoutMs,
      // A retry could make a second workload for one event; instead the sender is told to try again.
      retry: () => undefined,
    });
  }

  /**
   * Creates the workload; a field that its kind doesn't have is an error. Throws an ApiError where it is refused, and the
   * transport's error where no answer comes.
   */
  create(workload: NewWorkload): Promise<Created> {
    const path = `/apis/${API_GROUP_VERSION}/namespaces/${workload.metadata.namespace}/${AGENT_WORKLOAD.plural}`;
    return this.#client.create(path, workload, { query: { fieldValidation: "Strict", fieldManager: "webhook" } });
  }

  async close(): Promise<void> {
    await this.#client.destroy();
  }
}
