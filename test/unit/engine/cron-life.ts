// A CronWorkflow in virtual time, with its Workflows: they run and end as the test says, and the time goes from one event to the next.
import {
  type CronDecision,
  type CronMemory,
  decideCron,
  withProblem,
  withStarted,
} from "../../../embedded/engine/core/cron/decide.ts";
import type { CronWorkflow, CronWorkflowSpec, CronWorkflowStatus } from "../../../embedded/engine/core/cron/types.ts";
import { emptyLibrary, type Library, type Workflow } from "../../../embedded/engine/core/types.ts";
import { single } from "./harness.ts";

export const ms = (time: string) => Date.parse(time);

/** How a Workflow ends: its phase, and after how many seconds. */
interface End {
  phase?: string;
  seconds?: number;
}

export class CronLife {
  cron: CronWorkflow;
  now: number;
  workflows: Workflow[] = [];
  /** The times for which Workflows were made. */
  readonly made: string[] = [];
  readonly terminated: string[] = [];
  readonly problems: string[] = [];
  limited = 0;
  /** Why the API server refuses the next Workflow. */
  refusal: string | undefined;
  library: Library = emptyLibrary;
  readonly #end: (workflow: Workflow) => End;
  readonly #ends = new Map<string, number>();
  #memory: CronMemory | undefined;

  constructor(start: string, spec: CronWorkflowSpec, end: (workflow: Workflow) => End = () => ({})) {
    this.now = ms(start);
    this.#end = end;
    this.cron = {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "CronWorkflow",
      metadata: { name: "nightly", namespace: "ns", uid: "u-1", creationTimestamp: start },
      spec: { workflowSpec: single, ...spec },
    };
  }

  get status(): CronWorkflowStatus {
    return this.cron.status ?? {};
  }

  /** Somebody changes the spec. */
  change(spec: CronWorkflowSpec): void {
    this.cron = { ...this.cron, spec: { ...this.cron.spec, ...spec } };
    this.look();
  }

  /** The engine is restarted at the time that it is then. */
  restart(at: string): void {
    this.now = ms(at);
    this.#memory = undefined;
    this.look();
  }

  /** One look of the engine, and what follows from it at once. */
  look(): CronDecision {
    for (;;) {
      const decision = decideCron({
        cron: this.cron,
        workflows: this.workflows,
        library: this.library,
        memory: this.#memory,
        now: this.now,
      });
      const before = JSON.stringify([this.cron, this.workflows]);
      this.#apply(decision);
      if (JSON.stringify([this.cron, this.workflows]) === before) return decision;
    }
  }

  #apply(decision: CronDecision): void {
    let { status } = decision;
    this.#memory = decision.memory;
    if (decision.problem) this.problems.push(decision.problem.message);
    if (decision.limitedBy) this.limited++;
    if (decision.start) {
      const { time, workflow, terminates } = decision.start;
      for (const name of terminates) {
        this.terminated.push(name);
        this.#ends.set(name, this.now);
      }
      if (this.refusal === undefined) {
        const created = { ...workflow, metadata: { ...workflow.metadata, uid: workflow.metadata.name } };
        this.workflows.push(created);
        this.#ends.set(workflow.metadata.name, this.now + (this.#end(workflow).seconds ?? 1) * 1000);
        this.made.push(new Date(time).toISOString().replace(".000", ""));
        status = withStarted(status, created, time);
      } else {
        status = withProblem(status, { type: "SubmissionError", message: this.refusal });
        if (decision.memory) this.#memory = { ...decision.memory, refused: time };
      }
    }
    const { metadata } = this.cron;
    this.cron = {
      ...this.cron,
      metadata: {
        ...metadata,
        labels: { ...metadata.labels, ...decision.labels },
        annotations: { ...metadata.annotations, ...decision.annotations },
      },
      status,
    };
    this.workflows = this.workflows.filter((workflow) => !decision.prune.includes(workflow));
  }

  /** Lets the time go on until then. */
  until(end: string): this {
    for (;;) {
      const { wakeAt } = this.look();
      const ends = this.workflows
        .filter(({ status }) => !status?.phase)
        .map(({ metadata }) => this.#ends.get(metadata.name) ?? 0);
      const next = Math.min(...ends, wakeAt ?? Number.POSITIVE_INFINITY);
      if (next > ms(end)) break;
      this.now = Math.max(this.now, next);
      this.workflows = this.workflows.map((workflow) => this.#ended(workflow));
    }
    this.now = ms(end);
    this.look();
    return this;
  }

  #ended(workflow: Workflow): Workflow {
    const { name } = workflow.metadata;
    if (workflow.status?.phase || (this.#ends.get(name) ?? 0) > this.now) return workflow;
    const phase = this.terminated.includes(name) ? "Failed" : (this.#end(workflow).phase ?? "Succeeded");
    return { ...workflow, status: { phase, finishedAt: new Date(this.now).toISOString() } };
  }
}
