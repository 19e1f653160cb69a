// A run's tasks and pods, as tests read them.
import type { NodeStatus, Parameter, Pod } from "@agentic/engine/core/types.ts";

/** A task or step of a run. */
export interface Task {
  /** As in the template; of a loop's item with its number and value, such as `read(1:b)`. */
  name: string;
  /** `Pending`, `Running`, `Succeeded`, `Failed`, `Error`, `Skipped` where its condition didn't hold, `Omitted` where what it depends on did not end so. */
  phase: string;
  message: string;
  /** Pods that were made for it and its items. */
  tries: number;
  inputs: Record<string, string>;
  outputs: Record<string, string>;
  /** Seconds from the run's creation to its beginning. */
  began: number | undefined;
  /** How long it took, with all tries; undefined while it goes on. */
  seconds: number | undefined;
}

/** A pod of a run: one try of one step. */
export interface PodOfRun {
  name: string;
  /** The task's name. */
  task: string;
  /** The task's name with the number and value of a loop's item, such as `read(1:b)`. */
  call: string;
  /** Name of its template. */
  template: string;
  /** From 0. */
  attempt: number;
  inputs: Record<string, string>;
  image: string;
  command: string[];
  args: string[];
  /** Plain values of the main container's environment. */
  env: Record<string, string>;
  /** The whole specification, as the engine gives it to Kubernetes. */
  spec: Record<string, unknown>;
  /** Seconds from the run's creation to the pod's. */
  created: number;
  /** `Pending`, `Running`, `Succeeded`, `Failed`, or `Gone`. */
  phase: string;
}

/** A display name's parts: `read(1:b)(2)` is the third try of the second item of `read`. */
function partsOf(displayName: string, isTry: boolean): { task: string; call: string; attempt: number } {
  const attempt = isTry ? (/\((\d+)\)$/.exec(displayName)?.[1] ?? "0") : "0";
  const call = isTry ? displayName.replace(/\(\d+\)$/, "") : displayName;
  return { task: call.replace(/\(\d+:.*\)$/s, ""), call, attempt: Number(attempt) };
}

const valuesOf = (parameters: readonly Parameter[] = []): Record<string, string> =>
  Object.fromEntries(parameters.flatMap(({ name, value }) => (value === undefined ? [] : [[name, String(value)]])));

/** What a test reads of a pod as it is made; `ms` since the run's creation. */
export function podOf(pod: Pod, node: NodeStatus | undefined, ms: number): Omit<PodOfRun, "phase"> {
  const { containers = [] } = pod.spec as { containers?: (Record<string, unknown> & { name?: string })[] };
  const main = containers.find(({ name }) => name === "main") ?? {};
  const {
    image = "",
    command = [],
    args = [],
    env = [],
  } = main as Partial<PodOfRun> & {
    env?: { name: string; value?: string }[];
  };
  return {
    name: pod.metadata.name,
    ...partsOf(node?.displayName ?? pod.metadata.name, node?.nodeFlag?.retried === true),
    template: node?.templateName ?? node?.templateRef?.template ?? "",
    inputs: valuesOf(node?.inputs?.parameters),
    image,
    command: [...command],
    args: [...args],
    env: Object.fromEntries(env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]]))),
    spec: pod.spec,
    created: ms / 1000,
  };
}

/** What a test reads of a node; `startedAt` is the run's creation in ms. */
export function taskOf(
  node: NodeStatus,
  created: readonly { view: Pick<PodOfRun, "task" | "call"> }[],
  startedAt: number,
): Task {
  const { displayName, phase, message = "", inputs, outputs } = node;
  const [from, to] = [node.startedAt, node.finishedAt].map((text) => (text ? Date.parse(text) : undefined));
  return {
    name: displayName,
    phase,
    message,
    tries: created.filter(({ view }) => view.call === displayName || view.task === displayName).length,
    inputs: valuesOf(inputs?.parameters),
    outputs: { ...valuesOf(outputs?.parameters), ...(outputs?.result === undefined ? {} : { result: outputs.result }) },
    began: from === undefined ? undefined : (from - startedAt) / 1000,
    seconds: from === undefined || to === undefined ? undefined : (to - from) / 1000,
  };
}
