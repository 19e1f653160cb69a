// Runs the program without making anything, and writes down what it asks for: the first half of every run.
import type { LogEvent } from "./events.ts";
import { isPatch, refusal } from "./kubernetes/manifest.ts";
import { type Engine, type Program, runProgram } from "./program.ts";
import { isRandom, makeRandom, randomOutputs } from "./random.ts";
import type { Registration } from "./registration.ts";
import type { State } from "./state.ts";
import type { Properties } from "./values.ts";

/** What a program asks for, in an order in which it can be made. */
export interface Recording {
  registrations: Registration[];
  outputs: Properties;
  /** Random values by URN: those kept, and fresh ones for what is new. */
  random: State["resources"];
}

/** Types that need no provider. */
export const isProvider = (type: string): boolean => type.startsWith("pulumi:providers:");
export const isKubernetes = (type: string): boolean => type.startsWith("kubernetes:");

/**
 * Records a program. Throws one error that names every resource that can't be made here, before anything is made.
 * `keepRandom` gives the values that earlier runs made.
 */
export async function record(program: Program, kept: State, log: (event: LogEvent) => void): Promise<Recording> {
  const recording: Recording = { registrations: [], outputs: {}, random: {} };
  const refused: string[] = [];
  const seen = new Set<string>();
  const engine: Engine = {
    async register(registration) {
      const { urn, type, name, custom, inputs } = registration;
      if (seen.has(urn)) throw new Error(`${urn} is registered twice: give one of the two another name`);
      seen.add(urn);
      recording.registrations.push(registration);
      if (!custom) return { id: "", outputs: {} };
      if (isRandom(type)) {
        const { state } = makeRandom(type, inputs, keptOf(kept, registration)?.random);
        recording.random[urn] = { type, name, provider: "", dependencies: [], random: state };
        return randomOutputs(type, state);
      }
      const why = whyNot(registration);
      if (why) refused.push(`${type} '${name}': ${why}`);
      return { id: isProvider(type) ? name : "", outputs: inputs };
    },
    read: async ({ inputs }) => inputs,
    invoke: async (token) => {
      throw new Error(`${token}: functions of providers can't be called by this deployer`);
    },
    outputs(urn, outputs) {
      if (urn.split("::")[2] === "pulumi:pulumi:Stack") recording.outputs = outputs;
    },
    log: (severity, message, urn) => log({ kind: "log", severity, message, urn }),
  };
  await runProgram(program, engine, { dryRun: true });
  if (refused.length > 0)
    throw new Error(
      `${refused.length} resource${refused.length > 1 ? "s" : ""} can't be made by this deployer, nothing was changed:\n${refused.map((line) => `  ${line}`).join("\n")}`,
    );
  return recording;
}

/** What an earlier run made for a registration, under its present URN or one of its aliases. */
export function keptOf(state: State, { urn, aliases }: Registration): State["resources"][string] | undefined {
  const known = [urn, ...aliases].find((one) => one in state.resources);
  return known ? state.resources[known] : undefined;
}

function whyNot({ type, inputs }: Registration): string | undefined {
  if (type === "pulumi:providers:kubernetes" || type === "pulumi:providers:random") return undefined;
  if (!isKubernetes(type))
    return "this deployer makes kubernetes:* objects and random:* values: use the Pulumi CLI for others";
  const metadata = inputs.metadata as Properties | undefined;
  if (!refusal(type) && (metadata?.name === undefined || metadata.name === null))
    return `metadata.name is missing: ${isPatch(type) ? "name the object to patch" : "give the object an explicit name"}`;
  return refusal(type);
}
