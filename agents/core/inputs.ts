// What a step reads of the steps before it: of the artifacts that a manifest names, and only with the digests that it gives.
import type { ArtifactManifest, ManifestEntry } from "@agentic/api/artifacts.ts";
import type { ManifestRef, Step } from "@agentic/api/template.ts";
import { describe, isTransient, PermanentError } from "./errors.ts";
import type { StepRecord } from "./records.ts";
import { type ArtifactStore, digestOf } from "./store.ts";

/** What one step has written. */
export interface Written {
  find(name: string): Promise<ManifestEntry | undefined>;
  /** The artifact's bytes. Throws a PermanentError where they are not those that the step wrote. */
  bytes(name: string): Promise<Uint8Array>;
  json<T>(name: string): Promise<T>;
  /** Names of all artifacts. */
  names(): Promise<string[]>;
}

/** The steps that a step reads. */
export interface Inputs {
  /** Throws a PermanentError where this run's step has left nothing. */
  of(step: Step): Written;
  /** Whether the step has left anything. */
  has(step: Step): boolean;
  /** Changes with anything that the step reads. */
  digests: readonly string[];
}

/** What the step says that it wrote, by the manifest that its result names. */
export function written(store: ArtifactStore, step: Step, { uri, digest }: ManifestRef): Written {
  let loading: Promise<Map<string, ManifestEntry>> | undefined;
  async function read(from: string, expected: string): Promise<Uint8Array> {
    const bytes = await store.get(from);
    if (digestOf(bytes) !== expected)
      throw new PermanentError(
        `${from} is not what the step ${step} wrote (${expected}): another run, or somebody else, has written there since`,
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
    if (!entry) throw new PermanentError(`the step ${step} wrote no artifact "${name}": ${uri} names what it did`);
    return await read(entry.uri, entry.digest);
  }
  return {
    bytes,
    names: async () => [...(await entries()).keys()],
    find: async (name) => (await entries()).get(name),
    json: async <T>(name: string) => parse<T>(await bytes(name), name),
  };
}

/** What the steps of this run have left, by their records. */
export function inputsOf(store: ArtifactStore, records: ReadonlyMap<Step, StepRecord>): Inputs {
  const found = new Map<Step, Written>();
  for (const [step, { result }] of records) if (result.manifest) found.set(step, written(store, step, result.manifest));
  return {
    has: (step) => found.has(step),
    of: (step) => {
      const input = found.get(step);
      if (!input) throw new PermanentError(`the step ${step} of this run has left no result: it must come before`);
      return input;
    },
    digests: [...records].map(([step, { result }]) => `${step} ${result.manifest?.digest}`),
  };
}

/** Whether everything that a record names is still there as it was written. */
export async function isIntact(store: ArtifactStore, step: Step, { result }: StepRecord): Promise<boolean> {
  if (!result.manifest) return false;
  try {
    const found = written(store, step, result.manifest);
    for (const name of await found.names()) await found.bytes(name);
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
    throw new PermanentError(`${name} is not JSON: ${describe(error)}`);
  }
}
