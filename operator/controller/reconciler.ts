// One look at one workload: observe, decide, act, write the status. It keeps nothing between looks.

import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { DEFAULTS } from "@agentic/api/phases.ts";
import { clean, cut } from "@agentic/api/text.ts";
import { ApiError, isStatus } from "@agentic/kube/client/api-error.ts";
import type { KubeApi } from "@agentic/kube/client/client.ts";
import { keyOf } from "@agentic/kube/controller/object.ts";
import type { Logger } from "pino";
import { PATHS, type Workflow } from "../argo.ts";
import { decide } from "../decide/decide.ts";
import { jobIdOf } from "../decide/parameters.ts";
import type { Action, Decision, World } from "../decide/types.ts";
import { owns } from "../decide/workflow.ts";
import type { EventNote } from "../kube/events.ts";
import type { Metrics } from "../metrics.ts";
import type { Notifier } from "../notify/notifier.ts";
import type { PolicyClient } from "../policy.ts";
import { type Caches, workloadPath } from "./caches.ts";
import type { Claims } from "./claims.ts";
import { mergeDiff } from "./patch.ts";
import { isSettled, type KnownWorkload, type Settled } from "./trim.ts";

export interface ReconcilerOptions {
  client: KubeApi;
  caches: Caches;
  claims: Claims;
  policy: Pick<PolicyClient, "ask">;
  notifier: Pick<Notifier, "send" | "ended" | "settled" | "prune">;
  events: { record(workload: AgentWorkload, note: EventNote): void };
  metrics: Metrics;
  log: Logger;
  /** Whether more urgent work waits: then a new Workflow's status is left for the next look. */
  busy?: () => boolean;
  now?: () => number;
}

/** When to look again: at a time, with growing waits, at once, or only when told. */
export interface Next {
  afterMs?: number;
  backoff?: boolean;
  again?: boolean;
}

/** More rounds than any workload needs; beyond is a defect, not a wait. */
const MAX_ROUNDS = 8;

export class Reconciler {
  readonly #options: ReconcilerOptions;

  constructor(options: ReconcilerOptions) {
    this.#options = options;
  }

  /** Looks at the workload with this key. Throws what is worth another try. */
  async reconcile(key: string): Promise<Next> {
    const { caches, notifier } = this.#options;
    const known = caches.workloads.get(key);
    notifier.prune(key, known?.metadata.uid);
    this.#claim(key, known);
    if (!known) return {};
    let workload: AgentWorkload;
    if (isSettled(known)) {
      const { deleteAt } = known;
      if (deleteAt === undefined) return {};
      const waitMs = deleteAt - (this.#options.now ?? Date.now)();
      if (waitMs > 0) return { afterMs: waitMs };
      const whole = await this.#read(known);
      if (!whole) return {};
      workload = whole;
    } else workload = known;
    await this.#findRun(workload);
    const world: World = {
      workload,
      runs: caches.runsOf(workload),
      template: caches.templateOf(workload),
      tenant: caches.tenantOf(workload),
      answers: {},
      deliveries: notifier.ended(workload),
      now: 0,
    };
    const notes = new Map<string, EventNote>();
    let created = false;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      world.now = (this.#options.now ?? Date.now)();
      const decision = decide(world);
      for (const note of decision.events) notes.set(`${note.reason} ${note.message}`, note);
      if (decision.ask) {
        world.answers[decision.ask.rule] = await this.#options.policy.ask(decision.ask);
        continue;
      }
      const action = decision.actions.find(({ kind }) => kind === "create" || kind === "patch");
      if (action) {
        created = (await this.#write(world, action)) || created;
        continue;
      }
      if (created && this.#options.busy?.()) return { again: true };
      return this.#conclude(world, decision, [...notes.values()]);
    }
    throw new Error(`no decision after ${MAX_ROUNDS} rounds`);
  }

  /** Takes note of who writes where, before any workload is looked at: the first one must not overlook those that run. */
  begin(): void {
    for (const workload of this.#options.caches.workloads.values()) this.#claim(keyOf(workload), workload);
  }

  #claim(key: string, known: KnownWorkload | undefined): void {
    const { caches, claims } = this.#options;
    if (!known || isSettled(known)) claims.release(key);
    else claims.observe(key, known, caches.tenantOf(known));
  }

  /** The whole of a workload that the cache keeps little of; undefined where it is gone. */
  async #read({ metadata }: Settled): Promise<AgentWorkload | undefined> {
    try {
      return await this.#options.client.get<AgentWorkload>(workloadPath(metadata.namespace ?? "", metadata.name));
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  }

  /** Reads the Workflow that the status names where the cache lacks it: perhaps it is only late. */
  async #findRun(workload: AgentWorkload): Promise<void> {
    const known = workload.status?.argoWorkflow;
    if (!known || workload.status?.completedAt) return;
    const { caches, client } = this.#options;
    if (caches.workflows.get(`${known.namespace}/${known.name}`)) return;
    try {
      const run = await client.get<Workflow>(`${PATHS.workflowsIn(known.namespace)}/${known.name}`);
      if (owns(workload, run)) caches.observeWorkflow(run);
    } catch (error) {
      if (!isStatus(error, 404)) throw error;
    }
  }

  /** Makes or patches the Workflow, and takes what came of it into the world. Returns whether it made one. */
  async #write(world: World, action: Action): Promise<boolean> {
    const { workload } = world;
    const { caches, claims, client, metrics } = this.#options;
    const path = PATHS.workflowsIn(workload.metadata.namespace ?? "");
    if (action.kind === "create") {
      world.holder = claims.take(workload, world.tenant);
      if (world.holder !== undefined) return false;
      const run = await this.#create(path, world, action.workflow);
      if (run) this.#replace(world, caches.observeWorkflow(run));
      else if (!workload.status?.argoWorkflow) claims.release(keyOf(workload));
      return run !== undefined;
    }
    if (action.kind !== "patch") return false;
    const run = await client.patch<Workflow>(`${path}/${action.workflow}`, action.patch);
    this.#replace(world, caches.observeWorkflow(run));
    this.#log(workload).info({ workflow: action.workflow, why: action.why }, "patched the Workflow");
    if (action.decision) {
      metrics.gates.inc({ decision: action.decision, mode: workload.spec.approval?.mode ?? DEFAULTS.mode });
    }
    return false;
  }

  async #create(path: string, world: World, workflow: Workflow): Promise<Workflow | undefined> {
    const { client, metrics } = this.#options;
    const { workload } = world;
    try {
      const run = await client.create<Workflow>(path, workflow);
      metrics.workflowsCreated.inc();
      const delay =
        Date.parse(run.metadata.creationTimestamp ?? "") - Date.parse(workload.metadata.creationTimestamp ?? "");
      if (delay >= 0) metrics.createLatency.observe(delay / 1000);
      this.#log(workload).info({ workflow: run.metadata.name }, "made the Workflow");
      return run;
    } catch (error) {
      if (isStatus(error, 409)) {
        // Made before, by a look whose end was lost.
        const run = await client.get<Workflow>(`${path}/${workflow.metadata.name}`);
        if (owns(workload, run)) return run;
        world.refusal = `a Workflow ${workflow.metadata.name} exists that isn't this workload's; delete it`;
        return undefined;
      }
      // Quota, admission, missing rights: the person who made the workload should read why.
      if (error instanceof ApiError && [400, 403, 404, 422].includes(error.status)) {
        world.refusal = cut(clean(error.message), 1024);
        return undefined;
      }
      throw error;
    }
  }

  #replace(world: World, run: Workflow): void {
    world.runs = [...world.runs.filter(({ metadata }) => metadata.name !== run.metadata.name), run];
  }

  /** Writes the status, then does what only follows from a written status. */
  async #conclude(world: World, decision: Decision, notes: EventNote[]): Promise<Next> {
    const { client, caches, events, metrics, notifier } = this.#options;
    const { workload } = world;
    const { namespace = "", name, resourceVersion } = workload.metadata;
    const path = workloadPath(namespace, name);
    const change = mergeDiff(workload.status ?? {}, decision.status);
    let written = workload;
    if (change) {
      const phase = decision.status.phase;
      try {
        written = await client.patch<AgentWorkload>(`${path}/status`, {
          metadata: { resourceVersion },
          status: change,
        });
      } catch (error) {
        if (isStatus(error, 404)) return {};
        throw error;
      }
      caches.workloads.observe(written);
      const { failure } = decision.status;
      if (failure && change.failure) metrics.failures.inc({ kind: failure.kind });
      if (phase !== workload.status?.phase) this.#log(workload).info({ phase }, decision.status.message ?? "");
    }
    for (const note of notes) events.record(workload, note);
    notifier.settled(workload, world.deliveries);
    for (const action of decision.actions) await this.#follow(written, action, path);
    return {
      ...(decision.wakeAt === undefined ? {} : { afterMs: Math.max(0, decision.wakeAt - world.now) }),
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
      const annotations = Object.fromEntries(
        [ANNOTATIONS.approval, ANNOTATIONS.approvedBy, ANNOTATIONS.approvalReason].map((key) => [key, null]),
      );
      caches.workloads.observe(await client.patch(path, { metadata: { resourceVersion, annotations } }));
    } else if (action.kind === "delete") {
      this.#log(workload).info("deleting the workload: its time after the end is over");
      // Unchanged since: a new spec may have set it going again.
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
    return this.#options.log.child({ jobId: jobIdOf(workload), workload: `${namespace}/${name}` });
  }
}
