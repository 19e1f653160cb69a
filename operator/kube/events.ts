// Events on workloads: written in the background, one at a time, and once for the same content.

import { createHash } from "node:crypto";
import type { AgentWorkload, ObjectMeta } from "@agentic/api/agentworkload.ts";
import { AGENT_WORKLOAD, API_GROUP_VERSION, OPERATOR_NAME } from "@agentic/api/names.ts";
import { isStatus } from "@agentic/kube/client/api-error.ts";
import type { KubeApi } from "@agentic/kube/client/client.ts";
import { eventOf, eventsPath } from "@agentic/kube/controller/event.ts";
import { sleep } from "@agentic/kube/controller/sleep.ts";

export interface EventNote {
  type: "Normal" | "Warning";
  /** One word, UpperCamelCase. */
  reason: string;
  message: string;
}

/** An event that waits to be written. It keeps only the workload's identity, because thousands may wait. */
interface Pending extends EventNote {
  workload: Pick<ObjectMeta, "name" | "namespace" | "uid" | "resourceVersion">;
  at: string;
}

const MAX_PENDING = 2_000;

/** How often an event is put off by 50 ms while workloads wait for a worker. */
const MAX_BUSY_WAITS = 20;

export class EventRecorder {
  readonly #client: KubeApi;
  readonly #instance: string;
  readonly #busy: () => boolean;
  readonly #pending: Pending[] = [];
  #draining: Promise<void> | undefined;
  #closing = false;

  /** While `busy` returns true, events are put off, each for a second at most. */
  constructor(client: KubeApi, instance: string, busy: () => boolean = () => false) {
    this.#client = client;
    this.#instance = instance;
    this.#busy = busy;
  }

  /** Queues an event. Nothing relies on events, so those that can't be written are dropped. */
  record(workload: AgentWorkload, note: EventNote): void {
    if (this.#closing || this.#pending.length >= MAX_PENDING) return;
    const { name, namespace, uid, resourceVersion } = workload.metadata;
    this.#pending.push({ ...note, workload: { name, namespace, uid, resourceVersion }, at: new Date().toISOString() });
    this.#draining ??= this.#drain();
  }

  /** Resolves once the events recorded so far are written. */
  async flush(): Promise<void> {
    await this.#draining;
  }

  /** Writes as many events as it can in this time, also while busy; drops the others and all later ones. */
  async close(ms: number): Promise<void> {
    this.#closing = true;
    const written = new AbortController();
    await Promise.race([this.flush(), sleep(ms, written.signal)]);
    written.abort();
    this.#pending.length = 0;
    await this.flush();
  }

  async #drain(): Promise<void> {
    await sleep(0);
    while (this.#pending.length > 0) {
      for (let waited = 0; !this.#closing && this.#busy() && waited < MAX_BUSY_WAITS; waited++) await sleep(50);
      const event = this.#pending.shift();
      if (event) await this.#write(event).catch(() => {});
    }
    this.#draining = undefined;
  }

  async #write(event: Pending): Promise<void> {
    const path = eventsPath(event.workload.namespace);
    const name = eventName(event);
    try {
      const { type, reason, message, at, workload: metadata } = event;
      const object = { apiVersion: API_GROUP_VERSION, kind: AGENT_WORKLOAD.kind, metadata };
      const by = { component: OPERATOR_NAME, reporter: `agentic.io/${OPERATOR_NAME}`, instance: this.#instance };
      await this.#client.create(path, eventOf({ name, object, type, reason, message, at, ...by }));
    } catch (error) {
      // The same event exists, perhaps from before a restart: only its time is updated.
      if (!isStatus(error, 409)) throw error;
      await this.#client.patch(`${path}/${name}`, { lastTimestamp: event.at });
    }
  }
}

function eventName({ workload, type, reason, message }: Pending): string {
  const hash = createHash("sha256").update([workload.uid, type, reason, message].join("\n")).digest("hex");
  return `${workload.name}.${hash.slice(0, 16)}`;
}
