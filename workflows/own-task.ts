// A task with a container of a team's own: what a run fills in reaches it by its environment alone, never by its command.
import { dnsLabelErrors } from "@agentic/api/names.ts";
import { GATE, RESULT, STEPS } from "@agentic/api/template.ts";
import { AGENT_IMAGE } from "./agent-step.ts";
import { budgetClaim, type SecretName, stepPod } from "./step-pod.ts";
import type { Container, Parameter, Template } from "./types.ts";

export interface OwnTask {
  /** Name of the task: a DNS label, none of the platform's steps. */
  name: string;
  /** Image by digest, such as `registry.example/prices@sha256:…`; {@link AGENT_IMAGE} is the agents' own. */
  image: string;
  command?: readonly string[];
  args?: readonly string[];
  /** By name: text, with {@link outputOf}, {@link parameter} and {@link ITEM} for what a run fills in. */
  env?: Readonly<Record<string, string>>;
  /** Tasks that must have succeeded before it; after the gate it runs only if the gate approved. */
  after?: readonly string[];
  /** Runs once for each item of a JSON list, side by side: {@link outputOf} a task, or a {@link parameter}. Default: once. */
  forEach?: string;
  /** Whether it leaves its output `result`, text of at most 4096 bytes, in `/tmp/outputs/result.json`. Default: no. */
  hasOutput?: boolean;
  /** Secrets of the tenant's that it gets as files, under `/etc/secrets/`. Default: none. */
  secrets?: readonly SecretName[];
  /** Seconds that one attempt may take. Default: 600. */
  deadline?: number;
  /** Default: {@link OWN_RESOURCES}. */
  resources?: Container["resources"];
}

/** What a task of a team's own may use unless it says otherwise. */
export const OWN_RESOURCES: Container["resources"] = {
  requests: { cpu: "50m", memory: "64Mi" },
  limits: { cpu: "1", memory: "256Mi" },
};

const OWN_DEADLINE = 600;

/** An output of a task before; of one that runs for each of a list, the JSON list of theirs. */
export const outputOf = (task: string, output: string = RESULT.parameter): string =>
  `{{tasks.${task}.outputs.parameters.${output}}}`;

/** A parameter of the template. */
export const parameter = (name: string): string => `{{workflow.parameters.${name}}}`;

/** In a task with `forEach`: the item. */
export const ITEM = "{{item}}";

const OUTPUT = /\{\{tasks\.([^.}]*)\.outputs\.parameters\.([^.}]*)\}\}/g;
const PARAMETER = /\{\{workflow\.parameters\.([^}]*)\}\}/g;

/** What only a task of the graph is told, not its container: it is handed on as an input of the variable's name. */
const isHandedOn = (value: string): boolean => value.includes(ITEM) || value.includes("{{tasks.");

/** The task's arguments. */
export const ownArguments = ({ env = {} }: OwnTask): Parameter[] =>
  Object.entries(env).flatMap(([name, value]) => (isHandedOn(value) ? [{ name, value }] : []));

/** The task's pod template. */
export function ownStep(task: OwnTask): Template {
  const { name, image, command = [], args = [], env = {}, secrets = [], hasOutput = false } = task;
  return stepPod({
    name,
    image,
    command,
    args,
    secrets,
    hasOutput,
    inputs: ownArguments(task).map((input) => ({ name: input.name })),
    deadline: task.deadline ?? OWN_DEADLINE,
    resources: task.resources ?? OWN_RESOURCES,
    env: [
      ...Object.entries(env).map(([variable, value]) => ({
        name: variable,
        value: isHandedOn(value) ? `{{inputs.parameters.${variable}}}` : value,
      })),
      ...budgetClaim(secrets),
    ],
  });
}

/** What a task may refer to. */
export interface Surroundings {
  /** Names of the template's parameters. */
  parameters: readonly string[];
  /** Outputs of what comes before the task, by its name. */
  outputs: ReadonlyMap<string, readonly string[]>;
}

/** What is wrong with a task, each with its field and what would be right. */
export function ownErrors(task: OwnTask, path: string, { parameters, outputs }: Surroundings): string[] {
  const { name, image, command = [], args = [], env = {}, forEach } = task;
  const errors = dnsLabelErrors(`${path}.name`, name);
  const taken: readonly string[] = [...STEPS, GATE.name, "main"];
  if (taken.includes(name)) errors.push(`${path}.name: '${name}' is the platform's: choose another`);
  if (image !== AGENT_IMAGE && !/@sha256:[0-9a-f]{64}$/.test(image))
    errors.push(`${path}.image: '${image}' must name a digest: append @sha256:<digest>, which admission asks for`);
  for (const [i, text] of [...command, ...args].entries())
    if (text.includes("{{"))
      errors.push(
        `${path}.${i < command.length ? `command[${i}]` : `args[${i - command.length}]`}: '${text}' would put a run's text into a command: pass it by env`,
      );
  const tagErrors = (field: string, text: string) => {
    for (const [, other = "", output = ""] of text.matchAll(OUTPUT)) {
      const known = outputs.get(other);
      if (!known) errors.push(`${path}.${field}: '${other}' doesn't come before ${name}: add it to after`);
      else if (!known.includes(output))
        errors.push(`${path}.${field}: ${other} has no output '${output}': it has ${known.join(", ") || "none"}`);
    }
    for (const [, wanted = ""] of text.matchAll(PARAMETER))
      if (!parameters.includes(wanted))
        errors.push(`${path}.${field}: the template has no parameter '${wanted}': it has ${parameters.join(", ")}`);
    const rest = [OUTPUT, PARAMETER, ITEM].reduce<string>((left, known) => left.replaceAll(known, ""), text);
    if (rest.includes("{{")) errors.push(`${path}.${field}: '${text}' must have no tags but outputOf, parameter, ITEM`);
  };
  for (const [variable, value] of Object.entries(env)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(variable))
      errors.push(`${path}.env: '${variable}' must be of letters, digits and _, with no digit first`);
    tagErrors(`env.${variable}`, value);
    if (value.includes(ITEM) && forEach === undefined)
      errors.push(`${path}.env.${variable}: there is no item: set forEach to the list`);
  }
  if (forEach !== undefined) {
    if (forEach.replace(OUTPUT, "").replace(PARAMETER, "") !== "" || forEach === "")
      errors.push(`${path}.forEach: '${forEach}' must be outputOf a task, or a parameter`);
    else tagErrors("forEach", forEach);
  }
  return errors;
}
