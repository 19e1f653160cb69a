// Which pods give way when nodes are full: the agents' to the platform's, the platform's to those that it depends on.
import { AGENT_PRIORITY_CLASS } from "@agentic/api/names.ts";
import { PriorityClass } from "@pulumi/kubernetes/scheduling/v1/priorityClass.js";
import * as pulumi from "@pulumi/pulumi";
import { labels } from "../security/labels.ts";

/** Groups of the platform's pods, the least important one last. */
export type PriorityName = "critical" | "platform" | "agents";

interface Priority {
  /** Name of the PriorityClass; the cluster is shared, so it carries the platform's name. */
  name: string;
  /** User classes end at 1,000,000,000; 0 is that of pods without a class. */
  value: number;
  /** Whether such a pod may push others off a node. */
  preempts: boolean;
  description: string;
}

/** The classes by group. A value can't be changed later: Kubernetes only lets the class be replaced. */
export const priorities: Record<PriorityName, Priority> = {
  critical: {
    name: "agentic-platform-critical",
    value: 1_000_000,
    preempts: true,
    description: "What the whole platform stops without: operator, workflow engine, databases, admission.",
  },
  platform: {
    name: "agentic-platform",
    value: 100_000,
    preempts: true,
    description: "Shared services that stand in several pods or may pause: browsers, model gateway, user interfaces.",
  },
  agents: {
    name: AGENT_PRIORITY_CLASS,
    value: 1_000,
    preempts: false,
    description: "Steps of workloads: they wait for room and are tried again when they had to go.",
  },
};

/** Classes that no tenant's pod may have: with one of them it could push the platform off its nodes. */
export const platformOnly: readonly string[] = [
  "system-node-critical",
  "system-cluster-critical",
  priorities.critical.name,
  priorities.platform.name,
];

/** The platform's PriorityClasses. */
export class PriorityClasses extends pulumi.ComponentResource {
  readonly #classes: Record<PriorityName, PriorityClass>;

  constructor(name: string, _args: Record<string, never> = {}, options?: pulumi.ComponentResourceOptions) {
    super("agentic:scheduling:PriorityClasses", name, {}, options);
    const make = (group: PriorityName) => {
      const { name: className, value, preempts, description } = priorities[group];
      return new PriorityClass(
        `${name}-${group}`,
        {
          metadata: { name: className, labels: labels(className) },
          value,
          preemptionPolicy: preempts ? "PreemptLowerPriority" : "Never",
          description,
        },
        { parent: this, deleteBeforeReplace: true },
      );
    };
    this.#classes = { critical: make("critical"), platform: make("platform"), agents: make("agents") };
    this.registerOutputs({});
  }

  /** A class's name as an output: the API server refuses pods whose class isn't there yet. */
  get(group: PriorityName): pulumi.Output<string> {
    return this.#classes[group].metadata.name;
  }
}
