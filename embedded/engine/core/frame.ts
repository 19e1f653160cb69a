// One call of a template: what the caller asks for, what the call may see, and where its own calls are looked up.
import { anyString } from "./globals.ts";
import { podName } from "./names.ts";
import type { Operation } from "./operation.ts";
import { fromMap, type Lookup, layers } from "./substitute.ts";
import type { Base, Reference } from "./templates.ts";
import type { NodeStatus, Parameter, Template } from "./types.ts";

/** What a caller asks for: the template that is called, by which name, with which arguments. */
export interface Invocation {
  /** The name of the node that the call makes. */
  name: string;
  call: Reference;
  /** The caller's variables, which may name the template. */
  lookup?: Lookup;
  /** Where the call is looked up. */
  base: Base;
  boundary?: string;
  /** The template that makes the call, for its limits. */
  within?: Template;
  /** The arguments, with the caller's variables put in; null is an output that never came to be. */
  args: () => ReadonlyMap<string, string | null>;
  onExit?: boolean;
  flag?: NodeStatus["nodeFlag"];
  depth: number;
  /** Further variables, such as `tasks.name`. */
  extra?: ReadonlyMap<string, string>;
}

export interface Frame {
  /** The node's name. */
  name: string;
  call: Reference;
  template: Template;
  /** Where the call itself was looked up. */
  outer: Base;
  /** Where the template's own calls are looked up. */
  base: Base;
  boundary: string | undefined;
  inputs: Parameter[];
  /** Whether it is part of the exit handler, which stop and deadlines spare. */
  onExit: boolean;
  flag: NodeStatus["nodeFlag"];
  depth: number;
  lookup: Lookup;
  /** Epoch milliseconds after which a pod must not run, from a retry's maxDuration. */
  until?: number;
}

/** What came of a call: no node when it has to wait for others, an error when the call itself was wrong. */
export interface Outcome {
  node?: NodeStatus;
  error?: string;
}

/** Calls a template, or carries a call on; a template that calls others is handed it as an argument. */
export type Execute = (op: Operation, call: Invocation) => Outcome;

export function inputLookup(inputs: Parameter[]): Lookup {
  const values = new Map(inputs.map(({ name, value }) => [`inputs.parameters.${name}`, anyString(value ?? "")]));
  return (name) => {
    if (name === "inputs.parameters") return JSON.stringify(inputs);
    return values.get(name);
  };
}

/** The variables of a call besides inputs and globals. */
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

/** What a node begins with, of whatever type. */
export function beginning(frame: Frame): {
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
