// Every workload and its run, from one list and watch of each kind that all visitors share, and whether the API server answers.
import { setTimeout as sleep } from "node:timers/promises";
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { LABELS } from "@agentic/api/names.ts";
import type { Client } from "@agentic/kube/client/client.ts";
import { Informer } from "@agentic/kube/controller/informer.ts";
import { keyOf } from "@agentic/kube/controller/object.ts";
import { workloadsPath } from "@agentic/kube/workloads/paths.ts";
import type { WorkloadRow } from "../contract.ts";
import { rowOf } from "./row.ts";
import { type Run, trimRun, WORKFLOWS, type Workflow } from "./run.ts";

/** How often an API server that is away is asked whether it is back. */
const PROBE_MS = 1_000;

/** What listeners are told of: a workload that has changed or is gone, or the API server that goes away or comes back. */
export type BoardEvent = { key: string; row: WorkloadRow | undefined; uid: string } | "availability";

export interface Away {
  since: string;
  message: string;
}

export class Board {
  readonly workloads: Informer<AgentWorkload>;
  readonly #runs: Informer<Workflow, Run>;
  readonly #rows = new Map<string, WorkloadRow>();
  /** Key of a run → key of its workload. */
  readonly #workloadOf = new Map<string, string>();
  readonly #listeners = new Set<(event: BoardEvent) => void>();
  readonly #client: Client;
  readonly #onError: (error: Error) => void;
  #away: Away | undefined;

  constructor(client: Client, onError: (error: Error) => void) {
    this.#client = client;
    this.#onError = onError;
    this.workloads = new Informer<AgentWorkload>({
      client,
      path: workloadsPath(),
      pageSize: 200,
      maxBackoffMs: 2_000,
      trim: withoutManagers,
      onError: (error) => this.#lost(error),
      onChange: ({ type, object }) => this.#changed(keyOf(object), type === "deleted" ? object : undefined),
    });
    this.#runs = new Informer<Workflow, Run>({
      client,
      path: WORKFLOWS,
      query: { labelSelector: LABELS.workload },
      maxBackoffMs: 2_000,
      trim: trimRun,
      onError: (error) => this.#lost(error),
      onChange: ({ type, object }) => {
        const key = this.#workloadOf.get(keyOf(object));
        if (type === "deleted") this.#workloadOf.delete(keyOf(object));
        if (key) this.#changed(key, undefined);
      },
    });
  }

  /** Lists and watches until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.workloads.run(signal), this.#runs.run(signal), this.#probe(signal)]);
  }

  get hasSynced(): boolean {
    return this.workloads.hasSynced && this.#runs.hasSynced;
  }

  /** Resolves once the first lists are complete. */
  get synced(): Promise<unknown> {
    return Promise.all([this.workloads.synced, this.#runs.synced]);
  }

  /** Since when the API server is away; undefined while it answers. */
  get away(): Away | undefined {
    return this.#away;
  }

  /** Namespaces that have workloads. */
  namespaces(): Set<string> {
    return new Set([...this.#rows.values()].map(({ namespace }) => namespace));
  }

  rows(): IterableIterator<WorkloadRow> {
    return this.#rows.values();
  }

  row(key: string): WorkloadRow | undefined {
    return this.#rows.get(key);
  }

  /** The present run of a workload. */
  runOf(workload: AgentWorkload): Run | undefined {
    const { name, namespace } = workload.status?.argoWorkflow ?? {};
    return name ? this.#runs.get(`${namespace}/${name}`) : undefined;
  }

  /** Tells of every change until the returned function is called. */
  listen(listener: (event: BoardEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #changed(key: string, deleted: AgentWorkload | undefined): void {
    const workload = deleted ? undefined : this.workloads.get(key);
    const before = this.#rows.get(key);
    if (!workload) {
      this.#rows.delete(key);
      this.#tell({ key, row: undefined, uid: deleted?.metadata.uid ?? before?.uid ?? "" });
      return;
    }
    const { name, namespace } = workload.status?.argoWorkflow ?? {};
    if (name) this.#workloadOf.set(`${namespace}/${name}`, key);
    const row = rowOf(workload, this.runOf(workload));
    this.#rows.set(key, row);
    this.#tell({ key, row, uid: row.uid });
  }

  #tell(event: BoardEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #lost(error: Error): void {
    this.#onError(error);
    if (this.#away) return;
    this.#away = { since: new Date().toISOString(), message: error.message };
    this.#tell("availability");
  }

  /** Asks an API server that is away whether it is back. */
  async #probe(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(PROBE_MS, undefined, { signal }).catch(() => undefined);
      if (!this.#away || signal.aborted) continue;
      try {
        await this.#client.get(workloadsPath(), { limit: 1 }, signal);
        this.#away = undefined;
        this.#tell("availability");
      } catch {
        // Still away.
      }
    }
  }
}

/** Who has set which field is half of an object, and nobody is shown it. */
function withoutManagers(workload: AgentWorkload): AgentWorkload {
  const { managedFields: _, ...metadata } = workload.metadata as AgentWorkload["metadata"] & {
    managedFields?: unknown;
  };
  return { ...workload, metadata };
}
