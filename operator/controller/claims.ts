// Which workload may write below a prefix of the object store: of those that share one, only one at a time, so that no run
// overwrites the artifacts of another that still runs.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { defaultPrefix } from "@agentic/api/artifacts.ts";
import { DEFAULT_BUCKET } from "@agentic/api/names.ts";
import { isFinal } from "@agentic/api/phases.ts";
import { PARAMETERS } from "@agentic/api/template.ts";
import { keyOf } from "@agentic/kube/controller/object.ts";
import { jobIdOf } from "../decide/parameters.ts";

/** Namespace, bucket and prefix of a workload's artifacts, as one text. */
function placeOf(workload: AgentWorkload, tenant: Record<string, string> | undefined): string {
  const { bucket, prefix } = workload.spec.artifacts ?? {};
  const where = bucket ?? tenant?.[PARAMETERS.bucket] ?? DEFAULT_BUCKET;
  return `${workload.metadata.namespace} ${where}/${prefix ?? defaultPrefix(jobIdOf(workload))}`;
}

/**
 * Which workload holds which place (bucket and prefix): from its first Workflow until the workload ends. Computed from the
 * workloads at start and never stored.
 */
export class Claims {
  /** Place → key of the workload that holds it. */
  readonly #holders = new Map<string, string>();
  /** By key: the place that the workload with this uid holds. */
  readonly #held = new Map<string, { place: string; uid: string | undefined }>();
  readonly #waiting = new Map<string, Set<string>>();
  readonly #enqueue: (key: string) => void;

  constructor(enqueue: (key: string) => void) {
    this.#enqueue = enqueue;
  }

  /** Takes or releases the place of a workload by its state; undefined where it is gone. */
  observe(key: string, workload: AgentWorkload | undefined, tenant: Record<string, string> | undefined): void {
    if (!workload || isFinal(workload.status?.phase)) this.release(key);
    else if (workload.status?.argoWorkflow) this.take(workload, tenant);
  }

  /** Takes the workload's place, if it is free; returns the name of the workload that holds it otherwise. */
  take(workload: AgentWorkload, tenant: Record<string, string> | undefined): string | undefined {
    const key = keyOf(workload);
    const { uid } = workload.metadata;
    const held = this.#held.get(key);
    // A workload keeps its place when the tenant's bucket changes. A new workload of the same name has another uid.
    if (held && held.uid === uid) return undefined;
    if (held) this.release(key);
    const place = placeOf(workload, tenant);
    const holder = this.#holders.get(place);
    if (holder !== undefined) {
      this.#waiting.set(place, (this.#waiting.get(place) ?? new Set()).add(key));
      return holder.slice(holder.indexOf("/") + 1);
    }
    this.#holders.set(place, key);
    this.#held.set(key, { place, uid });
    return undefined;
  }

  /** Releases the workload's place, if it holds one, and enqueues the workloads that wait for it. */
  release(key: string): void {
    const place = this.#held.get(key)?.place;
    if (place === undefined) return;
    this.#held.delete(key);
    this.#holders.delete(place);
    const waiting = this.#waiting.get(place);
    this.#waiting.delete(place);
    for (const other of waiting ?? []) this.#enqueue(other);
  }
}
