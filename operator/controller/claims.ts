// Who writes below a prefix of the object store: of workloads that share one, one at a time, so that no run replaces another's
// artifacts under its hands.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { defaultPrefix } from "@agentic/api/artifacts.ts";
import { DEFAULT_BUCKET } from "@agentic/api/names.ts";
import { isFinal } from "@agentic/api/phases.ts";
import { PARAMETERS } from "@agentic/api/template.ts";
import { keyOf } from "@agentic/kube/controller/object.ts";
import { jobIdOf } from "../decide/parameters.ts";

/** Where a workload's artifacts go, within its namespace. */
function placeOf(workload: AgentWorkload, tenant: Record<string, string> | undefined): string {
  const { bucket, prefix } = workload.spec.artifacts ?? {};
  const where = bucket ?? tenant?.[PARAMETERS.bucket] ?? DEFAULT_BUCKET;
  return `${workload.metadata.namespace} ${where}/${prefix ?? defaultPrefix(jobIdOf(workload))}`;
}

/** A place is held from a workload's first Workflow to the workload's end. It follows from the workloads, and is never stored. */
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

  /** Takes note of a workload as it is; undefined where it is gone or has ended. */
  observe(key: string, workload: AgentWorkload | undefined, tenant: Record<string, string> | undefined): void {
    if (!workload || isFinal(workload.status?.phase)) this.release(key);
    else if (workload.status?.argoWorkflow) this.take(workload, tenant);
  }

  /** Takes the workload's place, if it is free; returns the name of the workload that holds it otherwise. */
  take(workload: AgentWorkload, tenant: Record<string, string> | undefined): string | undefined {
    const key = keyOf(workload);
    const { uid } = workload.metadata;
    const held = this.#held.get(key);
    // What it holds stays the same when the tenant's bucket changes; one of the same name made anew holds nothing yet.
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

  /** Gives up the workload's place, if it holds one, to whoever waits for it. */
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
