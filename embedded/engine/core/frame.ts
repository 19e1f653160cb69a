// The call of a template: its invocation by the caller, its frame while it runs, and its outcome.

import { podName } from "@agentic/api/pod-names.ts";
import { anyString } from "./globals.ts";
import type { Operation } from "./operation.ts";
import { fromMap, type Lookup, layers } from "./substitute.ts";
import type { Base, Reference } from "./templates.ts";
import type { NodeStatus, Parameter, Template } from "./types.ts";

/** What a caller passes: the template to call, the name of the node, the arguments. */
export interface Invocation {
  /** The name of the node that the call makes. */
  name: string;
  call: Reference;
  /** The caller's variables, which may name the template. */
  lookup?: Lookup;
  /** Where the called template is looked up. */
  base: Base;
  /** Id of the node of the template that makes the call. */
  boundary?: string;
  /** The template that makes the call, for its limits. */
  within?: Template;
  /** The arguments after substitution; null stands for an output that does not exist. */
  args: () => ReadonlyMap<string, string | null>;
  onExit?: boolean;
  flag?: NodeStatus["nodeFlag"];
  depth: number;
  /** Further variables, such as `tasks.name`. */
  extra?: ReadonlyMap<string, string>;
}

/** What a template has while it runs. */
export interface Frame {
  /** The node's name. */
  name: string;
  call: Reference;
  template: Template;
  /** Where the template itself was looked up. */
  outer: Base;
  /** Where the template's own calls are looked up. */
  base: Base;
  boundary: string | undefined;
  inputs: Parameter[];
  /** Whether it is part of the exit handler, which runs in spite of Stop and deadlines. */
  onExit: boolean;
  flag: NodeStatus["nodeFlag"];
  depth: number;
  lookup: Lookup;
  /** Epoch milliseconds after which a pod must not run, from a retry's maxDuration. */
  until?: number;
}

/** The outcome of a call: without a node where it has to wait for others, with an error where the call itself is wrong. */
export interface Outcome {
  node?: NodeStatus;
  error?: string;
}

/** Begins or continues a call. Templates that call others get it as an argument, because modules must not import in a cycle. */
export type Execute = (op: Operation, call: Invocation) => Outcome;

export function inputLookup(inputs: Parameter[]): Lookup {
  const values = new Map(inputs.map(({ name, value }) => [`inputs.parameters.${name}`, anyString(value ?? "")]));
  return (name) => {
    if (name === "inputs.parameters") return JSON.stringify(inputs);
    return values.get(name);
  };
}

/** The variables of a call except inputs and globals. */
export function localLookup(
  op: Operation,
  node: string,
  template: Template,
  extra: ReadonlyMap<string, string>,
): Lookup {
  const paths = new Map<string, string>();
  for (const { name, valueFrom } of template.outputs?.parameters ?? []) {
    if (valueFrom?.path) paths.set(`outputs.parameters.${name}.path`, valueFrom.path);
  }
  return layers(
    (name) => {
      if (name === "node.name") return node;
      if (name === "pod.name" && (template.container || template.script)) return podName(op.name, node, template.name);
      return undefined;
    },
    fromMap(extra),
    fromMap(paths),
  );
}

/** The fields of a new node that come from its frame. */
export function nodeFields(frame: Frame): {
  call: Reference;
  base: Base;
  inputs: { parameters: Frame["inputs"] };
  boundary?: string;
  flag?: NodeStatus["nodeFlag"];
} {
  return {
    call: frame.call,
    base: frame.outer,
    inputs: { parameters: frame.inputs },
    ...(frame.boundary === undefined ? {} : { boundary: frame.boundary }),
    ...(frame.flag ? { flag: frame.flag } : {}),
  };
}
