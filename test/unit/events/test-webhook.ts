// Starts the receiver's webhook on loopback, with an API server whose answers the test decides.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NewWorkload } from "@agentic/api/webhook.ts";
import { pino } from "pino";
import type { EventTracing } from "../../../embedded/receiver/event-span.ts";
import { createMetrics } from "../../../embedded/receiver/metrics.ts";
import { Tokens } from "../../../embedded/receiver/tokens.ts";
import { webhookServer } from "../../../embedded/receiver/webhook.ts";
import { signed } from "../../../examples/events/send.ts";
import { ApiError, type Status } from "../../../kube/client/api-error.ts";

/** By tenant: `demo` signs, `plain` sends it, and `other` signs, too. */
export const tokens = {
  demo: tokenOf("correct-horse"),
  plain: tokenOf("battery-staple"),
  other: tokenOf("zebra-crossing"),
};

/** A token made of words. */
export function tokenOf(words: string): string {
  return `whsec_${Buffer.from(words.padEnd(24, ".")).toString("base64")}`;
}

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
  /** Deliveries that the API server remembers, as `<tenant>/<id>`. */
  remembered: Set<string>;
  /** Milliseconds that the receiver's clock is ahead. */
  ahead: number;
  /** Posts text or an object, signed with the token of tenant demo; `headers` go over those of the signature. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<{ status: number; body: Reply }>;
  /** Forgets what earlier tests sent and set. */
  reset(): void;
  close(): Promise<void>;
}

interface Reply {
  error?: string;
  accepted?: boolean;
  duplicate?: boolean;
  namespace?: string;
  name?: string;
}

/** The API server's answer to a workload: it is created, under a name of the API server's where it has none. */
export const creates = ({ metadata }: { metadata: { name?: string; generateName?: string } }) => ({
  status: 201,
  body: { metadata: { name: metadata.name ?? `${metadata.generateName}x7k2p` } },
});

/** The account of the receiver, as the API server knows it. */
export const SUBMITTER = "system:serviceaccount:argo-events:event-receiver";

export async function startWebhook({ tracing }: { tracing?: EventTracing } = {}): Promise<TestWebhook> {
  const directory = mkdtempSync(join(tmpdir(), "receiver-"));
  for (const [tenant, token] of Object.entries(tokens)) writeFileSync(join(directory, tenant), `${token}\n`);
  const remembered = new Set<string>();
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
      isKnown: async ({ tenant, id }) => remembered.has(`${tenant}/${id}`),
      remember: async ({ tenant, id }) => {
        remembered.add(`${tenant}/${id}`);
      },
    },
    tokens: new Tokens(directory),
    unsigned: ["plain"],
    submittedBy: SUBMITTER,
    tracing,
    now: () => Date.now() + webhook.ahead,
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
    remembered,
    ahead: 0,
    reply: creates,
    reset: () => {
      created.length = 0;
      remembered.clear();
      webhook.ahead = 0;
      webhook.reply = creates;
    },
    post: async (path, body, headers = {}) => {
      const bytes =
        body instanceof Uint8Array ? body : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
      const response = await fetch(url + path, {
        method: "POST",
        headers: { ...signed(bytes, tokens.demo), "content-type": "application/json", ...headers },
        body: new Uint8Array(bytes),
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
