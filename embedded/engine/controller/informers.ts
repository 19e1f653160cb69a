// The engine's informers, started, awaited and stopped together.
import { Informer, type InformerOptions } from "@agentic/kube/controller/informer.ts";
import type { KubeObject } from "@agentic/kube/controller/object.ts";

/** A workflow's steps wait for each other: after an outage each second counts. */
const MAX_BACKOFF_MS = 3_000;
/** Objects of one answer of a list. */
const PAGE_SIZE = 100;

type Common = "client" | "onError";

export class Informers {
  readonly #common: Pick<InformerOptions<KubeObject>, Common>;
  readonly #all: Pick<Informer<KubeObject>, "run" | "synced" | "hasSynced">[] = [];
  readonly #stop = new AbortController();
  #running: Promise<unknown> | undefined;

  constructor(common: Pick<InformerOptions<KubeObject>, Common>) {
    this.#common = common;
  }

  /** Another one, before all are started. What is known already makes no change: what a write returned comes by the watch again. */
  add<T extends KubeObject>({ trim = (object) => object, onChange, ...options }: Omit<InformerOptions<T>, Common>) {
    const informer = new Informer<T>({
      ...this.#common,
      maxBackoffMs: MAX_BACKOFF_MS,
      pageSize: PAGE_SIZE,
      ...options,
      trim: (object) => {
        if ("managedFields" in object.metadata) delete object.metadata.managedFields;
        return trim(object);
      },
      onChange: (change) => {
        if (change.type === "deleted" || change.object !== change.old) onChange(change);
      },
    });
    this.#all.push(informer);
    return informer;
  }

  start(): void {
    this.#running ??= Promise.all(this.#all.map((informer) => informer.run(this.#stop.signal)));
  }

  get hasSynced(): boolean {
    return this.#all.every((informer) => informer.hasSynced);
  }

  /** Resolves with the first complete list of each. */
  get synced(): Promise<void> {
    return Promise.all(this.#all.map((informer) => informer.synced)).then(() => undefined);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}
