// Where a job's artifacts are in the object store: keys under the job's prefix, and their `s3://` URIs.

import type { StepPart } from "./batches.ts";
import type { Evidence, Step } from "./template.ts";

/** Valid names of buckets, as a regular expression. */
export const BUCKET_NAME = "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$";

/** Keys below the job's prefix. */
export const ARTIFACTS = {
  rawHtml: "raw_html.json",
  domStructures: "dom_structures.json",
  analysis: "analysis.json",
  report: "report.md",
} as const;

/** Folder of the screenshots below the job's prefix. */
const SCREENSHOTS = "screenshots";

/** Why some pages have no screenshot, or a flawed one; the object doesn't exist if all screenshots are good. */
export const SCREENSHOT_PROBLEMS = `${SCREENSHOTS}/problems.json`;

/** Key of the n-th target's screenshot, counted from 0 in the order of `targetUrls`. */
export function screenshotKey(n: number): string {
  if (!Number.isInteger(n) || n < 0) throw new RangeError(`screenshot number must be 0 or more, got ${n}`);
  return `${SCREENSHOTS}/${n}.png`;
}

/** Key of what the browser shows of the n-th target's texts, taken with its screenshot. */
export function shownTextKey(n: number): string {
  return screenshotKey(n).replace(/png$/, "json");
}

/** Where a text is on a screenshot, in its pixels. */
export type TextBox = [left: number, top: number, right: number, bottom: number];

/** Names of a page's screenshot, and of its {@link shownTextKey}, among the artifacts. */
export const screenshotName = (n: number): string => `screenshot_${n}`;
export const shownTextName = (n: number): string => `shown_text_${n}`;

/** Valid ids of a run, which are part of object keys. */
export const RUN_ID = /^[A-Za-z0-9_-]+$/;

/**
 * Key of the manifest of what one step of one run wrote. Steps of a run, batches of a step, and runs under one prefix, are concurrent, so
 * each writes a manifest of its own.
 */
export function manifestKey(run: string, part: StepPart): string {
  if (!RUN_ID.test(run)) throw new Error(`"${run}" is not the id of a run`);
  return `manifests/${run}/${part}.json`;
}

/** Folder below the job's prefix with what a batch's steps write. */
export const batchFolder = (batch: string): string => `batches/${batch}/`;

/** Folder below the job's prefix with the logs of all runs. */
export const LOGS = "logs";

/** Folder below the job's prefix with the logs of a run's pods. */
export function logsFolder(run: string): string {
  if (!RUN_ID.test(run)) throw new Error(`"${run}" is not the id of a run`);
  return `${LOGS}/${run}`;
}

/** Key of a pod's log, as Argo Workflows names the logs that it archives: lines of JSON, the beginning and the end of a long one. */
export function logKey(run: string, pod: string): string {
  return `${logsFolder(run)}/${pod}/main.log`;
}

/** Folder below the job's prefix with the questions that a run's steps asked the model, and its answers. */
export function exchangesFolder(run: string): string {
  if (!RUN_ID.test(run)) throw new Error(`"${run}" is not the id of a run`);
  return `exchanges/${run}`;
}

/** Key of one answer: JSON, by the digest of its question. */
export function exchangeKey(run: string, question: string): string {
  return `${exchangesFolder(run)}/${question}.json`;
}

/** An object that a step wrote. */
export interface ManifestEntry {
  /** As in the step's result, such as `raw_html` or `screenshot_7`. */
  name: string;
  /** Its `s3://` URI. */
  uri: string;
  /** `sha256:` and the hex digest of its bytes, so that a reader can tell what this run wrote from what another did. */
  digest: string;
  bytes: number;
}

/** A manifest: JSON at {@link manifestKey}. */
export interface ArtifactManifest {
  version: 1;
  /** The run that wrote it: the template parameter `run_id`, else the Workflow's uid. */
  run: string;
  jobId: string;
  step: Step;
  /** The batch that it worked on; absent where the pages aren't split. */
  batch?: string;
  /** Of what joins batches: the digests of their manifests. */
  joins?: Evidence;
  /** In the order in which the step names them. */
  artifacts: ManifestEntry[];
}

/** The default prefix of a job. */
export function defaultPrefix(jobId: string): string {
  return `job_${jobId}`;
}

/** A place in an object store. */
export interface S3Location {
  bucket: string;
  key: string;
}

/** `s3://bucket/key`; the key keeps its slashes, everything else that a URI can't hold is percent-encoded. */
export function s3Uri(bucket: string, ...key: string[]): string {
  const path = key.join("/");
  if (!isBucket(bucket)) throw new Error(`"${bucket}" is not a valid bucket name: 3–63 of a–z, 0–9, "." and "-"`);
  if (path === "" || path.startsWith("/"))
    throw new Error(`"${path}" is not a valid object key: it must not be empty or start with "/"`);
  return `s3://${bucket}/${path.split("/").map(encodeURIComponent).join("/")}`;
}

/** The place that a `s3://` URI names; throws on anything else. */
export function parseS3Uri(uri: string): S3Location {
  const match = /^s3:\/\/([^/]+)\/(.+)$/s.exec(uri);
  const [, bucket, path] = match ?? [];
  if (!bucket || !path || !isBucket(bucket))
    throw new Error(`"${uri}" is not a valid artifact URI: expected s3://<bucket>/<key>`);
  try {
    return { bucket, key: path.split("/").map(decodeURIComponent).join("/") };
  } catch {
    throw new Error(`"${uri}" is not a valid artifact URI: its percent-encoding is broken`);
  }
}

function isBucket(name: string): boolean {
  return new RegExp(BUCKET_NAME).test(name);
}
