// Reconciles one workload: observe, decide, act, write the status. It keeps no state between reconciliations.

import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import type { Prices } from "@agentic/api/prices.ts";
import { clean, cut } from "@agentic/api/text.ts";
import { workloadTrace } from "@agentic/api/trace.ts";
import { ApiError, isStatus } from "@agentic/kube/client/api-error.ts";
import type { KubeApi } from "@agentic/kube/client/client.ts";
import { keyOf } from "@agentic/kube/controller/object.ts";
import { nothingSaid } from "@agentic/kube/workloads/answer.ts";
import { workloadPath } from "@agentic/kube/workloads/paths.ts";
import type { Logger } from "pino";
import { PATHS, type Workflow } from "../argo.ts";
import { decide } from "../decide/decide.ts";
import { jobIdOf } from "../decide/parameters.ts";
import type { Action, BudgetRules, Decision, Observed } from "../decide/types.ts";
import { attemptOf, owns } from "../decide/workflow.ts";
import type { EventNote } from "../kube/events.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { observeTransition } from "../metrics/transitions.ts";
import type { Notifier } from "../notify/notifier.ts";
import type { PolicyClient } from "../policy.ts";
import type { SpanSender } from "../trace/sender.ts";
import type { Caches } from "./caches.ts";
import type { Claims } from "./claims.ts";
import type { CostRecords } from "./cost-records.ts";
import { mergeDiff } from "./patch.ts";
import { type Abridged, isAbridged, isSettled, type KnownWorkload, type Settled } from "./trim.ts";

export interface ReconcilerOptions {
  client: KubeApi;
  caches: Caches;
  claims: Claims;
  policy: Pick<PolicyClient, "ask">;
  notifier: Pick<Notifier, "send" | "ended" | "settled" | "recall" | "prune">;
  events: { record(workload: AgentWorkload, note: EventNote): void };
  metrics: Metrics;
  /** Absent: no spans are sent. */
  spans?: Pick<SpanSender, "observe"> | undefined;
  log: Logger;
  /** What costs are reckoned with. Default: they aren't. */
  prices?: Prices | undefined;
  records: Pick<CostRecords, "enabled" | "store" | "spent" | "keepDeleted">;
  /** How budgets are held. Default: they aren't. */
  budgets?: BudgetRules | undefined;
  /** Whether other workloads wait: then the status of a workload whose Workflow was just created is written later. */
  busy?: () => boolean;
  now?: () => number;
}

/** When to reconcile again: after a time, with growing waits, once no other workload waits, or (with no field set) only after a change. */
export interface Next {
  afterMs?: number;
  backoff?: boolean;
  later?: boolean;
}

/** Answers to a creation that refuse nothing: credentials expired, too slow, too busy, away for a moment. */
const TRANSIENT: readonly number[] = [401, 408, 429, 502, 503, 504];

/** More rounds than any workload needs: reaching it is a defect. */
const MAX_ROUNDS = 8;

export class Reconciler {
  readonly #options: ReconcilerOptions;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /** Reconciles the workload with this key. Throws errors that a retry may solve. */
  async reconcile(key: string): Promise<Next> {
    const { caches, notifier, records } = this.#options;
    const known = caches.workloads.get(key);
    notifier.prune(key, known?.metadata.uid);
    this.#claim(key, known);
    if (!known) return {};
    if (isSettled(known)) {
      const { deleteAt } = known;
      if (deleteAt === undefined) return {};
      const waitMs = deleteAt - (this.#options.now ?? Date.now)();
      if (waitMs > 0) return { afterMs: waitMs };
    }
    const workload = isSettled(known) || isAbridged(known) ? await this.#read(known) : known;
    if (!workload) return {};
    if (workload.metadata.deletionTimestamp) await records.keepDeleted(workload);
    await this.#findRun(workload);
    const observed: Observed = {
      workload,
      runs: caches.runsOf(workload),
      template: caches.templateOf(workload),
      tenant: caches.tenantOf(workload),
      answers: {},
      deliveries: notifier.ended(workload),
      prices: this.#options.prices,
      keepsRecords: records.enabled,
      spent: workload.spec.budget && !workload.status?.completedAt ? await records.spent(workload) : undefined,
      budgets: this.#options.budgets,
      now: 0,
    };
    const notes = new Map<string, EventNote>();
    let created = false;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      observed.now = (this.#options.now ?? Date.now)();
      const decision = decide(observed);
      for (const note of decision.events) notes.set(`${note.reason} ${note.message}`, note);
      if (decision.ask) {
        observed.answers[decision.ask.rule] = await this.#options.policy.ask(decision.ask);
        continue;
      }
      const action = decision.actions.find(({ kind }) => kind === "create" || kind === "patch");
      if (decision.actions.some(({ kind }) => kind === "record")) {
        // What the steps have reported is not all: the gateway's own account is read before the record is made.
        const { spent } = observed;
        observed.spent ??= await records.spent(workload);
        if (observed.spent === spent) observed.recorded = await records.store(observed, decision.status);
        continue;
      }
      if (action) {
        created = (await this.#write(observed, action)) || created;
        // Others wait for their start: what follows from this one is decided, and written down, once none does.
        if (created && this.#options.busy?.()) return { later: true };
        continue;
      }
      return this.#conclude(observed, decision, [...notes.values()]);
    }
    throw new Error(`no decision after ${MAX_ROUNDS} rounds`);
  }

  /** Claims the artifact places of all workloads that run, before the first reconciliation could give one away. */
  begin(): void {
    for (const workload of this.#options.caches.workloads.values()) this.#claim(keyOf(workload), workload);
  }

  #claim(key: string, known: KnownWorkload | undefined): void {
    const { caches, claims } = this.#options;
    if (!known || isSettled(known)) claims.release(key);
    else claims.observe(key, known, caches.tenantOf(known));
  }

  /** Reads a workload of which the cache keeps little from the API server; undefined where it is gone. */
  async #read({ metadata }: Settled | Abridged): Promise<AgentWorkload | undefined> {
    try {
      return await this.#options.client.get<AgentWorkload>(workloadPath(metadata.namespace ?? "", metadata.name));
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  }

  /** Reads the Workflow that the status names from the API server where the cache lacks it, as it may lag behind. */
  async #findRun(workload: AgentWorkload): Promise<void> {
    const known = workload.status?.argoWorkflow;
    if (!known || workload.status?.completedAt) return;
    // A status that somebody edited may name another namespace; the Workflow is always in the workload's own.
    const { namespace = "" } = workload.metadata;
    const { caches } = this.#options;
    if (caches.workflows.get(`${namespace}/${known.name}`)) return;
    const run = await this.#readRun(namespace, known.name);
    if (run && owns(workload, run)) caches.observeWorkflow(run);
  }

  /** Reads a Workflow from the API server; undefined where there is none. */
  async #readRun(namespace: string, name: string): Promise<Workflow | undefined> {
    const path = `${PATHS.workflowsIn(namespace)}/${encodeURIComponent(name)}`;
    try {
      return await this.#options.client.get<Workflow>(path);
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  }

  /** Creates or patches the Workflow, and adds the result to what is observed. Returns whether it created one. */
  async #write(observed: Observed, action: Action): Promise<boolean> {
    const { workload } = observed;
    const { caches, claims, client } = this.#options;
    if (action.kind === "create") {
      observed.holder = claims.take(workload, observed.tenant);
      if (observed.holder !== undefined) return false;
      const run = await this.#create(observed, action.workflow);
      if (run) this.#replace(observed, caches.observeWorkflow(run));
      else if (!workload.status?.argoWorkflow) claims.release(keyOf(workload));
      return run !== undefined;
    }
    if (action.kind !== "patch") return false;
    const path = `${PATHS.workflowsIn(workload.metadata.namespace ?? "")}/${action.workflow}`;
    const run = await client.patch<Workflow>(path, action.patch);
    this.#replace(observed, caches.observeWorkflow(run));
    this.#log(workload).info({ workflow: action.workflow, why: action.why }, "patched the Workflow");
    return false;
  }

  async #create(observed: Observed, workflow: Workflow): Promise<Workflow | undefined> {
    const { client, metrics } = this.#options;
    const { workload } = observed;
    const { namespace = "" } = workload.metadata;
    const { name } = workflow.metadata;
    try {
      const run = await client.create<Workflow>(PATHS.workflowsIn(namespace), workflow);
      metrics.workflowsCreated.inc();
      const delay =
        Date.parse(run.metadata.creationTimestamp ?? "") - Date.parse(workload.metadata.creationTimestamp ?? "");
      if (attemptOf(workflow) > 0) metrics.retries.inc({ kind: workload.status?.failure?.kind ?? "unknown" });
      else {
        metrics.submissions.inc({ result: "started" });
        if (delay >= 0) metrics.createLatency.observe(delay / 1000);
      }
      this.#log(workload).info({ workflow: run.metadata.name }, "created the Workflow");
      return run;
    } catch (error) {
      // Admission may refuse with any status; the workload's owner reads the reason in its status.
      if (!(error instanceof ApiError) || TRANSIENT.includes(error.status)) throw error;
      // An earlier reconciliation created it, but did not get to write the status; or this one did, and the answer was lost.
      const run = error.status === 409 || error.status >= 500 ? await this.#readRun(namespace, name) : undefined;
      if (run && owns(workload, run)) return run;
      observed.refusal = run
        ? `Workflow ${name} exists already and belongs to another owner; delete it`
        : cut(clean(error.message), 1024);
      return undefined;
    }
  }

  #replace(observed: Observed, run: Workflow): void {
    observed.runs = [...observed.runs.filter(({ metadata }) => metadata.name !== run.metadata.name), run];
  }

  /** Writes the status, then runs the actions that need it written. */
  async #conclude(observed: Observed, decision: Decision, notes: EventNote[]): Promise<Next> {
    const { client, caches, events, metrics, notifier } = this.#options;
    const { workload } = observed;
    const { namespace = "", name, resourceVersion } = workload.metadata;
    const path = workloadPath(namespace, name);
    const statusPatch = mergeDiff(workload.status ?? {}, decision.status);
    let updated = workload;
    if (statusPatch) {
      const phase = decision.status.phase;
      try {
        updated = await client.patch<AgentWorkload>(`${path}/status`, {
          metadata: { resourceVersion },
          status: statusPatch,
        });
      } catch (error) {
        if (isStatus(error, 404)) return {};
        throw error;
      }
      caches.workloads.observe(updated);
      const { status } = decision;
      const transition = { workload, status, runs: observed.runs };
      observeTransition(metrics, { ...transition, template: observed.template });
      this.#options.spans?.observe({ ...transition, tenant: observed.tenant });
      if (phase !== workload.status?.phase) this.#log(workload).info({ phase }, decision.status.message ?? "");
    }
    for (const note of notes) events.record(workload, note);
    notifier.settled(workload, observed.deliveries);
    notifier.recall(updated);
    for (const action of decision.actions) await this.#follow(updated, action, path);
    return {
      ...(decision.wakeAt === undefined ? {} : { afterMs: Math.max(0, decision.wakeAt - observed.now) }),
      ...(decision.backoff ? { backoff: true } : {}),
    };
  }

  async #follow(workload: AgentWorkload, action: Action, path: string): Promise<void> {
    const { client, caches, notifier } = this.#options;
    const { uid, resourceVersion } = workload.metadata;
    if (action.kind === "notify") {
      const notification = workload.status?.notifications?.[action.index];
      if (notification) notifier.send(workload, notification);
    } else if (action.kind === "clearApproval") {
      const metadata = { resourceVersion, annotations: nothingSaid(workload.metadata.annotations) };
      caches.workloads.observe(await client.patch(path, { metadata }));
    } else if (action.kind === "delete") {
      this.#log(workload).info("deleting the workload: ttlSecondsAfterFinished is over");
      // Only if unchanged: a new spec may have restarted the workload.
      await client.delete(path, {
        apiVersion: "v1",
        kind: "DeleteOptions",
        preconditions: { uid, resourceVersion },
        propagationPolicy: "Background",
      });
    }
  }

  #log(workload: AgentWorkload): Logger {
    const { namespace, name } = workload.metadata;
    const { traceId, spanId } = workloadTrace(workload, 0);
    const attempt = workload.status?.attempt ?? 0;
    return this.#options.log.child({
      jobId: jobIdOf(workload),
      tenant: namespace,
      workload: `${namespace}/${name}`,
      attempt,
      traceId,
      spanId,
    });
  }
}
