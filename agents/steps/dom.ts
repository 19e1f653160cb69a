// dom: reads the structure of each fetched page into dom_structures.json.
import { type Context, lazily, type PreparedStep, prepared } from "../core/context.ts";
import { type DomStructures, fetchedPages, isFetched, type RawHtml } from "../core/documents.ts";
import { describe, PermanentError } from "../core/errors.ts";
import type { Work } from "../core/graph.ts";
import { ARTIFACTS } from "../core/store.ts";
import { createReader } from "../page/reader.ts";

type Structured = DomStructures["pages"][number];

export function prepare({ settings, store, log, signal }: Context): PreparedStep {
  const raw = lazily(() => store.getJson<RawHtml>(ARTIFACTS.rawHtml));
  const reader = createReader(signal);
  const work: Work<{ n: number }, Structured> = {
    load: async () => fetchedPages(await raw()).map(({ n }) => ({ n })),
    each: async ({ n }) => {
      const page = (await raw()).pages.find((one) => one.n === n);
      if (!page || !isFetched(page)) return { n, url: page?.url ?? "", error: "not in raw_html.json any more" };
      try {
        const structure = await reader.read("structure", { ...page, url: page.finalUrl });
        log.info({ n, headings: structure.headings.length, tables: structure.tables.length }, "structure read");
        return structure;
      } catch (error) {
        if (!(error instanceof PermanentError)) throw error;
        log.warn({ n, error: describe(error) }, "no structure");
        return { n, url: page.url, error: describe(error) };
      }
    },
    finish: async (pages) => {
      const document: DomStructures = { jobId: settings.jobId, pages };
      const uri = await store.put(ARTIFACTS.domStructures, JSON.stringify(document), "application/json");
      return { artifacts: { dom_structures: uri } };
    },
  };
  return prepared(work, 1, () => reader.close());
}
