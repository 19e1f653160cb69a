// The reconciler: reads the caches, calls the core, writes the status, then creates and deletes pods. The status comes first: an
// accepted write proves that the core has seen the newest workflow, so that a stale cache never creates or deletes a pod.
import { isStatus } from "@agentic/kube/client/api-error.ts";
import { type Advance, advance, isOver } from "../core/advance.ts";
import type { Library, Pod, Workflow, WorkflowTemplate } from "../core/types.ts";
import * as paths from "./paths.ts";
import { createPod, deletePod, labelCompleted, readLog } from "./pods.ts";
import { FailureTimes, RETRY_LIMIT_MS, type Refusal, rejectedPod, waitingPod } from "./refusals.ts";
import { type Whose, whoseIs } from "./whose.ts";
import { WorkflowWriter, type WriterOptions } from "./writer.ts";

export interface ControllerOptions extends WriterOptions {
  /** Cancels the pending passes of a deleted workflow. */
  forget: (key: string) => void;
  /** RuntimeClass of every pod. Default: the cluster's. */
  runtimeClass?: string;
  now?: () => Date;
}

/** Milliseconds until a refused pod or a log is tried again. */
const RETRY_MS = 2_000;
/** Milliseconds between a pass that has changed nothing and the next one, at least. */
const IDLE_MS = 1_000;
/** Milliseconds for which reading a log is retried; the node does not end before that. */
const LOG_TIMEOUT_MS = 30_000;

/** What the controller knows of a workflow in addition to the caches; after a restart it is found out again. */
interface Memory {
  uid: string | undefined;
  /** For the log. */
  whose: Whose;
  /** Pods that the server refused, by name: the core gets them like pods that exist. */
  refused: Map<string, Pod>;
  /** The logs that were read, or the reason why one can't be, by the pod's uid. */
  logs: Map<string, Pick<Pod, "logs" | "logProblem">>;
  /** Since when creating a pod (by its name) or reading a log (by the pod's uid) fails. */
  failingSince: FailureTimes;
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

  /** Does one pass over a workflow. Throws errors after which a retry makes sense. */
  async reconcile(key: string): Promise<void> {
    const { caches, metrics } = this.#options;
    const workflow = caches.workflow(key);
    if (!workflow) {
      this.#memory.delete(key);
      this.#options.forget(key);
      return;
    }
    // Kubernetes deletes the pods of a deleted workflow, which owns them.
    if (workflow.metadata.deletionTimestamp) return;
    const stop = metrics.operation.startTimer();
    try {
      await this.#pass(key, workflow);
    } finally {
      stop();
    }
  }

  #memoryOf(key: string, workflow: Workflow): Memory {
    const existing = this.#memory.get(key);
    if (existing && existing.uid === workflow.metadata.uid) return existing;
    const memory: Memory = {
      uid: workflow.metadata.uid,
      whose: whoseIs(workflow),
      refused: new Map(),
      logs: new Map(),
      failingSince: new FailureTimes(),
    };
    this.#memory.set(key, memory);
    return memory;
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
    const { caches, log, requeue } = this.#options;
    const { namespace, name } = workflow.metadata;
    const memory = this.#memoryOf(key, workflow);
    const missing: string[] = [];
    let result = this.#advance(workflow, key, memory, recordingMissing(caches.library(namespace), missing));

    // The cache may not have a template yet that was made just before the workflow.
    if (!workflow.status?.phase && missing.length > 0 && (await this.#fetchTemplates(namespace, missing))) {
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
    } else if (result.podsToCreate.length > 0 && !(await this.#writer.isCurrent(workflow))) {
      return;
    }
    await this.#act(key, workflow, result, memory);
    // A wake-up time in the past, without a change, would repeat the pass at once, without end.
    const earliest = result.changed ? 0 : this.#now().getTime() + IDLE_MS;
    if (result.wakeAt) requeue(key, Math.max(result.wakeAt.getTime(), earliest));
    if (isOver(result.status.phase)) this.#memory.delete(key);
    if (result.changed && result.status.phase !== workflow.status?.phase) {
      this.#options.metrics.countPhase({ ...workflow, status: result.status }, caches.library(namespace));
      log.info(
        {
          workflow: key,
          ...memory.whose,
          phase: result.status.phase,
          message: result.status.message,
          progress: result.status.progress,
        },
        `workflow ${name} is ${result.status.phase}`,
      );
    }
  }

  /** Reads the logs of pods into memory. A log that can't be read is tried again for a limited time. */
  async #readLogs(key: string, memory: Memory, podNames: string[]): Promise<void> {
    const { caches, client, log, requeue } = this.#options;
    const pods = new Map(caches.pods(key).map((pod) => [pod.metadata.name, pod]));
    const read = async (name: string) => {
      const pod = pods.get(name);
      if (!pod) return;
      const result = await readLog(client, pod.metadata.namespace, name);
      const uid = pod.metadata.uid ?? "";
      const now = this.#now().getTime();
      if ("logs" in result) memory.logs.set(uid, result);
      else if (result.temporary && !memory.failingSince.exceeds(uid, now, LOG_TIMEOUT_MS)) requeue(key, now + RETRY_MS);
      else {
        log.warn(
          { workflow: key, ...memory.whose, pod: name, problem: result.problem },
          "the pod's log cannot be read",
        );
        memory.logs.set(uid, { logProblem: result.problem });
      }
    };
    await Promise.all(podNames.map(read));
  }

  /** Reads templates from the API server into the caches; whether there was any. */
  async #fetchTemplates(namespace: string, references: string[]): Promise<boolean> {
    const { client, caches } = this.#options;
    const found = await Promise.all(
      [...new Set(references)].map(async (reference) => {
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

  /** Remembers a pod that the server refused, so that the next pass gives its node the reason, and requeues the workflow. */
  #recordRefusal(key: string, memory: Memory, pod: Pod, { retry, message }: Refusal): void {
    const { log, requeue } = this.#options;
    const { name } = pod.metadata;
    const now = this.#now().getTime();
    const timedOut = retry === "limited" && memory.failingSince.exceeds(name, now, RETRY_LIMIT_MS);
    if (retry === "none" || timedOut) {
      const reason = timedOut ? `${message} (for ${RETRY_LIMIT_MS / 60_000} minutes)` : message;
      log.warn({ workflow: key, ...memory.whose, pod: name, reason }, "the pod was refused");
      memory.refused.set(name, rejectedPod(pod, reason));
      requeue(key);
      return;
    }
    const isKnown = memory.refused.get(name)?.status?.message === message;
    if (!isKnown) log.warn({ workflow: key, ...memory.whose, pod: name, reason: message }, "the pod has to wait");
    memory.refused.set(name, waitingPod(pod, message));
    if (!isKnown) requeue(key);
    requeue(key, now + RETRY_MS);
  }

  async #act(key: string, workflow: Workflow, result: Advance, memory: Memory): Promise<void> {
    const { client, caches, runtimeClass } = this.#options;
    const { namespace } = workflow.metadata;
    const uids = new Map(caches.pods(key).map(({ metadata }) => [metadata.name, metadata.uid]));
    const create = async (pod: Pod) => {
      const created = await createPod(client, { workflow, pod, runtimeClass });
      if ("pod" in created) {
        memory.refused.delete(pod.metadata.name);
        memory.failingSince.forget(pod.metadata.name);
        caches.offerPod(created.pod);
      } else this.#recordRefusal(key, memory, pod, created);
    };
    const remove = async (name: string) => {
      memory.refused.delete(name);
      await deletePod(client, namespace, name, uids.get(name));
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

/** A library that adds the templates that it doesn't have to `missing`. */
function recordingMissing(library: Library, missing: string[]): Library {
  return {
    workflowTemplate: (name) => {
      const template = library.workflowTemplate(name);
      if (!template) missing.push(`namespaced/${name}`);
      return template;
    },
    clusterWorkflowTemplate: (name) => {
      const template = library.clusterWorkflowTemplate(name);
      if (!template) missing.push(`cluster/${name}`);
      return template;
    },
  };
}
