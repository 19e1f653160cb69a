// Events on workloads and schedules: written in the background, one at a time, and once for the same content.

import { createHash } from "node:crypto";
import type { ObjectMeta } from "@agentic/api/agentworkload.ts";
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

/** What an event is about: by default an AgentWorkload. */
export interface EventSubject {
  kind?: string;
  metadata: ObjectMeta;
}

/** An event that waits to be written. It keeps only the object's identity, because thousands may wait. */
interface Pending extends EventNote {
  kind: string;
  metadata: Pick<ObjectMeta, "name" | "namespace" | "uid" | "resourceVersion">;
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
  record({ kind = AGENT_WORKLOAD.kind, metadata }: EventSubject, note: EventNote): void {
    if (this.#closing || this.#pending.length >= MAX_PENDING) return;
    const { name, namespace, uid, resourceVersion } = metadata;
    const at = new Date().toISOString();
    this.#pending.push({ ...note, kind, metadata: { name, namespace, uid, resourceVersion }, at });
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
    const path = eventsPath(event.metadata.namespace);
    const name = eventName(event);
    try {
      const { type, reason, message, at, kind, metadata } = event;
      const object = { apiVersion: API_GROUP_VERSION, kind, metadata };
      const by = { component: OPERATOR_NAME, reporter: `agentic.io/${OPERATOR_NAME}`, instance: this.#instance };
      await this.#client.create(path, eventOf({ name, object, type, reason, message, at, ...by }));
    } catch (error) {
      // The same event exists, perhaps from before a restart: only its time is updated.
      if (!isStatus(error, 409)) throw error;
      await this.#client.patch(`${path}/${name}`, { lastTimestamp: event.at });
    }
  }
}

function eventName({ metadata, type, reason, message }: Pending): string {
  const hash = createHash("sha256").update([metadata.uid, type, reason, message].join("\n")).digest("hex");
  return `${metadata.name}.${hash.slice(0, 16)}`;
}
