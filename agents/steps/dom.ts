// dom: reads the structure of each fetched page into dom_structures.json.
import { type Context, type PreparedStep, prepared } from "../core/context.ts";
import { type DomStructures, fetchedPages, isFetched, rawHtmlOf, shownPageOf } from "../core/documents.ts";
import { describe, PermanentError, TimeLimitError } from "../core/errors.ts";
import type { Work } from "../core/graph.ts";
import { ARTIFACTS } from "../core/store.ts";
import { createReader } from "../page/reader.ts";

type Structured = DomStructures["pages"][number];

export const reads = ["scrape", "screenshot"] as const;

export function prepare({ settings, store, inputs, log, signal }: Context): PreparedStep {
  const raw = rawHtmlOf(inputs);
  const reader = createReader(signal);
  const work: Work<{ n: number }, Structured> = {
    load: async () => fetchedPages(await raw()).map(({ n }) => ({ n })),
    each: async ({ n }) => {
      const page = (await raw()).pages.find((candidate) => candidate.n === n);
      if (!page || !isFetched(page)) throw new PermanentError(`page ${n} is not in raw_html.json`);
      try {
        const { texts } = await shownPageOf(inputs, n);
        const structure = await reader.read("structure", {
          ...page,
          url: page.finalUrl,
          ...(texts && { shown: texts }),
        });
        log.info({ n, headings: structure.headings.length, tables: structure.tables.length }, "structure read");
        return structure;
      } catch (error) {
        if (!(error instanceof PermanentError)) throw error;
        log.warn({ n, error: describe(error) }, "no structure");
        const failed = { n, url: page.url, error: describe(error) };
        return error instanceof TimeLimitError ? { ...failed, transient: true } : failed;
      }
    },
    isFinal: (page) => !("transient" in page),
    finish: async (pages) => {
      const document: DomStructures = { jobId: settings.jobId, pages };
      const stored = await store.put(ARTIFACTS.domStructures, JSON.stringify(document), "application/json");
      return { artifacts: [{ name: "dom_structures", ...stored }] };
    },
  };
  return prepared(work, 1, () => reader.close());
}
