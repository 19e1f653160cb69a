// A run's artifacts: named by the manifests whose digests the steps have reported, and read no further than the run's own folder.
import { createHash } from "node:crypto";
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { type ArtifactManifest, logsFolder } from "@agentic/api/artifacts.ts";
import { type Artifact, PATHS } from "../contract.ts";
import { notFound, Refusal } from "../http/errors.ts";
import { contentTypeOf } from "./content-type.ts";
import type { ReadObject } from "./store.ts";

/** The most bytes of an artifact that is shown: it is read whole, to be compared with its digest. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Step of artifacts whose run has no manifests. */
const WHOLE_RUN = "run";

/**
 * Where the run's objects are, with a slash at the end: the operator writes it from the run's own parameters. What a step reports lies
 * there, or isn't the run's: the console's identity reads every tenant's bucket, and a step must not lead it into another.
 */
function folderOf({ metadata, status }: AgentWorkload): string | undefined {
  const logs = status?.logs;
  const tail = logsFolder(metadata.uid ?? "");
  return logs?.endsWith(`/${tail}`) ? logs.slice(0, -tail.length) : undefined;
}

/** Whether the address is one of the run's own objects. */
export function isOwn(workload: AgentWorkload, uri: string): boolean {
  const folder = folderOf(workload);
  return folder !== undefined && uri.startsWith(folder) && !/(^|\/)(\.|%2e){1,2}(\/|$)/i.test(uri.slice(5));
}

export const digestOf = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** The artifacts of all steps that have reported any. Steps whose manifest can't be read have those that the status names. */
export async function artifactsOf(read: ReadObject, workload: AgentWorkload): Promise<Artifact[]> {
  const { artifacts, workflowArtifacts = {} } = workload.status ?? {};
  const manifests = Object.entries(artifacts?.manifests ?? {});
  const listed = await Promise.all(
    manifests.map(
      async ([step, uri]) => await entriesOf(read, workload, { step, uri, digest: artifacts?.digests?.[step] }),
    ),
  );
  const known = listed.flat();
  const uris = new Set(known.map(({ uri }) => uri));
  const others = Object.entries(workflowArtifacts)
    .filter(([, uri]) => !uris.has(uri) && isOwn(workload, uri))
    .map(([name, uri]) => artifactOf(workload, { step: WHOLE_RUN, name, uri }));
  return [...known, ...others];
}

interface Manifest {
  step: string;
  uri: string;
  digest: string | undefined;
}

async function entriesOf(
  read: ReadObject,
  workload: AgentWorkload,
  { step, uri, digest }: Manifest,
): Promise<Artifact[]> {
  if (!isOwn(workload, uri)) return [];
  const bytes = await bytesOf(read, uri).catch((error: unknown) => {
    if (error instanceof Refusal && error.status === 404) return undefined;
    throw error;
  });
  if (!bytes) return [];
  // Another run under the same prefix may have replaced it: what it names isn't this run's.
  if (digest !== undefined && digestOf(bytes) !== digest) return [];
  const { artifacts } = JSON.parse(Buffer.from(bytes).toString("utf8")) as ArtifactManifest;
  return artifacts
    .filter((entry) => isOwn(workload, entry.uri))
    .map((entry) => artifactOf(workload, { step, ...entry }));
}

function artifactOf(
  { metadata: { namespace = "", name: of } }: AgentWorkload,
  { step, name, uri, bytes, digest }: { step: string; name: string; uri: string; bytes?: number; digest?: string },
): Artifact {
  return {
    step,
    name,
    uri,
    contentType: contentTypeOf(uri),
    ...(bytes === undefined ? {} : { bytes }),
    ...(digest === undefined ? {} : { digest }),
    href: PATHS.artifact(namespace, of, step, name),
  };
}

/** An artifact with its content, which is what the manifest says. */
export async function contentOf(
  read: ReadObject,
  workload: AgentWorkload,
  { step, name }: { step: string; name: string },
): Promise<{ artifact: Artifact; bytes: Uint8Array<ArrayBuffer> }> {
  const artifact = (await artifactsOf(read, workload)).find((each) => each.step === step && each.name === name);
  if (!artifact) throw notFound(`artifact ${name} of step ${step}`);
  const bytes = await bytesOf(read, artifact.uri);
  if (artifact.digest !== undefined && digestOf(bytes) !== artifact.digest)
    throw new Refusal(409, "changed", `${name} isn't what step ${step} wrote: another run has replaced it since`);
  return { artifact, bytes };
}

/** An artifact of JSON, or undefined where there is none, it was replaced, or it isn't JSON. */
export async function jsonOf<T>(
  read: ReadObject,
  artifacts: readonly Artifact[],
  name: string,
): Promise<T | undefined> {
  const artifact = artifacts.find((each) => each.name === name);
  if (!artifact?.digest) return undefined;
  try {
    const bytes = await bytesOf(read, artifact.uri);
    return digestOf(bytes) === artifact.digest ? (JSON.parse(Buffer.from(bytes).toString("utf8")) as T) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof Refusal && error.status === 404)) return undefined;
    throw error;
  }
}

async function bytesOf(read: ReadObject, uri: string): Promise<Uint8Array<ArrayBuffer>> {
  const answer = await read(uri);
  if (Number(answer.headers.get("content-length") ?? 0) > MAX_BYTES) {
    await answer.body?.cancel();
    throw new Refusal(413, "too-large", "it is too large to be shown", {
      advice: `Read it from the object store: ${uri}`,
    });
  }
  return new Uint8Array(await answer.arrayBuffer());
}
