// Reads artifacts of earlier steps: only those in a step's manifest, and only with the digests in that.
import type { ArtifactManifest, ManifestEntry } from "@agentic/api/artifacts.ts";
import { type StepPart, stepPart } from "@agentic/api/batches.ts";
import type { Evidence, ManifestRef, Step } from "@agentic/api/template.ts";
import { describe, isTransient, PermanentError } from "./errors.ts";
import type { StepRecord } from "./records.ts";
import { type ArtifactStore, digestOf } from "./store.ts";

/** The artifacts that one step has written. */
export interface StepArtifacts {
  find(name: string): Promise<ManifestEntry | undefined>;
  /** The artifact's bytes. Throws a PermanentError where they differ from those that the step wrote. */
  bytes(name: string): Promise<Uint8Array>;
  json<T>(name: string): Promise<T>;
  /** Names of all artifacts. */
  names(): Promise<string[]>;
}

/** The artifacts of the steps that a step reads. */
export interface Inputs {
  /**
   * What it reads of the step: its own batch's part of that where it has a batch, and the given batch's where it joins them. Throws a
   * PermanentError where this run has no result of that.
   */
  of(step: Step, batch?: string): StepArtifacts;
  /** Whether this run has a result of that. */
  has(step: Step, batch?: string): boolean;
  /** By step, or its part for a batch: the digest of the manifest of all that this step reads. */
  digests: ReadonlyMap<StepPart, string | undefined>;
}

/** The artifacts in the manifest of a step's result. */
export function artifactsOf(store: ArtifactStore, step: StepPart, { uri, digest }: ManifestRef): StepArtifacts {
  let loading: Promise<Map<string, ManifestEntry>> | undefined;
  async function read(from: string, expected: string): Promise<Uint8Array> {
    const bytes = await store.get(from);
    if (digestOf(bytes) !== expected)
      throw new PermanentError(
        `${from} is not what the step ${step} wrote (${expected}): another run or somebody else has overwritten it`,
      );
    return bytes;
  }
  const entries = () => {
    loading ??= read(uri, digest).then(
      (bytes) => new Map(parse<ArtifactManifest>(bytes, uri).artifacts.map((entry) => [entry.name, entry])),
    );
    return loading;
  };
  async function bytes(name: string): Promise<Uint8Array> {
    const entry = (await entries()).get(name);
    if (!entry) throw new PermanentError(`the step ${step} wrote no artifact "${name}": ${uri} lists its artifacts`);
    return await read(entry.uri, entry.digest);
  }
  return {
    bytes,
    names: async () => [...(await entries()).keys()],
    find: async (name) => (await entries()).get(name),
    json: async <T>(name: string) => parse<T>(await bytes(name), name),
  };
}

/** Throws a PermanentError where what a step is about to read is not what the gate before it was decided on. */
export function requireApproved({ digests }: Inputs, approved: Evidence): void {
  for (const [step, digest] of digests) {
    if (!(step in approved) || approved[step] === digest) continue;
    throw new PermanentError(
      `what the step ${step} wrote is no longer what was approved: its manifest had ${approved[step]} at the gate and has ${digest} now; another run or somebody else has replaced it`,
    );
  }
}

/** The artifacts of this run's steps, by the steps' records. `writerOf`: who wrote what is read of a step. Default: the step. */
export function inputsOf(
  store: ArtifactStore,
  records: ReadonlyMap<StepPart, StepRecord>,
  writerOf: (step: Step) => StepPart = (step) => step,
): Inputs {
  const partOf = (step: Step, batch?: string) => (batch === undefined ? writerOf(step) : stepPart(step, batch));
  const byStep = new Map<StepPart, StepArtifacts>();
  for (const [step, { result }] of records)
    if (result.manifest) byStep.set(step, artifactsOf(store, step, result.manifest));
  return {
    has: (step, batch) => byStep.has(partOf(step, batch)),
    of: (step, batch) => {
      const part = partOf(step, batch);
      const input = byStep.get(part);
      if (!input) throw new PermanentError(`this run has no result of the step ${part}, which must run first`);
      return input;
    },
    digests: new Map([...records].map(([step, { result }]) => [step, result.manifest?.digest])),
  };
}

/** Whether all artifacts that a record names still exist unchanged. */
export async function isIntact(store: ArtifactStore, step: StepPart, { result }: StepRecord): Promise<boolean> {
  if (!result.manifest) return false;
  try {
    const artifacts = artifactsOf(store, step, result.manifest);
    for (const name of await artifacts.names()) await artifacts.bytes(name);
    return true;
  } catch (error) {
    if (isTransient(error)) throw error;
    return false;
  }
}

function parse<T>(bytes: Uint8Array, name: string): T {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as T;
  } catch (error) {
    throw new PermanentError(`${name} is not valid JSON: ${describe(error)}`);
  }
}
