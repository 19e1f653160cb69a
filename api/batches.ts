// How the pages of a large run are split into batches, which pods of their own work on side by side.
import type { Step } from "./template.ts";

/** The most pages of a run that isn't split, and of a batch. A batch costs as many further pods as there are steps of pages. */
export const BATCH_PAGES = 20;

/** How many batches of a run are worked on at the same time. */
export const BATCHES_AT_ONCE = 4;

/** The steps that work on pages: of a split run, each batch has its own. */
export const PAGE_STEPS = ["scrape", "screenshot", "dom", "analysis"] as const satisfies readonly Step[];
export type PageStep = (typeof PAGE_STEPS)[number];

export const isPageStep = (step: string): step is PageStep => (PAGE_STEPS as readonly string[]).includes(step);

/** The step whose pod, of a split run, joins what the batches wrote. The gate is decided on its result, split or not. */
export const JOIN_STEP = "analysis" satisfies PageStep;

/** A target page: its index in the target URLs, from 0. */
export interface TargetPage {
  n: number;
  url: string;
}

/** The pages to read: the target URLs without duplicates. */
export function targetPages(targetUrls: readonly string[]): TargetPage[] {
  const seen = new Set<string>();
  return targetUrls.flatMap((url, n) => {
    const parsed = URL.parse(url);
    if (parsed) parsed.hash = "";
    const key = parsed?.href ?? url;
    if (seen.has(key)) return [];
    seen.add(key);
    return [{ n, url }];
  });
}

/**
 * The batches of a run's pages, as equal as can be, each named by its first and last page, such as `20-39`; none where the run isn't split.
 */
export function batchesOf(targetUrls: readonly string[]): string[] {
  const pages = targetPages(targetUrls);
  if (pages.length <= BATCH_PAGES) return [];
  const count = Math.ceil(pages.length / BATCH_PAGES);
  const start = (batch: number) => Math.floor((batch * pages.length) / count);
  return Array.from({ length: count }, (_, batch) => `${pages[start(batch)]?.n}-${pages[start(batch + 1) - 1]?.n}`);
}

const BATCH = /^(0|[1-9]\d{0,4})-(0|[1-9]\d{0,4})$/;

export const isBatch = (text: unknown): text is string => typeof text === "string" && BATCH.test(text);

/** The target pages of a batch. Throws an error for what doesn't name one. */
export function pagesOfBatch(targetUrls: readonly string[], batch: string): TargetPage[] {
  const [, first, last] = BATCH.exec(batch) ?? [];
  if (first === undefined) throw new Error(`"${batch}" doesn't name a batch: expected <first page>-<last page>`);
  return targetPages(targetUrls).filter(({ n }) => n >= Number(first) && n <= Number(last));
}

/** A step of a run, or its part for one batch: `scrape`, or `scrape/20-39`. */
export type StepPart = Step | `${PageStep}/${string}`;

export const stepPart = (step: Step, batch?: string): StepPart =>
  batch && isPageStep(step) ? `${step}/${batch}` : step;
