// Delivers the notifications that workloads owe: a signed POST each, tried again for a while, told to the reconciler.

import { createHash, createHmac } from "node:crypto";
import type { AgentWorkload, WorkloadNotification } from "@agentic/api/agentworkload.ts";
import { NOTIFY_SECRET } from "@agentic/api/rbac.ts";
import { clean, cut } from "@agentic/api/text.ts";
import { Agent } from "@agentic/kube/connection/undici.ts";
import type { Logger } from "pino";
import { jobIdOf } from "../decide/parameters.ts";
import type { Delivery } from "../decide/types.ts";
import { isStatus, type KubeClient } from "../kube/client.ts";
import { keyOf, sleep } from "../kube/informer.ts";
import { isAllowedHost, publicLookup, refuseUrl } from "./guard.ts";

export interface NotifierOptions {
  client: KubeClient;
  /** `host[:port]` that may be plain http or private. */
  allowedHosts: readonly string[];
  /** Called with the workload's key when a delivery has ended. */
  enqueue: (key: string) => void;
  log: Logger;
  count?: (result: "delivered" | "failed") => void;
  /** Waits between tries, milliseconds. */
  waitsMs?: readonly number[];
}

const TIMEOUT_MS = 10_000;
const WAITS_MS = [1_000, 5_000, 30_000, 120_000, 600_000];
const MAX_IN_FLIGHT = 16;

/** What no further try can change. */
class Permanent extends Error {}

export class Notifier {
  readonly #options: NotifierOptions;
  readonly #inFlight = new Set<string>();
  /** Keys of workloads that owe more than may be under way at once. */
  readonly #waiting = new Set<string>();
  readonly #ended = new Map<string, Delivery[]>();
  readonly #stop = new AbortController();
  readonly #outside = new Agent({ connect: { lookup: publicLookup(), timeout: 5_000 } });
  readonly #inside = new Agent({ connect: { timeout: 5_000 } });

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  /** Begins a delivery unless it is under way. */
  send(workload: AgentWorkload, notification: WorkloadNotification): void {
    const id = deliveryId(workload, notification);
    const { url, event } = notification;
    if (this.#inFlight.has(id)) return;
    if (this.ended(workload).some((end) => end.url === url && end.event === event)) return;
    if (this.#inFlight.size >= MAX_IN_FLIGHT) {
      this.#waiting.add(keyOf(workload));
      return;
    }
    this.#inFlight.add(id);
    this.#deliver(workload, notification, id)
      .then(
        (): Delivery => ({ url, event, state: "Delivered" }),
        (error: Error): Delivery => ({ url, event, state: "Failed", message: cut(clean(error.message), 256) }),
      )
      .then((end) => {
        this.#inFlight.delete(id);
        if (this.#stop.signal.aborted) return;
        this.#options.count?.(end.state === "Delivered" ? "delivered" : "failed");
        this.#options.log.info({ workload: keyOf(workload), jobId: jobIdOf(workload), ...end }, "notification");
        this.#ended.set(uidOf(workload), [...this.ended(workload), end]);
        this.#options.enqueue(keyOf(workload));
        for (const key of this.#waiting) this.#options.enqueue(key);
        this.#waiting.clear();
      });
  }

  /** Deliveries that have ended and are not yet in the workload's status. */
  ended(workload: AgentWorkload): Delivery[] {
    return this.#ended.get(uidOf(workload)) ?? [];
  }

  /** The status holds these ends now. */
  settled(workload: AgentWorkload, ends: readonly Delivery[]): void {
    const left = this.ended(workload).filter((end) => !ends.includes(end));
    if (left.length > 0) this.#ended.set(uidOf(workload), left);
    else this.#ended.delete(uidOf(workload));
  }

  /** Gives up what is under way; it stays owed in the workloads' status. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all([this.#outside.destroy(), this.#inside.destroy()]);
  }

  async #deliver(workload: AgentWorkload, notification: WorkloadNotification, id: string): Promise<void> {
    const waits = this.#options.waitsMs ?? WAITS_MS;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#post(workload, notification, id);
      } catch (error) {
        const wait = waits[attempt];
        if (error instanceof Permanent || wait === undefined || this.#stop.signal.aborted) throw error;
        await sleep(wait * (0.75 + Math.random() / 2), this.#stop.signal);
      }
    }
  }

  async #post(workload: AgentWorkload, { url: text, event }: WorkloadNotification, id: string): Promise<void> {
    const url = new URL(text);
    const refusal = refuseUrl(url, this.#options.allowedHosts);
    if (refusal) throw new Permanent(`not sent: ${refusal}`);
    const body = JSON.stringify(message(workload, event));
    const time = String(Math.floor(Date.now() / 1000));
    const headers: Record<string, string> = {
      "content-type": "application/json",
      "user-agent": "agentic-operator",
      "x-agentic-event": event,
      "x-agentic-delivery": id,
      "x-agentic-timestamp": time,
    };
    const key = await this.#key(workload, text);
    if (key)
      headers["x-agentic-signature"] = `sha256=${createHmac("sha256", key).update(`${time}.${body}`).digest("hex")}`;
    const agent = isAllowedHost(url, this.#options.allowedHosts) ? this.#inside : this.#outside;
    // Redirects aren't followed: they would lead past the checks.
    const response = await agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: "POST",
      headers,
      body,
      signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    await response.body.dump({ limit: 64 * 1024 });
    const { statusCode } = response;
    if (statusCode >= 200 && statusCode < 300) return;
    const error = `the receiver answered HTTP ${statusCode}`;
    throw statusCode >= 500 || statusCode === 429 || statusCode === 408 ? new Error(error) : new Permanent(error);
  }

  /** The key that signs for this URL, if the spec names one. */
  async #key(workload: AgentWorkload, url: string): Promise<Buffer | undefined> {
    const ref = workload.spec.notify?.find((entry) => entry.url === url)?.secretRef;
    if (!ref) return undefined;
    const { name = NOTIFY_SECRET, key = "key" } = ref;
    try {
      const secret = await this.#options.client.get<{ data?: Record<string, string> }>(
        `/api/v1/namespaces/${workload.metadata.namespace}/secrets/${name}`,
      );
      const value = secret.data?.[key];
      if (!value) throw new Error(`Secret ${name} has no key ${key}`);
      return Buffer.from(value, "base64");
    } catch (error) {
      if (isStatus(error, 403)) throw new Permanent(`not sent: the operator may not read Secret ${name}`);
      throw error;
    }
  }
}

function uidOf(workload: AgentWorkload): string {
  return workload.metadata.uid ?? keyOf(workload);
}

/** The same for every try of one notification, so that receivers can tell repeats. */
function deliveryId(workload: AgentWorkload, { url, event }: WorkloadNotification): string {
  return createHash("sha256")
    .update([uidOf(workload), url, event].join("\n"))
    .digest("hex")
    .slice(0, 32);
}

/** The body of a notification. */
function message({ metadata, status, ...workload }: AgentWorkload, event: string) {
  return {
    event,
    workload: { name: metadata.name, namespace: metadata.namespace, uid: metadata.uid },
    jobId: workload.spec.jobId ?? metadata.name,
    message: status?.message ?? "",
    approval: status?.approval ?? null,
    artifacts: status?.workflowArtifacts ?? {},
    artifactCount: status?.artifacts?.total ?? Object.keys(status?.workflowArtifacts ?? {}).length,
    manifests: status?.artifacts?.manifests ?? {},
    startedAt: status?.startedAt ?? null,
    completedAt: status?.completedAt ?? null,
  };
}
