// The reconciler: reads what is cached, asks the core, writes the status, then acts. The status comes first: that it is
// accepted proves that the core saw the newest workflow, so a stale cache never makes or deletes a pod.
import { isStatus } from "@agentic/kube/client/api-error.ts";
import { type Advance, advance, isOver } from "../core/advance.ts";
import type { Library, Pod, Workflow, WorkflowTemplate } from "../core/types.ts";
import * as paths from "./paths.ts";
import { type Created, createPod, deletePod, labelCompleted, readLog } from "./pods.ts";
import { Patience, rejectedPod, SOON_MS, waitingPod } from "./refusals.ts";
import { WorkflowWriter, type WriterOptions } from "./writer.ts";

export interface ControllerOptions extends WriterOptions {
  /** Cancels pending passes of a deleted workflow. */
  forget: (key: string) => void;
  now?: () => Date;
}

/** Milliseconds until a refused pod is tried again. */
const LATER_MS = 2_000;
/** How long to wait at least after a pass that has changed nothing. */
const REST_MS = 1_000;
/** Milliseconds in which reading a log is tried; the node has no result until then. */
const LOG_MS = 30_000;

/** The controller's knowledge of a workflow besides the caches; rebuilt after a restart. */
interface Memory {
  uid: string | undefined;
  /** Pods that the server refused, for good or for now, by name. */
  refused: Map<string, Pod>;
  /** The logs that were read, or why they couldn't be, by the pod's uid. */
  logs: Map<string, Pick<Pod, "logs" | "logProblem">>;
  /** How long what hinders a pod, or keeps a log from us, has lasted. */
  patience: Patience;
}

export class Controller {
  readonly #options: ControllerOptions;
  readonly #now: () => Date;
  readonly #memory = new Map<string, Memory>();
  readonly #writer: WorkflowWriter;

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => new Date());
    this.#writer = new WorkflowWriter(options, this.#now);
  }

  /** One pass over a workflow. Throws errors that may pass with a retry. */
  async reconcile(key: string): Promise<void> {
    const { caches, metrics } = this.#options;
    const workflow = caches.workflow(key);
    if (!workflow) {
      this.#memory.delete(key);
      this.#options.forget(key);
      return;
    }
    // Whoever deletes a workflow deletes its pods: they are owned by it.
    if (workflow.metadata.deletionTimestamp) return;
    const stop = metrics.operation.startTimer();
    try {
      await this.#pass(key, workflow);
    } finally {
      stop();
    }
  }

  #remember(key: string, workflow: Workflow): Memory {
    const known = this.#memory.get(key);
    if (known && known.uid === workflow.metadata.uid) return known;
    const fresh: Memory = {
      uid: workflow.metadata.uid,
      refused: new Map(),
      logs: new Map(),
      patience: new Patience(),
    };
    this.#memory.set(key, fresh);
    return fresh;
  }

  #advance(workflow: Workflow, key: string, memory: Memory, library: Library): Advance {
    const { caches, metrics } = this.#options;
    const stop = metrics.advance.startTimer();
    const pods = caches.pods(key).map((pod) => {
      const log = memory.logs.get(pod.metadata.uid ?? "");
      return log ? { ...pod, ...log } : pod;
    });
    const names = new Set(pods.map((pod) => pod.metadata.name));
    const refused = [...memory.refused.values()].filter((pod) => !names.has(pod.metadata.name));
    const result = advance(workflow, [...pods, ...refused], this.#now(), library);
    stop();
    return result;
  }

  async #pass(key: string, workflow: Workflow): Promise<void> {
    const { caches, log, again } = this.#options;
    const { namespace, name } = workflow.metadata;
    const memory = this.#remember(key, workflow);
    const missed: string[] = [];
    let result = this.#advance(workflow, key, memory, noting(caches.library(namespace), missed));

    // The template may have been made a moment before the workflow, and be on its way to our cache.
    if (!workflow.status?.phase && missed.length > 0 && (await this.#fetchTemplates(namespace, missed))) {
      result = this.#advance(workflow, key, memory, caches.library(namespace));
    }
    if (result.logsNeeded.length > 0) {
      await this.#readLogs(key, memory, result.logsNeeded);
      result = this.#advance(workflow, key, memory, caches.library(namespace));
    }
    if (result.expired) {
      log.info({ workflow: key }, "deleting the workflow: its time to live is over");
      await this.#writer.remove(workflow);
      return;
    }
    if (result.changed) {
      const written = await this.#writer.write(key, workflow, result);
      if (!written) return;
    } else if (result.podsToCreate.length > 0 && !(await this.#writer.isFresh(workflow))) {
      return;
    }
    await this.#act(key, workflow, result, memory);
    // A wake-up in the past without a change would repeat at once, for ever.
    const earliest = result.changed ? 0 : this.#now().getTime() + REST_MS;
    if (result.wakeAt) again(key, Math.max(result.wakeAt.getTime(), earliest));
    if (isOver(result.status.phase)) this.#memory.delete(key);
    if (result.changed && result.status.phase !== workflow.status?.phase) {
      this.#options.metrics.workflows.inc({ phase: result.status.phase ?? "", namespace });
      log.info(
        { workflow: key, phase: result.status.phase, message: result.status.message, progress: result.status.progress },
        `workflow ${name} is ${result.status.phase}`,
      );
    }
  }

  /** Reads logs into memory. One that can't be read is tried again for a limited time. */
  async #readLogs(key: string, memory: Memory, pods: string[]): Promise<void> {
    const { caches, client, log, again } = this.#options;
    const known = new Map(caches.pods(key).map((pod) => [pod.metadata.name, pod]));
    const read = async (name: string) => {
      const pod = known.get(name);
      if (!pod) return;
      const found = await readLog(client, pod.metadata.namespace, name);
      const uid = pod.metadata.uid ?? "";
      const now = this.#now().getTime();
      if ("logs" in found) memory.logs.set(uid, found);
      else if (found.passing && !memory.patience.isOver(uid, now, LOG_MS)) again(key, now + LATER_MS);
      else {
        log.warn({ workflow: key, pod: name, problem: found.problem }, "the pod's log cannot be read");
        memory.logs.set(uid, { logProblem: found.problem });
      }
    };
    await Promise.all(pods.map(read));
  }

  async #fetchTemplates(namespace: string, missed: string[]): Promise<boolean> {
    const { client, caches } = this.#options;
    const found = await Promise.all(
      [...new Set(missed)].map(async (reference) => {
        const [scope, name = ""] = reference.split("/");
        const collection = scope === "cluster" ? paths.clusterWorkflowTemplates() : paths.workflowTemplates(namespace);
        try {
          caches.offerTemplate(await client.get<WorkflowTemplate>(`${collection}/${encodeURIComponent(name)}`));
          return true;
        } catch (error) {
          if (isStatus(error, 403, 404)) return false;
          throw error;
        }
      }),
    );
    return found.includes(true);
  }

  /** Remembers why a pod couldn't be made, and when to try again, for the next pass to tell its node. */
  #refused(key: string, memory: Memory, pod: Pod, { refusal, message }: Exclude<Created, { pod: Pod }>): void {
    const { log, again } = this.#options;
    const { name } = pod.metadata;
    const now = this.#now().getTime();
    const over = refusal === "soon" && memory.patience.isOver(name, now, SOON_MS);
    if (refusal === "never" || over) {
      const reason = over ? `${message} (for ${SOON_MS / 60_000} minutes)` : message;
      log.warn({ workflow: key, pod: name, reason }, "the pod was refused");
      memory.refused.set(name, rejectedPod(pod, reason));
      again(key);
      return;
    }
    const isKnown = memory.refused.get(name)?.status?.message === message;
    if (!isKnown) log.warn({ workflow: key, pod: name, reason: message }, "the pod has to wait");
    memory.refused.set(name, waitingPod(pod, message));
    if (!isKnown) again(key);
    again(key, now + LATER_MS);
  }

  async #act(key: string, workflow: Workflow, result: Advance, memory: Memory): Promise<void> {
    const { client, caches, metrics } = this.#options;
    const { namespace } = workflow.metadata;
    const uids = new Map(caches.pods(key).map(({ metadata }) => [metadata.name, metadata.uid]));
    const create = async (pod: Pod) => {
      const created = await createPod(client, workflow, pod);
      if ("pod" in created) {
        metrics.pods.inc({ operation: "created", namespace });
        memory.refused.delete(pod.metadata.name);
        memory.patience.forget(pod.metadata.name);
        caches.offerPod(created.pod);
      } else this.#refused(key, memory, pod, created);
    };
    const remove = async (name: string) => {
      memory.refused.delete(name);
      if (await deletePod(client, namespace, name, uids.get(name)))
        metrics.pods.inc({ operation: "deleted", namespace });
    };
    const complete = async (name: string) => {
      if (!uids.has(name)) return;
      const pod = await labelCompleted(client, namespace, name);
      if (pod) caches.offerPod(pod);
    };
    await Promise.all(result.podsToCreate.map(create));
    await Promise.all([...result.podsToDelete.map(remove), ...result.podsCompleted.map(complete)]);
  }
}

/** A library that records which templates it lacks. */
function noting(library: Library, missed: string[]): Library {
  return {
    workflowTemplate: (name) => {
      const found = library.workflowTemplate(name);
      if (!found) missed.push(`namespaced/${name}`);
      return found;
    },
    clusterWorkflowTemplate: (name) => {
      const found = library.clusterWorkflowTemplate(name);
      if (!found) missed.push(`cluster/${name}`);
      return found;
    },
  };
}
