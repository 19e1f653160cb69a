// Which workload may use a job id, and write below a prefix of the object store: of those that share one, only one at a time, so
// that no run overwrites the artifacts of another that still runs.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { isFinal } from "@agentic/api/phases.ts";
import { keyOf } from "@agentic/kube/controller/object.ts";
import { jobIdOf, placeOf } from "../decide/parameters.ts";

/** What only one workload may use at a time: its job id in its namespace, and its place in the object store, which tenants may share. */
function usedBy(workload: AgentWorkload, tenant: Record<string, string> | undefined): string[] {
  const { bucket, prefix } = placeOf(workload, tenant);
  return [`job ${workload.metadata.namespace}/${jobIdOf(workload)}`, `place ${bucket}/${prefix}`];
}

/**
 * Which workload holds what ({@link usedBy}): from its first Workflow until the workload ends. Computed from the workloads at
 * start and never stored.
 */
export class Claims {
  /** What is used → key of the workload that holds it. */
  readonly #holders = new Map<string, string>();
  /** By key: what the workload with this uid holds. */
  readonly #held = new Map<string, { used: string[]; uid: string | undefined }>();
  /** What is used → keys of the workloads that wait for it. */
  readonly #waiting = new Map<string, Set<string>>();
  readonly #enqueue: (key: string) => void;

  constructor(enqueue: (key: string) => void) {
    this.#enqueue = enqueue;
  }

  /** Takes or releases what a workload uses by its state; undefined where it is gone. */
  observe(key: string, workload: AgentWorkload | undefined, tenant: Record<string, string> | undefined): void {
    if (!workload || isFinal(workload.status?.phase)) this.release(key);
    else if (workload.status?.argoWorkflow) this.take(workload, tenant);
  }

  /** Takes what the workload uses, if all of it is free; returns the key of a workload that holds some of it otherwise. */
  take(workload: AgentWorkload, tenant: Record<string, string> | undefined): string | undefined {
    const key = keyOf(workload);
    const { uid } = workload.metadata;
    const claim = this.#held.get(key);
    // A workload keeps its place when the tenant's bucket changes. A new workload of the same name has another uid.
    if (claim && claim.uid === uid) return undefined;
    if (claim) this.release(key);
    const used = usedBy(workload, tenant);
    for (const resource of used) {
      const holder = this.#holders.get(resource);
      if (holder === undefined) continue;
      this.#waiting.set(resource, (this.#waiting.get(resource) ?? new Set()).add(key));
      return holder;
    }
    for (const resource of used) this.#holders.set(resource, key);
    this.#held.set(key, { used, uid });
    return undefined;
  }

  /** Releases what the workload holds, and enqueues the workloads that wait for it. */
  release(key: string): void {
    const { used = [] } = this.#held.get(key) ?? {};
    this.#held.delete(key);
    for (const resource of used) {
      this.#holders.delete(resource);
      const waiting = this.#waiting.get(resource);
      this.#waiting.delete(resource);
      for (const other of waiting ?? []) this.#enqueue(other);
    }
  }
}
