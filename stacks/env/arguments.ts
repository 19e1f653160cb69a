// What `npm run env --` is asked for on its command line.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Rotated, rotated } from "../config/rotation.ts";
import { chosen } from "../rotate/plan.ts";

export const actions = ["up", "preview", "refresh", "rotate", "destroy", "outputs"] as const;
export type Action = (typeof actions)[number];

export interface Request {
  action: Action;
  stack: string;
  /** Go on without a question. */
  yes: boolean;
  /** Check against the policy pack. */
  policies: boolean;
  /** What `rotate` rotates. */
  names: Rotated[];
  /** Whether `rotate` ends what is held outside. */
  finish: boolean;
}

export const usage = `npm run env -- <${actions.join("|")}> <stack> [--yes] [--no-policies]
  up        bring the environment up, or change it to what the config says
  preview   show what up would change
  refresh   take what there really is into the state
  rotate    change passwords and tokens while everything runs: all, or those that are named after the stack (${rotated.join(", ")});
            --finish ends the old ones that people and systems outside hold
  destroy   take everything away; asks for the stack's name, or needs --yes
  outputs   print the outputs, secrets hidden`;

/**
 * Reads the command line.
 *
 * @param root folder of the stacks' files
 * @throws with what is wrong and how it is used
 */
export function requestOf(args: readonly string[], root: string): Request {
  const wrong = (text: string) => new Error(`${text}\n\n${usage}`);
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    throw wrong((error as Error).message);
  }
  const { values, positionals } = parsed;
  const [action, stack, ...more] = positionals;
  if (!action) throw wrong("which action?");
  if (!isAction(action)) throw wrong(`'${action}' is not an action: choose one of ${actions.join(", ")}`);
  if (!stack) throw wrong(`${action} which stack? There are ${stacksOf(root).join(", ")}`);
  if (action !== "rotate" && more.length > 0) throw wrong(`one stack at a time, got ${[stack, ...more].join(", ")}`);
  if (action !== "rotate" && values.finish) throw wrong("--finish is for rotate");
  // `organisation/stack`: the file is named after the last part alone.
  const name = stack.split("/").at(-1) ?? "";
  if (!/^[\w.-]+$/.test(name) || !existsSync(join(root, `Pulumi.${name}.yaml`)))
    throw wrong(`there is no Pulumi.${name}.yaml: the stacks are ${stacksOf(root).join(", ")}`);
  const common = { action, stack, yes: values.yes, policies: !values["no-policies"], finish: values.finish };
  try {
    return { ...common, names: chosen(more) };
  } catch (error) {
    throw wrong((error as Error).message);
  }
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      yes: { type: "boolean", default: false },
      "no-policies": { type: "boolean", default: false },
      finish: { type: "boolean", default: false },
    },
  });
}

function isAction(text: string): text is Action {
  return (actions as readonly string[]).includes(text);
}

function stacksOf(root: string): string[] {
  return readdirSync(root).flatMap((file) => file.match(/^Pulumi\.([\w.-]+)\.yaml$/)?.[1] ?? []);
}
