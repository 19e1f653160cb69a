// The one thing that the receiver asks of the API server: to create an AgentWorkload.
import { AGENT_WORKLOAD, API_GROUP_VERSION } from "@agentic/api/names.ts";
import { clean, cut } from "@agentic/api/text.ts";
import type { NewWorkload } from "@agentic/api/webhook.ts";
import type { Connection } from "@agentic/kube/connection/connection.ts";
import { Transport } from "@agentic/kube/connection/transport.ts";

/** The API server's answer. */
export interface Answer {
  status: number;
  body: { message?: string; reason?: string; metadata?: { name?: string } };
}

const timeoutMs = 10_000;

export class Cluster {
  readonly #transport: Transport;

  constructor(connection: Connection) {
    this.#transport = new Transport(connection, { userAgent: "agentic-event-receiver", connections: 16 });
  }

  /** Creates the workload; a field that its kind doesn't have is an error. Rejects where no answer comes. */
  async create(workload: NewWorkload): Promise<Answer> {
    const path = `/apis/${API_GROUP_VERSION}/namespaces/${workload.metadata.namespace}/${AGENT_WORKLOAD.plural}`;
    const { statusCode, body } = await this.#transport.request({
      method: "POST",
      path: `${path}?fieldValidation=Strict&fieldManager=webhook`,
      headers: { accept: "application/json", "content-type": "application/json" },
      body: JSON.stringify(workload),
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
    return { status: statusCode, body: parsed(await body.text()) };
  }

  async close(): Promise<void> {
    await this.#transport.destroy();
  }
}

function parsed(text: string): Answer["body"] {
  try {
    return JSON.parse(text) as Answer["body"];
  } catch {
    return { message: cut(clean(text), 200) };
  }
}
