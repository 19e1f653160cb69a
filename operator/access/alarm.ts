// Tells the receiver of the platform's alarms what became of an AccessRequest, signed as notifications are.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { AccessRequest } from "@agentic/api/access-request.ts";
import { Agent } from "@agentic/kube/connection/undici.ts";
import { signedHeaders } from "../notify/signature.ts";

const TIMEOUT_MS = 10_000;

export interface AlarmOptions {
  /** Where alarms are posted to; undefined for nowhere. */
  url: string | undefined;
  /** File with the key that signs them. */
  keyFile: string;
}

export class Alarm {
  readonly #options: AlarmOptions;
  readonly #agent = new Agent({ connect: { timeout: 5_000 } });

  constructor(options: AlarmOptions) {
    this.#options = options;
  }

  /** Whether there is a receiver. */
  get hasReceiver(): boolean {
    return this.#options.url !== undefined;
  }

  /** Posts the request with its status. Throws where it wasn't taken. */
  async send({ metadata, spec, status = {} }: AccessRequest): Promise<void> {
    if (!this.#options.url) return;
    const url = new URL(this.#options.url);
    const event = `BreakGlass${status.phase}`;
    const delivery = createHash("sha256").update(`${metadata.uid}\n${status.phase}`).digest("hex").slice(0, 32);
    const { told: _, ...known } = status;
    const body = JSON.stringify({ delivery, event, request: metadata.name, ...spec, status: known });
    const key = (await readFile(this.#options.keyFile, "utf8")).trim();
    const { statusCode, body: answer } = await this.#agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: "POST",
      headers: signedHeaders({ event, delivery, body }, key),
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await answer.dump();
    if (statusCode >= 300) throw new Error(`the receiver of alarms answered HTTP ${statusCode}`);
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}
