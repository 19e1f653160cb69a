// Makes the workloads of schedules at their times, deletes those that aren't kept, and writes what there is into the schedules' status.
import type { AgentSchedule } from "@agentic/api/agentschedule.ts";
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { AGENT_SCHEDULE, AGENT_WORKLOAD, ANNOTATIONS, API_GROUP_VERSION, LABELS } from "@agentic/api/names.ts";
import { scheduledName, scheduledWorkload } from "@agentic/api/schedule-workload.ts";
import { clean, cut } from "@agentic/api/text.ts";
import { timestamp } from "@agentic/api/times.ts";
import { ApiError, isStatus } from "@agentic/kube/client/api-error.ts";
import type { KubeApi } from "@agentic/kube/client/client.ts";
import { Informer } from "@agentic/kube/controller/informer.ts";
import { type KubeObject, keyOf, namespaceOf } from "@agentic/kube/controller/object.ts";
import { WorkQueue } from "@agentic/kube/controller/work-queue.ts";
import { workloadPath, workloadsPath } from "@agentic/kube/workloads/paths.ts";
import type { Logger } from "pino";
import { mergeDiff } from "../controller/patch.ts";
import { parseTime } from "../decide/time.ts";
import type { EventNote, EventSubject } from "../kube/events.ts";
import { watching } from "../kube/watching.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { decideSchedule, type ScheduleDecision, type ScheduledWorkload } from "./decide.ts";

/** What the cache keeps of a workload: whose it is, and its state. */
interface Known extends KubeObject, ScheduledWorkload {
  schedule: string;
  /** Uid of the schedule that owns it; a label alone owns nothing. */
  owner: string | undefined;
}

export interface ScheduleOptions {
  client: KubeApi;
  events: { record(subject: EventSubject, note: EventNote): void };
  metrics: Pick<Metrics, "scheduled" | "missedTimes" | "watchErrors">;
  log: Logger;
  /** Milliseconds since the epoch; default the system's clock. */
  now?: () => number;
}

/** Answers to a creation that refuse nothing. */
const TRANSIENT: readonly number[] = [401, 408, 429, 500, 502, 503, 504];

/** Rounds of one reconciliation: make the workload that is due, then conclude. */
const MAX_ROUNDS = 3;

export class ScheduleController {
  readonly schedules: Informer<AgentSchedule>;
  readonly workloads: Informer<AgentWorkload, Known>;
  readonly #queue = new WorkQueue({ groupOf: namespaceOf });
  readonly #options: ScheduleOptions;
  readonly #now: () => number;

  constructor(options: ScheduleOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    const common = watching(options);
    this.schedules = new Informer<AgentSchedule>({
      ...common(AGENT_SCHEDULE.plural),
      path: `/apis/${API_GROUP_VERSION}/${AGENT_SCHEDULE.plural}`,
      // A release before this one has no such definition.
      optional: true,
      onChange: (change) => {
        // What a write returned was decided on by who wrote it.
        if (change.type === "deleted" || change.old !== change.object) this.#queue.add(keyOf(change.object));
      },
    });
    this.workloads = new Informer<AgentWorkload, Known>({
      ...common(AGENT_WORKLOAD.plural),
      path: workloadsPath(),
      query: { labelSelector: LABELS.schedule },
      trim: knownOf,
      onChange: ({ object }) => this.#queue.add(`${object.metadata.namespace}/${object.schedule}`),
    });
  }

  get informers() {
    return [this.schedules, this.workloads];
  }

  /** Handles schedules until {@link stop}: one worker, so that one tenant's make room for another's in turn. */
  async work(): Promise<void> {
    await this.#queue.run(1, async (key) => {
      try {
        await this.#reconcile(key);
      } catch (error) {
        const retryAfterMs = error instanceof ApiError ? error.retryAfterMs : undefined;
        this.#queue.retry(key, retryAfterMs);
        const level = isStatus(error, 409) ? "debug" : "warn";
        this.#options.log[level]({ schedule: key, error: (error as Error).message }, "schedule: trying again");
      }
    });
  }

  /** Ends the worker once its present schedule is handled. */
  stop(): void {
    this.#queue.stop();
  }

  async #reconcile(key: string): Promise<void> {
    let refusal: string | undefined;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const schedule = this.schedules.get(key);
      // With a schedule that is deleted, the API server's garbage collector deletes its workloads.
      if (!schedule) return this.#queue.drop(key);
      if (schedule.metadata.deletionTimestamp) return;
      const workloads = [...this.workloads.values()].filter(({ owner }) => owner === schedule.metadata.uid);
      const now = this.#now();
      const decision = decideSchedule({ schedule, workloads, refusal, now });
      if (!decision.start) return await this.#conclude(schedule, decision, { now, refused: refusal !== undefined });
      // Of what has been decided on an older state of it, another replica may have done the opposite since.
      if (!(await this.#isCurrent(schedule))) return this.#queue.add(key);
      refusal = await this.#start(schedule, decision.start);
      if (refusal === undefined) await this.#write(schedule, decision);
    }
    throw new Error(`no decision after ${MAX_ROUNDS} rounds`);
  }

  /** Whether the schedule is still as the cache has it; otherwise the cache gets the newer one. */
  async #isCurrent({ metadata }: AgentSchedule): Promise<boolean> {
    try {
      const live = await this.#options.client.get<AgentSchedule>(schedulePath(metadata));
      if (live.metadata.resourceVersion === metadata.resourceVersion) return true;
      this.schedules.observe(live);
      return false;
    } catch (error) {
      // The watch is about to bring its deletion.
      if (isStatus(error, 404)) return false;
      throw error;
    }
  }

  /** Makes the workload; returns why the API server refuses it. */
  async #start(
    schedule: AgentSchedule,
    { time, replaces }: NonNullable<ScheduleDecision["start"]>,
  ): Promise<string | undefined> {
    const { events, metrics, log } = this.#options;
    const { namespace = "", name } = schedule.metadata;
    const subject = { kind: AGENT_SCHEDULE.kind, metadata: schedule.metadata };
    for (const workload of replaces) {
      await this.#delete(namespace, workload);
      const message = `deleted workload ${workload.name}, which had not ended, since concurrencyPolicy is Replace`;
      events.record(subject, { type: "Normal", reason: "Replaced", message });
    }
    const made = scheduledName(schedule, time);
    try {
      const workload = ownedWorkload(schedule, time);
      const created = await this.#options.client.create<AgentWorkload>(workloadsPath(namespace), workload);
      this.workloads.observe(created);
      metrics.scheduled.inc({ result: "made" });
      log.info({ schedule: `${namespace}/${name}`, tenant: namespace, workload: made }, "made a scheduled workload");
      const message = `made workload ${made} for ${timestamp(time)}`;
      events.record(subject, { type: "Normal", reason: "WorkloadMade", message });
      return undefined;
    } catch (error) {
      // It is there: an earlier reconciliation has made it, or a person by hand. There is one for each time.
      if (isStatus(error, 409) && (error as ApiError).reason === "AlreadyExists") return undefined;
      if (!(error instanceof ApiError) || error.status === 409 || TRANSIENT.includes(error.status)) throw error;
      metrics.scheduled.inc({ result: "refused" });
      return cut(clean(error.message), 1024);
    }
  }

  async #write(schedule: AgentSchedule, decision: ScheduleDecision): Promise<void> {
    const { client, events, metrics } = this.#options;
    const { metadata } = schedule;
    const patch = mergeDiff(schedule.status ?? {}, decision.status);
    if (patch) {
      const written = await client.patch<AgentSchedule>(`${schedulePath(metadata)}/status`, {
        metadata: { resourceVersion: metadata.resourceVersion },
        status: patch,
      });
      this.schedules.observe(written);
    }
    // Only once it is written: who is cut off before tells of it again.
    if (decision.missed > 0) metrics.missedTimes.inc({ tenant: metadata.namespace ?? "" }, decision.missed);
    for (const note of decision.events) events.record({ kind: AGENT_SCHEDULE.kind, metadata }, note);
  }

  /** Writes the status, deletes what isn't kept, and waits for the next time. */
  async #conclude(
    schedule: AgentSchedule,
    decision: ScheduleDecision,
    { now, refused }: { now: number; refused: boolean },
  ): Promise<void> {
    const key = keyOf(schedule);
    await this.#write(schedule, decision);
    for (const workload of decision.prune) await this.#delete(schedule.metadata.namespace ?? "", workload);
    if (decision.wakeAt !== undefined) this.#queue.addAfter(key, Math.max(0, decision.wakeAt - now));
    if (refused) this.#queue.retry(key);
    else this.#queue.forget(key);
  }

  async #delete(namespace: string, { name, uid }: ScheduledWorkload): Promise<void> {
    const body = { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid }, propagationPolicy: "Background" };
    await this.#options.client.delete(workloadPath(namespace, name), body).catch((error: unknown) => {
      // It is gone, or another one has its name.
      if (!isStatus(error, 404, 409)) throw error;
    });
  }
}

function schedulePath({ namespace = "", name }: AgentSchedule["metadata"]): string {
  return `/apis/${API_GROUP_VERSION}/namespaces/${namespace}/${AGENT_SCHEDULE.plural}/${name}`;
}

/** The workload for a time, owned by the schedule and submitted in the name of who has made or changed that. */
function ownedWorkload(schedule: AgentSchedule, time: number): AgentWorkload {
  const { name, uid = "", annotations } = schedule.metadata;
  const submittedBy = annotations?.[ANNOTATIONS.submittedBy];
  const { metadata, ...workload } = scheduledWorkload(schedule, time);
  return {
    ...workload,
    metadata: {
      ...metadata,
      annotations: { ...metadata.annotations, ...(submittedBy ? { [ANNOTATIONS.submittedBy]: submittedBy } : {}) },
      ownerReferences: [{ apiVersion: API_GROUP_VERSION, kind: AGENT_SCHEDULE.kind, name, uid, controller: true }],
    },
  };
}

function knownOf({ metadata, status }: AgentWorkload): Known {
  const { name, namespace, uid, resourceVersion, labels, annotations, ownerReferences } = metadata;
  return {
    metadata: { name, namespace, uid, resourceVersion },
    name,
    uid: uid ?? "",
    schedule: labels?.[LABELS.schedule] ?? "",
    owner: ownerReferences?.find(({ kind, controller }) => kind === AGENT_SCHEDULE.kind && controller)?.uid,
    phase: status?.phase,
    scheduledAt: parseTime(annotations?.[ANNOTATIONS.scheduledAt]),
    completedAt: parseTime(status?.completedAt),
    deleting: metadata.deletionTimestamp !== undefined,
  };
}
