// Which Workflows each CronWorkflow owns, by the caches.
import { namespaceOf } from "@agentic/kube/controller/object.ts";
import { cronOwnerOf } from "../core/cron/child.ts";
import { isOver } from "../core/result.ts";
import type { Workflow } from "../core/types.ts";
import type { Caches } from "./caches.ts";

interface Child {
  /** Key and uid of its CronWorkflow. */
  cron: string;
  uid: string;
  isOver: boolean;
}

export class CronChildren {
  readonly #caches: Pick<Caches, "workflow">;
  readonly #children = new Map<string, Child>();
  /** Keys of Workflows by the uid of the CronWorkflow. */
  readonly #byCron = new Map<string, Set<string>>();

  constructor(caches: Pick<Caches, "workflow">) {
    this.#caches = caches;
  }

  /** Takes note of a Workflow's state by its key. The key of its CronWorkflow, where that has to hear of the change. */
  note(key: string): string | undefined {
    const workflow = this.#caches.workflow(key);
    const owner = workflow && cronOwnerOf(workflow);
    const before = this.#children.get(key);
    if (!owner) {
      if (before) this.#forget(key, before);
      return before?.cron;
    }
    const child = { cron: `${namespaceOf(key)}/${owner.name}`, uid: owner.uid, isOver: isOver(workflow.status?.phase) };
    if (before?.uid === child.uid && before.isOver === child.isOver) return undefined;
    if (before) this.#forget(key, before);
    this.#children.set(key, child);
    this.#byCron.set(child.uid, (this.#byCron.get(child.uid) ?? new Set()).add(key));
    return child.cron;
  }

  #forget(key: string, { uid }: Child): void {
    this.#children.delete(key);
    const keys = this.#byCron.get(uid);
    keys?.delete(key);
    if (keys?.size === 0) this.#byCron.delete(uid);
  }

  /** The Workflows that the CronWorkflow with this uid owns. */
  of(uid: string): Workflow[] {
    return [...(this.#byCron.get(uid) ?? [])].flatMap((key) => this.#caches.workflow(key) ?? []);
  }
}
