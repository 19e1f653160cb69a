// The engine's informers, started, awaited and stopped together.
import { Informer, type InformerOptions } from "@agentic/kube/controller/informer.ts";
import type { KubeObject } from "@agentic/kube/controller/object.ts";

/** Short, because the steps of a workflow wait for each other: after an outage each second counts. */
const MAX_BACKOFF_MS = 3_000;
/** The number of objects in one page of a list. */
const PAGE_SIZE = 100;

type SharedOption = "client" | "onError";

export class Informers {
  readonly #sharedOptions: Pick<InformerOptions<KubeObject>, SharedOption>;
  readonly #informers: Pick<Informer<KubeObject>, "run" | "synced" | "hasSynced">[] = [];
  readonly #stop = new AbortController();
  #running: Promise<unknown> | undefined;

  constructor(sharedOptions: Pick<InformerOptions<KubeObject>, SharedOption>) {
    this.#sharedOptions = sharedOptions;
  }

  /**
   * Adds an informer; only before `start`. `onChange` is not called for an object that the cache has already, as when the watch
   * delivers the result of a write.
   */
  add<T extends KubeObject>({
    trim = (object) => object,
    onChange,
    ...options
  }: Omit<InformerOptions<T>, SharedOption>) {
    const informer = new Informer<T>({
      ...this.#sharedOptions,
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
    this.#informers.push(informer);
    return informer;
  }

  start(): void {
    this.#running ??= Promise.all(this.#informers.map((informer) => informer.run(this.#stop.signal)));
  }

  get hasSynced(): boolean {
    return this.#informers.every((informer) => informer.hasSynced);
  }

  /** Resolves when each informer has its first complete list. */
  get synced(): Promise<void> {
    return Promise.all(this.#informers.map((informer) => informer.synced)).then(() => undefined);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}
