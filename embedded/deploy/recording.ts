// Runs the program without making anything, and records the resources that it registers.
import { isCertManager } from "./cert-manager-types.ts";
import { certificateRefusal } from "./certificate-refusal.ts";
import type { Engine, Program } from "./engine.ts";
import type { LogEvent, Operation } from "./events.ts";
import { annotationFault } from "./kubernetes/annotations.ts";
import { identityFault } from "./kubernetes/identity.ts";
import { refusal } from "./kubernetes/kinds.ts";
import { runProgram } from "./program.ts";
import { isRandom, makeRandom, randomOutputs } from "./random.ts";
import { annotationsOf, isPatch, type Registration } from "./registration.ts";
import type { Scrubber } from "./scrub.ts";
import { isTriggered, previousOf } from "./state-entries.ts";
import type { State } from "./state-types.ts";
import type { Properties } from "./values.ts";

/** The resources of a program, in an order in which they can be made. */
export interface Recording {
  registrations: Registration[];
  outputs: Properties;
  /** Random values by URN: those of the previous run, and new ones for new resources. */
  random: Record<string, { resource: State["resources"][string]; operation: Operation }>;
}

/** Types that need no provider. */
export const isProvider = (type: string): boolean => type.startsWith("pulumi:providers:");
export const isKubernetes = (type: string): boolean => type.startsWith("kubernetes:");

/** Types that only the Pulumi CLI makes, by their plugins. */
export const isForeign = (type: string): boolean =>
  isProvider(type) ? !ownProviders.includes(type) : !isKubernetes(type) && !isRandom(type);

const ownProviders = ["pulumi:providers:kubernetes", "pulumi:providers:random"];

/** How a program is recorded. */
export interface RecordOptions {
  /** The state of the previous run: its random values are used again. */
  previous: State;
  /** Called with the program's messages. */
  log: (event: LogEvent) => void;
  /** Learns the program's secrets. */
  scrubber: Scrubber;
  /** Answers `.get` and StackReference; without it, their outputs are unknown. */
  read?: Engine["read"];
  /** Accepts resources of every type: outputs that only their providers know stay unknown. */
  anyType?: boolean;
  /** Accepts types of other providers only: Kubernetes resources must still be supported here. */
  otherProviders?: boolean;
  /** Whether registrations say where the program constructs them. */
  positions?: boolean;
  /** Ends the program early. */
  signal?: AbortSignal;
  /** Called with each resource as it is registered. */
  onRegistration?: (registration: Registration) => void;
}

/** Records a program. Throws one error that names every resource that can't be made here, before anything is made. */
export async function record(program: Program, options: RecordOptions): Promise<Recording> {
  const { previous, log, scrubber, read, onRegistration: hear } = options;
  const recording: Recording = { registrations: [], outputs: {}, random: {} };
  const refused: string[] = [];
  const engine: Engine = {
    async register(registration) {
      const { urn, type, name, custom, inputs } = registration;
      scrubber.add(inputs);
      recording.registrations.push(registration);
      const taken = options.anyType || (options.otherProviders && isForeign(type));
      // In a render nothing is applied, so that a provider's settings don't matter.
      const why = taken
        ? undefined
        : whyNot(options.otherProviders ? { ...registration, providerRefusals: [] } : registration);
      if (why) refused.push(`${type} '${name}': ${why}`);
      if (!custom) return { id: "", outputs: {} };
      if (!why) hear?.(registration);
      if (!why && isRandom(type)) {
        const earlier = previousOf(previous, registration);
        const before = earlier?.random;
        const { state, isNew } = makeRandom(type, inputs, isTriggered(registration, earlier) ? undefined : before);
        recording.random[urn] = {
          resource: { type, name, provider: "", dependencies: [], random: state },
          operation: isNew ? (before ? "replace" : "create") : "same",
        };
        const generated = randomOutputs(type, state);
        scrubber.add(generated.outputs);
        return generated;
      }
      return { id: isProvider(type) ? name : "", outputs: inputs };
    },
    async read(request) {
      const outputs = (await read?.(request)) ?? request.inputs;
      scrubber.add(outputs);
      return outputs;
    },
    outputs(urn, outputs) {
      if (urn.split("::")[2] !== "pulumi:pulumi:Stack") return;
      scrubber.add(outputs);
      recording.outputs = outputs;
    },
    log: (severity, message, urn) => log({ kind: "log", severity, message, urn }),
  };
  try {
    await runProgram(program, engine, { dryRun: true, positions: options.positions, signal: options.signal });
  } catch (error) {
    // The refusals explain the failure better than the program's own error.
    if (refused.length === 0) throw error;
  }
  if (refused.length > 0) throw refusalOf(refused);
  return recording;
}

/** One error for all refused resources. */
export function refusalOf(refused: readonly string[]): Error {
  return new Error(
    `${refused.length} resource${refused.length > 1 ? "s" : ""} can't be made by this deployer, nothing was changed:\n${refused.map((line) => `  ${line}`).join("\n")}`,
  );
}

/** Why a resource can't be made by this deployer; undefined where it can. */
export function whyNot(registration: Registration): string | undefined {
  const { type, inputs, custom } = registration;
  const refusals = [...registration.refusals, ...registration.providerRefusals];
  if (refusals.length > 0) return refusals.join("; ");
  if (!custom || ownProviders.includes(type) || isRandom(type)) return undefined;
  if (isForeign(type))
    return "this deployer makes kubernetes:* objects and random:* values: use the Pulumi CLI for others";
  const fault = refusal(type) ?? identityFault(inputs, isPatch(registration));
  if (fault) return fault;
  if (isCertManager(type)) return certificateRefusal(registration);
  return annotationFault(annotationsOf(registration));
}
