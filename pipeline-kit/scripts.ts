// What each pod of a simulated run does: as the test says by its task, and as the kubelet has it.
import type { Template } from "@agentic/engine/core/types.ts";
import type { Script } from "./cluster.ts";
import { type Outcome, succeed } from "./outcomes.ts";
import type { PodOfRun } from "./task.ts";

/** What a step does: the same at each try, one outcome a try (it succeeds after the last), or what a function says of the try's pod. */
export type StepScript = Outcome | readonly Outcome[] | ((pod: PodOfRun) => Outcome);

/** Throws where a script is for a step that the templates don't have. */
export function checkSteps(steps: Readonly<Record<string, StepScript>>, templates: readonly Template[]): void {
  const calls = templates.flatMap(({ dag, steps }) => [...(dag?.tasks ?? []), ...(steps ?? []).flat()]);
  const names = new Set([...templates, ...calls].map(({ name }) => name));
  const unknown = Object.keys(steps).filter((key) => !names.has(key.replace(/\(\d+:.*\)$/s, "")));
  if (unknown.length > 0) throw new Error(`steps: no ${unknown.join(", ")}: the template has ${[...names].join(", ")}`);
}

/** How a pod runs and ends. Throws where its script has an output that its template doesn't have. */
export function scriptOf(
  pod: PodOfRun,
  steps: Readonly<Record<string, StepScript>>,
  parts: readonly Template[],
): Script {
  const script = [pod.call, pod.task, pod.template].map((name) => steps[name]).find((found) => found !== undefined);
  const outcome = outcomeOf(script, pod);
  return withDeadline({ ...outcome.script, ...outputOf(pod, outcome, parts) }, pod);
}

/** What the container leaves in the file of its output parameter, which the kubelet hands on. */
function outputOf(
  { call, template: name }: PodOfRun,
  { outputs, script }: Outcome,
  parts: readonly Template[],
): Script {
  const template = parts.find((one) => one.name === name);
  const ofFile = (template?.outputs?.parameters ?? []).filter(({ valueFrom }) => valueFrom?.path);
  const names = ofFile.map((parameter) => parameter.name);
  const unknown = Object.keys(outputs).filter((output) => !names.includes(output));
  if (unknown.length > 0)
    throw new Error(`${call}: no output ${unknown.join(", ")}: template ${name} has ${names.join(", ") || "none"}`);
  const hasFailed = script.output !== undefined || script.exitCode !== undefined;
  const [output] = names;
  return hasFailed || output === undefined ? {} : { output: outputs[output] ?? '{"artifacts":{}}' };
}

function outcomeOf(script: StepScript | undefined, pod: PodOfRun): Outcome {
  if (script === undefined) return succeed();
  if (typeof script === "function") return script(pod);
  if (Array.isArray(script)) return (script as readonly Outcome[])[pod.attempt] ?? succeed();
  return script as Outcome;
}

/** The kubelet ends a pod whose time is up. */
function withDeadline(script: Script, { spec }: Pick<PodOfRun, "spec">): Script {
  const deadline = Number(spec.activeDeadlineSeconds ?? Number.POSITIVE_INFINITY);
  if ((script.seconds ?? 1) <= deadline) return script;
  return {
    ...(script.pending === undefined ? {} : { pending: script.pending }),
    seconds: deadline,
    exitCode: 143,
    podReason: "DeadlineExceeded",
    podMessage: "Pod was active on the node longer than the specified deadline",
  };
}
