// The one thing that the receiver asks of the API server: to create an AgentWorkload.

import { readFile } from "node:fs/promises";
import { Agent, request as httpsRequest } from "node:https";
import { AGENT_WORKLOAD, API_GROUP_VERSION } from "@agentic/api/names.ts";
import { clean, cut } from "@agentic/api/text.ts";
import type { NewWorkload } from "@agentic/api/webhook.ts";

/** Where the API server is and how to speak for ourselves there. */
export interface Connection {
  /** Such as `https://10.96.0.1:443`. */
  url: string;
  ca: string;
  /** Read for each request: kubelet renews a mounted token in place. */
  token: () => Promise<string>;
}

/** The API server's answer. */
export interface Answer {
  status: number;
  body: { message?: string; reason?: string; metadata?: { name?: string } };
}

const account = "/var/run/secrets/kubernetes.io/serviceaccount";
const timeoutMs = 10_000;

/** The pod's service account. Throws outside of a cluster. */
export async function inCluster(env: NodeJS.ProcessEnv = process.env, directory = account): Promise<Connection> {
  const host = env.KUBERNETES_SERVICE_HOST;
  if (!host) throw new Error("KUBERNETES_SERVICE_HOST is not set: the receiver runs in a pod with a service account");
  return {
    url: `https://${host.includes(":") ? `[${host}]` : host}:${env.KUBERNETES_SERVICE_PORT ?? "443"}`,
    ca: await readFile(`${directory}/ca.crt`, "utf8"),
    token: async () => (await readFile(`${directory}/token`, "utf8")).trim(),
  };
}

export class Cluster {
  readonly #connection: Connection;
  readonly #agent: Agent;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#agent = new Agent({ ca: connection.ca, keepAlive: true, maxSockets: 16 });
  }

  /** Creates the workload; a field that its kind doesn't have is an error. Rejects where no answer comes. */
  async create(workload: NewWorkload): Promise<Answer> {
    const path = `/apis/${API_GROUP_VERSION}/namespaces/${workload.metadata.namespace}/${AGENT_WORKLOAD.plural}`;
    const body = JSON.stringify(workload);
    const token = await this.#connection.token();
    return await new Promise((resolve, reject) => {
      const request = httpsRequest(
        new URL(`${path}?fieldValidation=Strict&fieldManager=webhook`, this.#connection.url),
        {
          agent: this.#agent,
          method: "POST",
          headers: {
            accept: "application/json",
            "content-type": "application/json",
            "content-length": Buffer.byteLength(body),
            authorization: `Bearer ${token}`,
            "user-agent": "agentic-event-receiver",
          },
          timeout: timeoutMs,
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () =>
            resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks).toString()) }),
          );
        },
      );
      request.on("timeout", () => request.destroy(new Error(`the API server did not answer within ${timeoutMs} ms`)));
      request.on("error", reject);
      request.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

function parsed(text: string): Answer["body"] {
  try {
    return JSON.parse(text) as Answer["body"];
  } catch {
    return { message: cut(clean(text), 200) };
  }
}
