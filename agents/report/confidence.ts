// The confidence of a whole job, from the judgements of its pages and the pages that could not be read.
import type { Finding } from "@agentic/api/template.ts";
import { type FailedPage, isFetched, type PageAnalysis, type RawHtml } from "../core/documents.ts";
import type { Measure } from "../page/text.ts";

/** What a job's confidence loses where no page could be read; in proportion where some could not. */
const MISSING_PAGES_COST = 0.06;

/** The reasons of a page with less confidence than this are among the job's reasons. */
const SURE_CONFIDENCE = 0.9;

/** The most confidence in a page whose text was not compared with what it shows: below the default threshold of the gate. */
export const MOST_UNCOMPARED = 0.9;

/** The share of a page's words that may be hidden, as labels for screen readers are, before they cost confidence. */
const HIDDEN_SHARE = 0.05;

/** From this share on, a page is made to say something else to those who read its source. */
const DECEPTIVE_SHARE = 0.2;

/** A page's own judgement, held to what the page shows. */
export type Held = Pick<PageAnalysis, "confidence" | "reasons" | "findings">;

/**
 * The judgement with no more confidence than what the page shows can bear: people and models that look at it must be able to
 * see what it was judged by. `problem`: why its text was not compared.
 */
export function hold(judgement: Held, page: { url: string; measure: Measure; problem?: string | undefined }): Held {
  const doubts = doubtsOf(page);
  const confidence = Math.min(judgement.confidence, ...doubts.map(({ most }) => most));
  return {
    confidence: Math.round(confidence * 1000) / 1000,
    reasons: [...doubts.filter(({ most }) => most < 1).map(({ text }) => text), ...judgement.reasons],
    findings: [
      ...doubts.map(({ severity, text }): Finding => ({ severity, url: page.url, text })),
      ...judgement.findings,
    ],
  };
}

interface Doubt extends Pick<Finding, "severity" | "text"> {
  /** The most confidence that it leaves. */
  most: number;
}

function doubtsOf({ measure, problem }: { measure: Measure; problem?: string | undefined }): Doubt[] {
  const { shown, silent, hidden } = measure;
  const doubts: Doubt[] = [];
  if (!hidden) {
    const text = `The page's text was not compared with what it shows: ${problem ?? "it has no screenshot"}.`;
    doubts.push({ severity: "low", text, most: MOST_UNCOMPARED });
  } else if (hidden.words > 0) {
    const share = hidden.words / (hidden.words + shown);
    const text = `${hidden.words} of ${hidden.words + shown} words of the page's text are not shown, and were left out: “${hidden.sample}”.`;
    if (share <= HIDDEN_SHARE) doubts.push({ severity: "info", text, most: 1 });
    else doubts.push({ severity: share < DECEPTIVE_SHARE ? "medium" : "high", text, most: 1 - share });
  }
  if (silent > shown) {
    const text = `The page says more in titles, alternative texts and data (${silent} words) than it shows (${shown} words).`;
    doubts.push({ severity: "medium", text, most: shown / silent });
  }
  return doubts;
}

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
