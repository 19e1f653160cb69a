// Starts the receiver's webhook on loopback, with an API server whose answers the test decides.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NewWorkload } from "@agentic/api/webhook.ts";
import { pino } from "pino";
import { createMetrics } from "../../../embedded/receiver/metrics.ts";
import { Token } from "../../../embedded/receiver/token.ts";
import { webhookServer } from "../../../embedded/receiver/webhook.ts";
import { ApiError, type Status } from "../../../kube/client/api-error.ts";

export const token = "correct-horse-battery-staple";
export const limit = 4096;

/** The API server's answer. */
interface Answer {
  status: number;
  body: Status & { metadata?: { name?: string } };
}

export interface TestWebhook {
  url: string;
  /** Workloads that the API server was asked to create. */
  created: NewWorkload[];
  metrics: ReturnType<typeof createMetrics>;
  /** The API server's answer to a creation; by default 201. */
  reply: (workload: NewWorkload) => Answer | Promise<Answer>;
  /** Posts text or an object, with the right token unless `headers` say otherwise. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<{ status: number; body: Reply }>;
  close(): Promise<void>;
}

interface Reply {
  error?: string;
  accepted?: boolean;
  duplicate?: boolean;
  namespace?: string;
  name?: string;
}

export async function startWebhook(): Promise<TestWebhook> {
  const directory = mkdtempSync(join(tmpdir(), "receiver-"));
  const tokenFile = join(directory, "token");
  writeFileSync(tokenFile, `${token}\n`);
  const metrics = createMetrics();
  const created: NewWorkload[] = [];
  const server = webhookServer({
    cluster: {
      create: async (workload) => {
        created.push(workload);
        const { status, body } = await webhook.reply(workload);
        if (status < 300) return body;
        const { reason, message } = body;
        throw new ApiError({ status, body, ...(reason ? { reason } : {}), ...(message ? { message } : {}) });
      },
    },
    token: new Token(tokenFile),
    metrics,
    log: pino({ level: "silent" }),
    maxBodyBytes: limit,
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const webhook: TestWebhook = {
    url,
    created,
    metrics,
    reply: ({ metadata }) => ({
      status: 201,
      body: { metadata: { name: metadata.name ?? `${metadata.generateName}x7k2p` } },
    }),
    post: async (path, body, headers = {}) => {
      const response = await fetch(url + path, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
        body:
          typeof body === "string" ? body : body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body),
      });
      return { status: response.status, body: (await response.json()) as Reply };
    },
    close: async () => {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      rmSync(directory, { recursive: true });
    },
  };
  return webhook;
}

export const documentEvent = { tenant: "demo", url: "http://site.sample-site:8080/products.html" };
export const workloadEvent = {
  tenant: "demo",
  name: "kettles",
  objective: "Compare the kettles",
  targetUrls: ["http://site.sample-site:8080/"],
  approval: { mode: "manual" },
};
