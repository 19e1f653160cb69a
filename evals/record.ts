// Makes a case of a finished workload: its pages, its pictures, the model's answers, and what it found, for people to check.

import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import {
  type ArtifactManifest,
  exchangesFolder,
  parseS3Uri,
  s3Uri,
  screenshotName,
  shownTextName,
} from "@agentic/api/artifacts.ts";
import { DEFAULT_WORKFLOW_TEMPLATE } from "@agentic/api/names.ts";
import { DEFAULTS } from "@agentic/api/phases.ts";
import type { Step } from "@agentic/api/template.ts";
import {
  type Analysis,
  isFetched,
  type RawHtml,
  type ScreenshotProblems,
  type ShownPage,
} from "../agents/core/documents.ts";
import type { Exchange } from "../agents/core/exchange.ts";
import { digestOf } from "../agents/core/store.ts";
import type { Case, CaseFile, Expected, PageFile } from "./case.ts";

/** The tenant's object store. */
export interface Reader {
  read(uri: string): Promise<Uint8Array>;
  /** The keys of the bucket that begin with that of the URI. */
  keys(uri: string): Promise<string[]>;
}

export interface Recorded extends Pick<Case, "recording" | "pictures"> {
  file: CaseFile;
  /** The pages' sources, by the names that the case has for them. */
  sources: (readonly [name: string, html: string])[];
}

/** Reads a finished workload's run. Throws where it has left no analysis, or something is not what the run wrote. */
export async function recordRun(store: Reader, { metadata, spec, status }: AgentWorkload): Promise<Recorded> {
  const of = await artifactsOf(store, status?.artifacts ?? {});
  const raw = await of.json<RawHtml>("raw_html");
  const analysis = await of.json<Analysis>("analysis");
  if (!raw || !analysis)
    throw new Error(
      `${metadata.namespace}/${metadata.name} has no analysis: only a run that reached its gate can be recorded`,
    );
  const decision = status?.approval?.decision ?? "none";
  if (decision === "pending")
    throw new Error(
      `${metadata.namespace}/${metadata.name} waits at its gate: it can be recorded once that is decided`,
    );
  const exchanges = await exchangesOf(store, of);
  if (exchanges.length === 0)
    throw new Error(
      `${metadata.namespace}/${metadata.name} kept no answers of the model: run it again with this release`,
    );
  const problems = (await of.json<ScreenshotProblems>("screenshot_problems")) ?? {};
  const recorded: Recorded = {
    file: {
      shows: `The run of ${metadata.name}: ${spec.objective}`,
      template: spec.orchestration?.workflowTemplateRef?.name ?? DEFAULT_WORKFLOW_TEMPLATE,
      objective: raw.objective,
      model: analysis.model,
      approval: {
        policy: spec.approval?.policy ?? DEFAULTS.policy,
        threshold: spec.approval?.threshold ?? DEFAULTS.threshold,
      },
      pages: [],
      expected: expectedOf(analysis, decision),
    },
    sources: [],
    pictures: {},
    recording: { shown: {}, problems: {}, exchanges },
  };
  // Numbers of a case are those of its list: of a workload that names a page twice some are left out.
  for (const [i, page] of raw.pages.entries()) {
    if (!isFetched(page)) {
      recorded.file.pages.push({ url: page.url, error: page.error });
      continue;
    }
    const { n, html, bytes: _, ...rest } = page;
    recorded.file.pages.push({ ...rest, file: `${i}.html` } satisfies PageFile);
    recorded.sources.push([`${i}.html`, html]);
    const picture = await of.bytes(screenshotName(n));
    const shown = await of.json<ShownPage>(shownTextName(n));
    if (picture) recorded.pictures[i] = Buffer.from(picture);
    if (shown) recorded.recording.shown[i] = shown;
    if (problems[n] !== undefined) recorded.recording.problems[i] = problems[n];
  }
  return recorded;
}

interface Artifacts {
  run: string;
  uriOf(name: string): string | undefined;
  bytes(name: string): Promise<Uint8Array | undefined>;
  json<T>(name: string): Promise<T | undefined>;
}

type StatusArtifacts = Partial<NonNullable<NonNullable<AgentWorkload["status"]>["artifacts"]>>;

/** The artifacts of all steps, each by the digest in its step's manifest, and that by the digest in the workload's status. */
async function artifactsOf(store: Reader, { manifests = {}, digests = {} }: StatusArtifacts): Promise<Artifacts> {
  const entries = new Map<string, ArtifactManifest["artifacts"][number]>();
  let run = "";
  const read = async (uri: string, digest: string | undefined) => {
    const bytes = await store.read(uri);
    if (digestOf(bytes) !== digest) throw new Error(`${uri} is not what the run wrote: its digest is not ${digest}`);
    return bytes;
  };
  for (const [step, uri] of Object.entries(manifests) as [Step, string][]) {
    const manifest = JSON.parse(Buffer.from(await read(uri, digests[step])).toString()) as ArtifactManifest;
    run = manifest.run;
    for (const entry of manifest.artifacts) entries.set(entry.name, entry);
  }
  const bytes: Artifacts["bytes"] = async (name) => {
    const entry = entries.get(name);
    return entry && (await read(entry.uri, entry.digest));
  };
  return {
    run,
    bytes,
    uriOf: (name) => entries.get(name)?.uri,
    json: async <T>(name: string) => {
      const found = await bytes(name);
      return found && (JSON.parse(Buffer.from(found).toString()) as T);
    },
  };
}

/** The model's answers, which lie beside the analysis. */
async function exchangesOf(store: Reader, { run, uriOf }: Artifacts): Promise<Exchange[]> {
  const { bucket, key } = parseS3Uri(uriOf("analysis") ?? "");
  const folder = s3Uri(bucket, key.replace(/[^/]*$/, "") + exchangesFolder(run));
  const keys = await store.keys(`${folder}/`);
  return await Promise.all(
    keys.map(async (each) => JSON.parse(Buffer.from(await store.read(s3Uri(bucket, each))).toString()) as Exchange),
  );
}

/** What the run found, as what is expected of others: a proposal, which people check. */
function expectedOf({ pages, findings }: Analysis, decision: Expected["decision"]): Expected {
  return {
    facts: pages.flatMap(({ facts }) => facts.map(({ name, value }) => ({ about: name, value }))),
    absent: [],
    findings: findings.map(({ severity, text }) => ({ severity, text })),
    decision,
  };
}
