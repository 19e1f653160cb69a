// The types of a job's JSON artifacts, which one step writes and later steps read.
import { shownTextName } from "@agentic/api/artifacts.ts";
import type { Finding } from "@agentic/api/template.ts";
import type { Shown } from "../page/visible.ts";
import { PermanentError } from "./errors.ts";
import type { Inputs, StepArtifacts } from "./inputs.ts";
import { lazily } from "./lazily.ts";

/** A page that could not be fetched or read, and why. */
export interface FailedPage {
  /** Index in the job's target URLs, from 0. */
  n: number;
  url: string;
  error: string;
  /** Whether a retry may succeed: the site was down, busy or too slow. */
  transient?: true;
}

export interface FetchedPage {
  n: number;
  url: string;
  /** URL after redirects. */
  finalUrl: string;
  redirects: string[];
  status: number;
  contentType: string;
  bytes: number;
  fetchedAt: string;
  html: string;
}

/** `raw_html.json`. */
export interface RawHtml {
  jobId: string;
  objective: string;
  pages: (FetchedPage | FailedPage)[];
}

/** The artifact of this run's scrape step, read once. */
export const rawHtmlOf = (inputs: Inputs): (() => Promise<RawHtml>) =>
  lazily(() => inputs.of("scrape").json<RawHtml>("raw_html"));

export const isFetched = (page: FetchedPage | FailedPage): page is FetchedPage => "html" in page;

/** The pages that were fetched. Throws a PermanentError where there are none. */
export function fetchedPages({ pages }: RawHtml): FetchedPage[] {
  const fetched = pages.filter(isFetched);
  if (fetched.length === 0)
    throw new PermanentError(noneFetched(pages.filter((page): page is FailedPage => !isFetched(page))));
  return fetched;
}

/** Says why none of the pages could be fetched. */
export function noneFetched(failed: readonly FailedPage[]): string {
  const reasons = failed.slice(0, 3).map(({ url, error }) => `${url}: ${error}`);
  return `none of the ${failed.length} pages could be fetched: ${reasons.join("; ")}`;
}

/** Says why none of the pages could be read. */
export const noneRead = (failed: readonly FailedPage[]): string =>
  `none of the ${failed.length} pages could be read: ${failed[0]?.error}`;

export interface Table {
  caption: string;
  header: string[];
  rows: string[][];
}

export interface PageStructure {
  n: number;
  url: string;
  title: string;
  lang: string;
  meta: Record<string, string>;
  headings: { level: number; text: string }[];
  links: { href: string; text: string; internal: boolean }[];
  images: { src: string; alt: string }[];
  forms: {
    action: string;
    method: string;
    label: string;
    fields: { name: string; type: string; required: boolean; label: string }[];
  }[];
  tables: Table[];
  landmarks: { role: string; label: string }[];
  jsonLd: unknown[];
  /** Defects of the page, such as JSON-LD that is not valid JSON, or an image without alternative text. */
  problems: string[];
}

/** `dom_structures.json`. */
export interface DomStructures {
  jobId: string;
  pages: (PageStructure | FailedPage)[];
}

/** `screenshots/problems.json`: by page number, what is wrong with its screenshot, or why there is none. */
export type ScreenshotProblems = Record<number, string>;

/** The screenshot step's problems; empty where it has none. */
export async function screenshotProblemsOf(screenshots: StepArtifacts | undefined): Promise<ScreenshotProblems> {
  const name = "screenshot_problems";
  return (await screenshots?.find(name)) ? ((await screenshots?.json<ScreenshotProblems>(name)) ?? {}) : {};
}

/** `screenshots/<n>.json`: what the browser shows of a page's texts, or why that is unknown. */
export interface ShownPage extends Partial<Shown> {
  problem?: string;
}

/** What was shown of the n-th page when its screenshot was taken. */
export async function shownPageOf(inputs: Inputs, n: number): Promise<ShownPage> {
  const name = shownTextName(n);
  if (!inputs.has("screenshot")) return { problem: "its workflow takes no screenshots" };
  const screenshots = inputs.of("screenshot");
  return (await screenshots.find(name)) ? screenshots.json<ShownPage>(name) : { problem: "it has no screenshot" };
}

export interface Fact {
  name: string;
  value: string;
}

/** What a page's screenshot shows. */
export interface Sight {
  description: string;
  /** Text on the screenshot that the page's own text lacks. */
  text_in_images: string[];
}

/** A page's screenshot and a model's description of it, or the reason why there is none. */
export interface PageView {
  /** `s3://` URI. */
  screenshot?: string;
  sight?: Sight;
  problem?: string;
}

export interface PageAnalysis {
  n: number;
  url: string;
  title: string;
  words: number;
  summary: string;
  facts: Fact[];
  findings: Finding[];
  confidence: number;
  reasons: string[];
  view: PageView;
}

/** `analysis.json`. */
export interface Analysis {
  jobId: string;
  objective: string;
  model: string;
  confidence: number;
  reasons: string[];
  findings: Finding[];
  pages: PageAnalysis[];
  /** Pages that were fetched, but exceeded a limit when they were read. */
  unread?: FailedPage[];
}
