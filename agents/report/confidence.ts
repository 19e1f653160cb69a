// One confidence for a whole job, from what was said about each page and what could not be read.
import type { Finding } from "@agentic/api/template.ts";
import { type FailedPage, isFetched, type PageAnalysis, type RawHtml } from "../core/documents.ts";

/** What a job loses when none of its pages could be read; one of three costs a third of it. */
const MISSING_PAGES_COST = 0.06;

/** A page that its own judgement is less sure of than this is named among the reasons. */
const SURE = 0.9;

export interface Judgement {
  confidence: number;
  reasons: string[];
  findings: Finding[];
}

/**
 * The mean of the pages' confidence, drawn halfway to the least of them, so that one page full of doubt is not lost among
 * good ones; less for target pages that could not be fetched, or, as `unread`, not be read. Rounded to three digits.
 */
export function judge(pages: readonly PageAnalysis[], raw: RawHtml, unread: readonly FailedPage[] = []): Judgement {
  const failed = [...raw.pages.filter((page): page is FailedPage => !isFetched(page)), ...unread];
  const findings: Finding[] = [
    ...pages.flatMap((page) => page.findings),
    ...failed.map(
      ({ url, error }): Finding => ({ severity: "medium", url, text: `The page could not be read: ${error}` }),
    ),
  ];
  const sure = pages.map(({ confidence }) => confidence);
  const mean = sure.reduce((sum, one) => sum + one, 0) / Math.max(sure.length, 1);
  const least = Math.min(...sure, 1);
  const coverage = 1 - (MISSING_PAGES_COST * failed.length) / Math.max(raw.pages.length, 1);
  const confidence = pages.length === 0 ? 0 : Math.round(((mean + least) / 2) * coverage * 1000) / 1000;
  const reasons = [
    `${pages.length} of ${raw.pages.length} pages read`,
    ...failed.map(({ url, error }) => `${url} could not be read: ${error}`),
    ...pages
      .filter((page) => page.confidence < SURE)
      .flatMap((page) => page.reasons.map((reason) => `${page.url}: ${reason}`)),
  ];
  if (reasons.length === 1) reasons.push(...new Set(pages.flatMap((page) => page.reasons)));
  return { confidence, reasons: reasons.slice(0, 20), findings };
}
