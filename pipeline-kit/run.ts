// A run of a template in virtual time: the engine that runs it on the platform decides, and each step does what the test says.
import { GATE } from "@agentic/api/template.ts";
import { isOver } from "@agentic/engine/core/result.ts";
import {
  emptyLibrary,
  type NodeStatus,
  type Parameter,
  type Pod,
  type Template,
  type Workflow,
  type WorkflowTemplate,
} from "@agentic/engine/core/types.ts";
import { type Script, SimulatedCluster } from "./cluster.ts";
import { type Duration, secondsOf, textOf } from "./outcomes.ts";
import { parametersOf } from "./parameters.ts";
import { checkSteps, type StepScript, scriptOf } from "./scripts.ts";
import { type PodOfRun, podOf, type Task, taskOf } from "./task.ts";
import { type AnyTemplate, type PipelineTemplate, templateOf } from "./template.ts";

export interface SimulationOptions {
  /** Values of the template's parameters; what isn't text becomes JSON. What the operator gives each workload has a value without it. */
  parameters?: Record<string, unknown>;
  /** By the name of a task, of one of its items as `read(1:b)`, or of a template. A step without a script succeeds. */
  steps?: Record<string, StepScript>;
  /** Templates that it refers to. */
  templates?: readonly AnyTemplate[];
  /** When it is created; default 2026-01-01T00:00:00Z. */
  at?: Date | string;
}

/**
 * Creates a run of a template, and lets it come as far as it does without time. Throws where the value is no template, a parameter isn't the
 * template's or has no value, or a script is for a step that it doesn't have. What the engine refuses ends the run: see `phase` and `message`.
 */
export function simulate(template: AnyTemplate, options: SimulationOptions = {}): Run {
  return new Run(templateOf(template), options);
}

/** A run. Nothing in it waits: time passes where a method says so. Make one by {@link simulate}. */
export class Run {
  readonly template: PipelineTemplate;
  readonly #cluster: SimulatedCluster;
  readonly #steps: Readonly<Record<string, StepScript>>;
  /** The templates in all that it may refer to. */
  readonly #parts: readonly Template[];
  readonly #created: { pod: Pod; view: Omit<PodOfRun, "phase"> }[] = [];
  readonly #startedAt: number;

  /** See {@link simulate}. */
  constructor(template: PipelineTemplate, options: SimulationOptions) {
    this.template = template;
    const templates: readonly WorkflowTemplate[] = [template, ...(options.templates ?? []).map(templateOf)];
    this.#parts = templates.flatMap(({ spec }) => spec.templates ?? []);
    this.#steps = options.steps ?? {};
    checkSteps(this.#steps, this.#parts);
    const at = new Date(options.at ?? "2026-01-01T00:00:00Z");
    if (Number.isNaN(at.getTime())) throw new Error(`at: '${options.at}' is no time, such as 2026-01-01T00:00:00Z`);
    const named = (name: string) => templates.find(({ metadata }) => metadata.name === name);
    const workflow: Workflow = {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Workflow",
      metadata: {
        name: "run",
        namespace: "simulated",
        uid: "00000000-0000-4000-8000-000000000000",
        creationTimestamp: at.toISOString(),
      },
      spec: {
        workflowTemplateRef: {
          name: template.metadata.name,
          ...((template as { kind?: string }).kind === "ClusterWorkflowTemplate" ? { clusterScope: true } : {}),
        },
        arguments: { parameters: parametersOf(template, options.parameters ?? {}) },
      },
    };
    const library = { ...emptyLibrary, workflowTemplate: named, clusterWorkflowTemplate: named };
    this.#startedAt = at.getTime();
    this.#cluster = new SimulatedCluster(workflow, (pod) => this.#scriptFor(pod), library);
    this.#settle();
  }

  /** `Pending`, `Running`, `Succeeded`, `Failed`, or `Error` for what the engine refuses. */
  get phase(): string {
    return this.#cluster.workflow.status?.phase ?? "Pending";
  }

  /** Why it failed; empty where it did not. */
  get message(): string {
    return this.#cluster.workflow.status?.message ?? "";
  }

  get isOver(): boolean {
    return isOver(this.phase);
  }

  /** The virtual time. */
  get now(): Date {
    return new Date(this.#cluster.now);
  }

  /** Seconds since it was created. */
  get elapsed(): number {
    return (this.#cluster.now - this.#startedAt) / 1000;
  }

  /** All pods that it has made, in their order, those that are gone, too. */
  get pods(): PodOfRun[] {
    const present = new Map(this.#cluster.list().map((pod) => [pod.metadata.name, pod]));
    return this.#created.map(({ pod, view }) => ({
      ...view,
      phase: present.get(pod.metadata.name)?.status?.phase ?? "Gone",
    }));
  }

  /** The most pods that it has had at the same time. */
  get mostPods(): number {
    return this.#cluster.mostPods;
  }

  /** All tasks and steps that have begun or been decided about, in their order. */
  get tasks(): Task[] {
    return this.#calls().map((node) => taskOf(node, this.#created, this.#startedAt));
  }

  /** Names of the suspended tasks that wait for an answer. */
  get waitingAt(): string[] {
    return this.#calls()
      .filter(({ type, phase }) => type === "Suspend" && phase === "Running")
      .map(({ displayName }) => displayName);
  }

  /** A task by its name, or the name of one of its items as `read(1:b)`; undefined as long as nothing is decided about it. */
  task(name: string): Task | undefined {
    return this.tasks.find((task) => task.name === name);
  }

  /** Whether a task has begun: one that is skipped or left out hasn't. */
  hasReached(name: string): boolean {
    const { phase } = this.task(name) ?? {};
    return phase !== undefined && phase !== "Skipped" && phase !== "Omitted";
  }

  /** Lets time pass, such as `10m`. What is due in it happens at its own time. */
  advanceBy(duration: Duration): this {
    this.#cluster.advanceTo(this.#cluster.now + secondsOf(duration) * 1000);
    return this;
  }

  /** Lets time pass until a task begins, or nothing is left to happen: a gate without a duration waits without end. */
  advanceUntil(name: string): this {
    this.#cluster.run(() => this.isOver || this.hasReached(name));
    return this;
  }

  /** Lets time pass until the run is over, or nothing is left to happen. */
  advanceToEnd(): this {
    this.#cluster.run();
    return this;
  }

  /** Approves at the gate that waits, as the operator does: with the evidence, and with changes where it lets approvers change something. */
  approve({ gate, evidence = {}, changes = {} }: { gate?: string; evidence?: unknown; changes?: object } = {}): this {
    return this.#answer(gate, GATE.approve, { evidence, changes });
  }

  /** Denies at the gate that waits. */
  deny({ gate }: { gate?: string } = {}): this {
    return this.#answer(gate, GATE.deny, { evidence: {}, changes: {} });
  }

  /** Resumes a suspended task, with its supplied outputs. Throws where it doesn't wait, or has no such output. */
  resume(name: string, outputs: Record<string, unknown> = {}): this {
    const node = this.#waiting(name);
    const declared = node.outputs?.parameters ?? [];
    const names = declared.map((parameter) => parameter.name);
    const unknown = Object.keys(outputs).filter((output) => !names.includes(output));
    if (unknown.length > 0)
      throw new Error(`${name}: no supplied output ${unknown.join(", ")}: it has ${names.join(", ") || "none"}`);
    const parameters = declared.map((parameter): Parameter => {
      const value = outputs[parameter.name] ?? parameter.valueFrom?.default;
      return value === undefined ? parameter : { ...parameter, value: textOf(value) };
    });
    this.#end(node, { phase: "Succeeded", ...(parameters.length > 0 ? { outputs: { parameters } } : {}) });
    return this;
  }

  /** Stops it as `argo stop` does: pods end, the exit handler still runs. */
  stop(): this {
    return this.#shutdown("Stop");
  }

  /** Terminates it as `argo terminate` does: without the exit handler. */
  terminate(): this {
    return this.#shutdown("Terminate");
  }

  /** What has happened, a line a task: when it began, what it is, how it ended. */
  story(): string {
    return this.tasks
      .map(({ name, phase, began, seconds, tries, message }) =>
        [
          began === undefined ? "" : `+${began} s`.padStart(8),
          name,
          phase,
          ...(seconds === undefined ? [] : [`${seconds} s`]),
          ...(tries > 1 ? [`${tries} tries`] : []),
          ...(message ? [message] : []),
        ].join("  "),
      )
      .join("\n");
  }

  #settle(): void {
    this.#cluster.advanceTo(this.#cluster.now);
  }

  /** Nodes of tasks and steps: neither the tries of one, nor what groups them. */
  #calls(): NodeStatus[] {
    const nodes = Object.values(this.#cluster.workflow.status?.nodes ?? {});
    return nodes.filter(
      ({ type, nodeFlag, boundaryID }) => boundaryID !== undefined && type !== "StepGroup" && !nodeFlag?.retried,
    );
  }

  #waiting(name: string): NodeStatus {
    const node = this.#calls().find(({ displayName, type, phase }) => {
      return displayName === name && type === "Suspend" && phase === "Running";
    });
    if (node) return node;
    const others = this.waitingAt;
    const instead = others.length > 0 ? `what waits is ${others.join(", ")}` : `the run is ${this.phase}`;
    throw new Error(
      `${name} doesn't wait for an answer: ${instead}; advanceUntil("${name}") lets time pass until then`,
    );
  }

  #answer(gate: string | undefined, decision: string, { evidence, changes }: { evidence: unknown; changes: object }) {
    const [only, ...more] = this.waitingAt;
    if (!gate && more.length > 0)
      throw new Error(`several gates wait: say which by { gate }, one of ${this.waitingAt.join(", ")}`);
    const name = gate ?? only ?? GATE.name;
    const given = { [GATE.output]: decision, [GATE.evidence]: evidence, [GATE.changes]: changes };
    const has = new Set((this.#waiting(name).outputs?.parameters ?? []).map((parameter) => parameter.name));
    if (!has.has(GATE.output))
      throw new Error(`${name} has no supplied output '${GATE.output}': it is no gate; use resume("${name}", …)`);
    if (Object.keys(changes).length > 0 && !has.has(GATE.changes))
      throw new Error(`${name} lets approvers change nothing: it has no supplied output '${GATE.changes}'`);
    return this.resume(name, Object.fromEntries(Object.entries(given).filter(([output]) => has.has(output))));
  }

  #end(node: NodeStatus, change: Partial<NodeStatus>): void {
    const { workflow } = this.#cluster;
    const ended = { ...node, ...change, finishedAt: this.now.toISOString() };
    this.#cluster.workflow = {
      ...workflow,
      status: { ...workflow.status, nodes: { ...workflow.status?.nodes, [node.id]: ended } },
    };
    this.#settle();
  }

  #shutdown(shutdown: "Stop" | "Terminate"): this {
    const { workflow } = this.#cluster;
    this.#cluster.workflow = { ...workflow, spec: { ...workflow.spec, shutdown } };
    this.#settle();
    return this;
  }

  #scriptFor(pod: Pod): Script {
    const id = pod.metadata.annotations?.["workflows.argoproj.io/node-id"] ?? "";
    const view = podOf(pod, this.#cluster.workflow.status?.nodes?.[id], this.#cluster.now - this.#startedAt);
    this.#created.push({ pod, view });
    return scriptOf({ ...view, phase: "Pending" }, this.#steps, this.#parts);
  }
}
