// join: makes of what the batches of a split run wrote the documents of the whole job, and computes its confidence for the gate.

import { SCREENSHOT_PROBLEMS } from "@agentic/api/artifacts.ts";
import { pagesOfBatch } from "@agentic/api/batches.ts";
import { type Context, type PreparedStep, prepared } from "../core/context.ts";
import {
  type Analysis,
  type DomStructures,
  type FailedPage,
  isFetched,
  noneRead,
  type RawHtml,
  type ScreenshotProblems,
  screenshotProblemsOf,
} from "../core/documents.ts";
import { PermanentError } from "../core/errors.ts";
import type { Work } from "../core/graph.ts";
import { ARTIFACTS } from "../core/store.ts";
import { judge } from "../report/confidence.ts";

export const reads = ["scrape", "screenshot", "dom", "analysis"] as const;

/** What the batches wrote together. */
interface Joined {
  raw: RawHtml["pages"];
  dom: DomStructures["pages"];
  analysed: Analysis["pages"];
  unread: FailedPage[];
  problems: ScreenshotProblems;
}

export function prepare({ settings, store, inputs, log }: Context): PreparedStep {
  const { jobId, objective, model, batches, targetUrls } = settings;
  const hasStructure = batches.some((batch) => inputs.has("dom", batch));
  const hasScreenshots = batches.some((batch) => inputs.has("screenshot", batch));

  /** A batch's document of a step; undefined where that failed for good, which costs the batch's pages alone. */
  async function documentOf<T>(step: (typeof reads)[number], batch: string, name: string): Promise<T | undefined> {
    return inputs.has(step, batch) ? await inputs.of(step, batch).json<T>(name) : undefined;
  }

  async function add(joined: Joined, batch: string): Promise<void> {
    const failedIn = (step: string, pages: readonly { n: number; url: string }[]): FailedPage[] => {
      log.warn({ batch, failed: step, pages: pages.length }, "a batch's step has no result");
      return pages.map(({ n, url }) => ({ n, url, error: `the step ${step} of its batch, ${batch}, failed` }));
    };
    const raw = await documentOf<RawHtml>("scrape", batch, "raw_html");
    if (!raw) {
      joined.raw.push(...failedIn("scrape", pagesOfBatch(targetUrls, batch)));
      return;
    }
    joined.raw.push(...raw.pages);
    const fetched = raw.pages.filter(isFetched);
    if (fetched.length === 0) return;
    const analysis = await documentOf<Analysis>("analysis", batch, "analysis");
    const step = inputs.has("screenshot", batch) || !hasScreenshots ? "analysis" : "screenshot";
    joined.analysed.push(...(analysis?.pages ?? []));
    joined.unread.push(...(analysis ? (analysis.unread ?? []) : failedIn(step, fetched)));
    // Pages that could not be analysed are reported once.
    if (!analysis) return;
    const dom = await documentOf<DomStructures>("dom", batch, "dom_structures");
    if (hasStructure) joined.dom.push(...(dom?.pages ?? failedIn("dom", fetched)));
    if (inputs.has("screenshot", batch))
      Object.assign(joined.problems, await screenshotProblemsOf(inputs.of("screenshot", batch)));
  }
  // Nothing of it is in a checkpoint, which would hold all pages' bodies: it is quickly done again.
  const work: Work<null, null> = {
    load: async () => [],
    each: async () => null,
    finish: async () => {
      const joined: Joined = { raw: [], dom: [], analysed: [], unread: [], problems: {} };
      for (const batch of batches) await add(joined, batch);
      const { raw: pages, analysed, unread, dom, problems } = joined;
      const failed = [...pages.filter((page): page is FailedPage => !isFetched(page)), ...unread];
      if (analysed.length === 0) throw new PermanentError(noneRead(failed));
      const raw: RawHtml = { jobId, objective, pages };
      const { confidence, reasons, findings } = judge(analysed, raw, unread);
      const analysis: Analysis = {
        ...{ jobId, objective, model, confidence, reasons, findings },
        ...{ pages: analysed, unread },
      };
      const structures: DomStructures = { jobId, pages: dom };
      const write = async (name: string, key: string, value: unknown) => ({
        name,
        ...(await store.put(key, JSON.stringify(value), "application/json")),
      });
      const artifacts = [
        await write("raw_html", ARTIFACTS.rawHtml, raw),
        ...(hasStructure ? [await write("dom_structures", ARTIFACTS.domStructures, structures)] : []),
        ...(Object.keys(problems).length > 0
          ? [await write("screenshot_problems", SCREENSHOT_PROBLEMS, problems)]
          : []),
        await write("analysis", ARTIFACTS.analysis, analysis),
      ];
      log.info({ batches: batches.length, pages: pages.length, failed: failed.length }, "batches joined");
      return { artifacts, confidence, reasons, findings };
    },
  };
  return prepared(work, 1);
}
