// The graph of a composed template: what runs after what, and what is wrong with it.
import { dnsLabelErrors } from "@agentic/api/names.ts";
import { GATE, isReservedParameter, RESULT, STEPS } from "@agentic/api/template.ts";
import { agentParameters } from "./agent-parameters.ts";
import type { AgentTask, AgentWorkflowArgs } from "./arguments.ts";
import { type OwnTask, ownErrors } from "./own-task.ts";

type Task = AgentTask | OwnTask;
type Graph = Pick<AgentWorkflowArgs, "tasks" | "gate">;

export const nameOf = (task: Task): string => ("step" in task ? task.step : task.name);

/** By task or gate: what comes directly before it. */
function predecessors({ tasks, gate }: Graph): Map<string, readonly string[]> {
  const before = new Map<string, readonly string[]>(tasks.map((task) => [nameOf(task), task.after ?? []]));
  if (gate) before.set(GATE.name, gate.after);
  return before;
}

/** Whether one task or gate runs after another, directly or not. */
export function orderOf(graph: Graph): (from: string, to: string) => boolean {
  const before = predecessors(graph);
  const runsAfter = (from: string, to: string, seen: Set<string>): boolean => {
    if (seen.has(from)) return false;
    seen.add(from);
    return (before.get(from) ?? []).some((next) => next === to || runsAfter(next, to, seen));
  };
  return (from, to) => runsAfter(from, to, new Set());
}

/** All that is wrong with a template's arguments, each with its field. */
export function graphErrors(args: AgentWorkflowArgs): string[] {
  const { name, tasks } = args;
  const errors = dnsLabelErrors("name", name);
  const before = predecessors(args);
  const runsAfter = orderOf(args);
  if (tasks.length === 0) errors.push("tasks: at least one step is needed");
  tasks.forEach((task, i) => {
    const own = nameOf(task);
    if ("step" in task && !STEPS.includes(task.step))
      errors.push(`tasks[${i}].step: '${task.step}' is not one of ${STEPS.join(", ")}`);
    if (tasks.findIndex((other) => nameOf(other) === own) !== i)
      errors.push(`tasks[${i}].${"step" in task ? "step" : "name"}: '${own}' appears twice`);
  });
  for (const [step, after] of before)
    for (const other of after)
      if (!before.has(other))
        errors.push(
          `${step} runs after ${other}, which this template doesn't have${other === GATE.name ? ": set gate" : ""}`,
        );
  for (const step of before.keys()) if (runsAfter(step, step)) errors.push(`${step} runs after itself`);
  for (const step of ["dom", "analysis"])
    if (before.has("screenshot") && before.has(step) && !runsAfter(step, "screenshot"))
      errors.push(`${step}: must run after screenshot, which says what of a page is shown`);
  return [...errors, ...gateErrors(args), ...parameterErrors(args), ...ownTaskErrors(args)];
}

function gateErrors({ tasks, gate }: Graph): string[] {
  if (!gate) return [];
  const { on = "analysis", changeable = [] } = gate;
  const runsAfter = orderOf({ tasks, gate });
  const errors: string[] = [];
  const decided = tasks.find((task) => nameOf(task) === on);
  const hasOutput = decided && ("step" in decided || (decided.hasOutput === true && decided.forEach === undefined));
  if (!runsAfter(GATE.name, on))
    errors.push(`gate.after: ${on} must come before the gate, which is decided on its result; gate.on names another`);
  else if (!hasOutput)
    errors.push(`gate.on: ${on} must have one output, on which the gate is decided: set hasOutput, and no forEach`);
  if (changeable.length > 0 && !runsAfter("synthesis", GATE.name))
    errors.push("gate.changeable: synthesis must run after the gate, to write the report with what was changed");
  return errors;
}

const parameterErrors = ({ parameters = {} }: AgentWorkflowArgs): string[] =>
  Object.keys(parameters).flatMap((name) => {
    if (!/^[A-Za-z][\w-]*$/.test(name))
      return [`parameters: '${name}' must be of letters, digits, _ and -, with a letter first`];
    const isTaken = isReservedParameter(name) || agentParameters.some((one) => one.name === name);
    return isTaken ? [`parameters.${name}: is the platform's: choose another name`] : [];
  });

function ownTaskErrors(args: AgentWorkflowArgs): string[] {
  const { tasks, gate, parameters = {} } = args;
  const runsAfter = orderOf(args);
  const known = [...agentParameters.map(({ name }) => name), ...Object.keys(parameters)];
  return tasks.flatMap((task, i) => {
    if ("step" in task) return [];
    const earlier = tasks.filter((other) => runsAfter(task.name, nameOf(other)));
    const outputs = new Map<string, readonly string[]>(
      earlier.map((other) => [nameOf(other), "step" in other || other.hasOutput ? [RESULT.parameter] : []]),
    );
    if (gate && runsAfter(task.name, GATE.name))
      outputs.set(GATE.name, [GATE.output, GATE.evidence, ...(gate.changeable?.length ? [GATE.changes] : [])]);
    return ownErrors(task, `tasks[${i}]`, { parameters: known, outputs });
  });
}
