// The shapes of a job's JSON artifacts, which one step writes and the next ones read.
import type { Finding } from "@agentic/api/template.ts";
import { PermanentError } from "./errors.ts";
import type { Inputs, Written } from "./inputs.ts";
import { lazily } from "./lazily.ts";

/** A page that could not be had, and why. */
export interface FailedPage {
  /** Place among the job's target URLs, from 0. */
  n: number;
  url: string;
  error: string;
  /** Whether another run may have it: the site was down, or busy, or did not answer in time. */
  transient?: true;
}

export interface FetchedPage {
  n: number;
  url: string;
  /** Where redirects led. */
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

/** The pages that this run's scrape step has fetched, read once. */
export const rawHtmlOf = (inputs: Inputs): (() => Promise<RawHtml>) =>
  lazily(() => inputs.of("scrape").json<RawHtml>("raw_html"));

export const isFetched = (page: FetchedPage | FailedPage): page is FetchedPage => "html" in page;

/** The pages that were fetched; a job without any has nothing to work on. */
export function fetchedPages({ pages }: RawHtml): FetchedPage[] {
  const found = pages.filter(isFetched);
  if (found.length === 0) throw new PermanentError("none of the pages could be fetched: raw_html.json says why");
  return found;
}

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
  /** What was found wrong, such as JSON-LD that is no JSON, or an image without alternative text. */
  problems: string[];
}

/** `dom_structures.json`. */
export interface DomStructures {
  jobId: string;
  pages: (PageStructure | FailedPage)[];
}

/** `screenshots/problems.json`: by the page's place among the target URLs, what is wrong with its picture, or why there is none. */
export type ScreenshotProblems = Record<number, string>;

/** What the step says of its pictures; nothing where all went well. */
export async function screenshotProblemsOf(screenshots: Written | undefined): Promise<ScreenshotProblems> {
  const name = "screenshot_problems";
  return (await screenshots?.find(name)) ? ((await screenshots?.json<ScreenshotProblems>(name)) ?? {}) : {};
}

export interface Fact {
  name: string;
  value: string;
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
  /** Pages that were fetched but broke a limit when they were read. */
  unread?: FailedPage[];
}
