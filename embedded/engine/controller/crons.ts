// Makes the Workflows of CronWorkflows at their times, deletes those that aren't kept, and writes what there is into their status.
import { ApiError, isStatus } from "@agentic/kube/client/api-error.ts";
import type { Watches } from "@agentic/kube/client/client.ts";
import type { Informer } from "@agentic/kube/controller/informer.ts";
import { keyOf, namespaceOf } from "@agentic/kube/controller/object.ts";
import { WorkQueue } from "@agentic/kube/controller/work-queue.ts";
import { type CronDecision, type CronMemory, decideCron, withProblem, withStarted } from "../core/cron/decide.ts";
import type { CronWorkflow, CronWorkflowStatus } from "../core/cron/types.ts";
import type { Workflow } from "../core/types.ts";
import type { Caches } from "./caches.ts";
import { type Requests, STRICT } from "./client.ts";
import { CronChildren } from "./cron-children.ts";
import { Informers } from "./informers.ts";
import { mergePatch } from "./merge-patch.ts";
import type { Metrics } from "./metrics.ts";
import * as paths from "./paths.ts";
import { retryAfter } from "./refusals.ts";
import { warn } from "./tell.ts";
import type { WriterOptions } from "./writer.ts";

export interface CronOptions extends Pick<WriterOptions, "log"> {
  client: Requests & Watches;
  caches: Caches;
  metrics: Metrics;
  /** Empty for all. */
  namespaces: readonly string[];
  onProblem: (error: Error, path: string) => void;
  now?: () => Date;
}

const PLURAL = "cronworkflows";
/** CronWorkflows that are handled at the same time. */
const WORKERS = 4;
/** Milliseconds from the creation of one until it counts as wrong: the cache may not have a template yet that was made just before. */
const SETTLE_MS = 2_000;
/** Milliseconds for which a Workflow that the server does not take yet, such as for a quota, is tried again without a deadline. */
const RETRY_LIMIT_MS = 15_000;

export class CronController {
  readonly #options: CronOptions;
  readonly #now: () => Date;
  readonly #queue = new WorkQueue({ groupOf: namespaceOf });
  readonly #children: CronChildren;
  readonly #informers: Informers;
  readonly #crons: Informer<CronWorkflow>[];
  /** By the uid of each. After a restart its times count from then on, but for the one that its deadline lets be made up. */
  readonly #memory = new Map<string, CronMemory>();
  #workers: Promise<void> | undefined;

  constructor(options: CronOptions) {
    const { client, caches, namespaces, onProblem, now = () => new Date() } = options;
    this.#options = options;
    this.#now = now;
    this.#children = new CronChildren(caches);
    this.#informers = new Informers({ client, onError: onProblem });
    this.#crons = (namespaces.length > 0 ? namespaces : [undefined]).map((scope) =>
      this.#informers.add<CronWorkflow>({
        path: paths.ofKind(PLURAL, scope),
        // The cluster may not have the kind.
        optional: true,
        onChange: ({ type, object }) => {
          if (type === "deleted") this.#memory.delete(object.metadata.uid ?? "");
          this.#queue.add(keyOf(object));
        },
      }),
    );
  }

  /** Takes note of a Workflow that has changed, or is gone. */
  noteWorkflow(key: string): void {
    const cron = this.#children.note(key);
    if (cron !== undefined) this.#queue.add(cron);
  }

  /** Looks again at those that a template has kept from running; `namespace`: the template's, undefined for one of the cluster. */
  noteTemplate(namespace: string | undefined): void {
    for (const informer of this.#crons)
      for (const cron of informer.values())
        if (namespace === undefined || cron.metadata.namespace === namespace) this.#queue.add(keyOf(cron));
  }

  /** Begins; only once the caches of Workflows and templates are complete. */
  start(): void {
    this.#informers.start();
    this.#workers = this.#queue.run(WORKERS, async (key) => {
      try {
        await this.reconcile(key);
      } catch (error) {
        const level = isStatus(error, 409) ? "debug" : "warn";
        const { message } = error as Error;
        this.#options.log[level]({ cronWorkflow: key, error: message }, "CronWorkflow: trying again");
        this.#queue.retry(key, error instanceof ApiError ? error.retryAfterMs : undefined);
      }
    });
  }

  async stop(): Promise<void> {
    this.#queue.stop();
    await Promise.all([this.#informers.stop(), this.#workers]);
  }

  #find(key: string): CronWorkflow | undefined {
    for (const informer of this.#crons) {
      const cron = informer.get(key);
      if (cron) return cron;
    }
    return undefined;
  }

  /** Does what is to be done for one now. Throws errors after which a retry makes sense; its time is still to come then. */
  async reconcile(key: string): Promise<void> {
    const { caches } = this.#options;
    const cron = this.#find(key);
    // The Workflows of one that is deleted go with it: the API server's garbage collector.
    if (!cron) return this.#queue.drop(key);
    if (cron.metadata.deletionTimestamp) return;
    const { namespace, uid = "" } = cron.metadata;
    const now = this.#now().getTime();
    const decision = decideCron({
      cron,
      workflows: this.#children.of(uid),
      library: caches.library(namespace),
      memory: this.#memory.get(uid),
      now,
    });
    const settled = Date.parse(cron.metadata.creationTimestamp ?? "") + SETTLE_MS;
    if (decision.problem?.type === "SpecError" && now < settled) return this.#queue.addAfter(key, settled - now);
    const { status, memory, problem } = await this.#act(cron, decision, now);
    await this.#write(cron, { ...decision, status });
    // Only now: what could not be written is decided again, and its Workflow is there already.
    if (memory) this.#memory.set(uid, memory);
    else this.#memory.delete(uid);
    // A spec is told of once, each Workflow that can't be made anew.
    const isKnown = cron.status?.conditions?.some(
      ({ type, message }) => type === "SpecError" && message === problem?.message,
    );
    if (problem && !isKnown) await this.#tell(cron, problem);
    for (const workflow of decision.prune) await this.#delete(workflow);
    if (decision.wakeAt !== undefined) this.#queue.addAfter(key, decision.wakeAt - this.#now().getTime());
    this.#queue.forget(key);
  }

  /** Makes the Workflow whose time it is; the status, the memory and the problem after that. */
  async #act(
    cron: CronWorkflow,
    decision: CronDecision,
    now: number,
  ): Promise<Pick<CronDecision, "status" | "memory" | "problem">> {
    const { start, status, memory } = decision;
    const { client, caches, log, metrics } = this.#options;
    const { namespace, name } = cron.metadata;
    if (decision.limitedBy !== undefined)
      metrics.cronPolicies.inc({ name, namespace, concurrency_policy: decision.limitedBy });
    if (!start) return decision;
    for (const active of start.terminates) await this.#terminate(namespace, active);
    let made: Workflow;
    try {
      made = await client.create<Workflow>(paths.workflows(namespace), start.workflow, STRICT);
      caches.offerWorkflow(made);
      log.info({ cronWorkflow: `${namespace}/${name}`, workflow: made.metadata.name }, "made a scheduled workflow");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.reason === "AlreadyExists") {
        // An engine has made it that was ended before it could say so: there is one for each time.
        made = await client.get<Workflow>(paths.workflow(namespace, start.workflow.metadata.name));
      } else {
        const problem = { type: "SubmissionError", message: `Failed to submit Workflow: ${error.message}` } as const;
        const limit = Math.max(RETRY_LIMIT_MS, (cron.spec.startingDeadlineSeconds ?? 0) * 1000);
        if (retryAfter(error) !== "none" && now < start.time + limit) {
          if (error.status === 403) await this.#tell(cron, problem);
          throw error;
        }
        metrics.cronTriggers.inc({ name, namespace });
        const refused = memory && { ...memory, refused: start.time };
        return { status: withProblem(status, problem), problem, ...(refused ? { memory: refused } : {}) };
      }
    }
    metrics.cronTriggers.inc({ name, namespace });
    this.noteWorkflow(keyOf(made));
    return { status: withStarted(status, made, start.time), ...(memory ? { memory } : {}) };
  }

  /** Writes what has changed; throws a conflict where that was of an older state. */
  async #write(cron: CronWorkflow, decision: Pick<CronDecision, "status" | "labels" | "annotations">): Promise<void> {
    const { metadata } = cron;
    const status: CronWorkflowStatus | undefined = mergePatch(cron.status ?? {}, decision.status) as never;
    const labels = mergePatch(metadata.labels ?? {}, { ...metadata.labels, ...decision.labels });
    const annotations = mergePatch(metadata.annotations ?? {}, { ...metadata.annotations, ...decision.annotations });
    if (!status && !labels && !annotations) return;
    const patch = { metadata: { resourceVersion: metadata.resourceVersion, labels, annotations }, status };
    try {
      const path = `${paths.ofKind(PLURAL, metadata.namespace)}/${metadata.name}`;
      const written = await this.#options.client.patch<CronWorkflow>(path, patch);
      for (const informer of this.#crons) if (informer.get(keyOf(cron))) informer.observe(written);
    } catch (error) {
      // It is gone; or it is outside of the namespaces in which the engine runs Workflows, and the event says what is wrong.
      if (!isStatus(error, 403, 404)) throw error;
    }
  }

  async #tell({ metadata }: CronWorkflow, { type, message }: NonNullable<CronDecision["problem"]>): Promise<void> {
    const { client, log, metrics } = this.#options;
    metrics.errors.inc({ cause: `CronWorkflow${type}` });
    log.warn({ cronWorkflow: `${metadata.namespace}/${metadata.name}`, reason: type }, message);
    await warn(client, { kind: "CronWorkflow", metadata, reason: type, message, at: this.#now() }).catch(
      (error: unknown) => {
        if (!isStatus(error, 403, 404, 409)) throw error;
      },
    );
  }

  async #terminate(namespace: string, name: string): Promise<void> {
    const { client, caches } = this.#options;
    try {
      const path = paths.workflow(namespace, name);
      caches.offerWorkflow(await client.patch<Workflow>(path, { spec: { shutdown: "Terminate" } }));
    } catch (error) {
      if (!isStatus(error, 404)) throw error;
    }
  }

  async #delete({ metadata }: Workflow): Promise<void> {
    const body = { propagationPolicy: "Background", preconditions: { uid: metadata.uid } };
    await this.#options.client
      .delete(paths.workflow(metadata.namespace, metadata.name), body)
      .catch((error: unknown) => {
        // It is gone, or another one has its name.
        if (!isStatus(error, 404, 409)) throw error;
      });
  }
}
