// The confidence of a whole job, from the judgements of its pages and the pages that could not be read.
import type { Finding } from "@agentic/api/template.ts";
import { type FailedPage, isFetched, type PageAnalysis, type RawHtml } from "../core/documents.ts";

/** What a job's confidence loses where no page could be read; in proportion where some could not. */
const MISSING_PAGES_COST = 0.06;

/** The reasons of a page with less confidence than this are among the job's reasons. */
const SURE_CONFIDENCE = 0.9;

export interface Judgement {
  confidence: number;
  reasons: string[];
  findings: Finding[];
}

/**
 * Halfway between the mean and the minimum of the pages' confidence, so that one doubtful page still counts among good ones;
 * less for target pages that could not be fetched, or (`unread`) not be read. Rounded to three digits.
 */
export function judge(pages: readonly PageAnalysis[], raw: RawHtml, unread: readonly FailedPage[] = []): Judgement {
  const failed = [...raw.pages.filter((page): page is FailedPage => !isFetched(page)), ...unread];
  const findings: Finding[] = [
    ...pages.flatMap((page) => [...page.findings, ...pictureFindings(page)]),
    ...failed.map(
      ({ url, error }): Finding => ({ severity: "medium", url, text: `The page could not be read: ${error}` }),
    ),
  ];
  const confidences = pages.map(({ confidence }) => confidence);
  const mean = confidences.reduce((sum, confidence) => sum + confidence, 0) / Math.max(confidences.length, 1);
  const least = Math.min(...confidences, 1);
  const coverage = 1 - (MISSING_PAGES_COST * failed.length) / Math.max(raw.pages.length, 1);
  const confidence = pages.length === 0 ? 0 : Math.round(((mean + least) / 2) * coverage * 1000) / 1000;
  const reasons = [
    `${pages.length} of ${raw.pages.length} pages read`,
    ...failed.map(({ url, error }) => `${url} could not be read: ${error}`),
    ...pages
      .filter((page) => page.confidence < SURE_CONFIDENCE)
      .flatMap((page) => page.reasons.map((reason) => `${page.url}: ${reason}`)),
  ];
  if (reasons.length === 1) reasons.push(...new Set(pages.flatMap((page) => page.reasons)));
  return { confidence, reasons: reasons.slice(0, 20), findings };
}

/** What pictures say and the page's own text doesn't, so that whoever decides knows it before the gate. */
function pictureFindings({ url, view }: PageAnalysis): Finding[] {
  const lines = view.sight?.text_in_images ?? [];
  return lines.length === 0 ? [] : [{ severity: "info", url, text: `Only pictures say: ${lines.join(" · ")}` }];
}
