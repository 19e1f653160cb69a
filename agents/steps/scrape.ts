// scrape: fetches the target pages into raw_html.json. A page that can't be fetched is recorded there; the step goes on.
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { BATCHES_AT_ONCE, type TargetPage, targetPages } from "@agentic/api/batches.ts";
import { RETRY_LIMIT } from "@agentic/api/retries.ts";
import type { PageCounts } from "@agentic/api/template.ts";
import { ownPages } from "../core/batch.ts";
import { type Context, type PreparedStep, prepared } from "../core/context.ts";
import { type FailedPage, type FetchedPage, isFetched, noneFetched, type RawHtml } from "../core/documents.ts";
import { describe, InterruptedError, isTransient, PermanentError, TransientError } from "../core/errors.ts";
import type { Work } from "../core/graph.ts";
import { lazily } from "../core/lazily.ts";
import { ARTIFACTS } from "../core/store.ts";
import { decodePage } from "../net/fetch.ts";
import { createGuard } from "../net/guard.ts";
import { redirectRule } from "../net/redirects.ts";
import { createVisitor, isDisallowed } from "../net/site.ts";

/** A page in the checkpoint, with its body compressed, because the database holds it until the step is done. */
type Packed = (Omit<FetchedPage, "html"> & { gzip: string }) | FailedPage;

const pack = promisify(gzip);
const unpack = promisify(gunzip);

/** Bytes of all pages in total: as much as later steps can hold in their 768 MiB of memory. Of a split run, each batch has its part. */
const MAX_TOTAL = 48 * 1024 * 1024;

/** URLs that a workload may name. */
const MAX_URLS = 100;

/** How many pages are fetched at once; those of one host wait for each other. */
const CONCURRENCY = 4;

const tooLarge = (max: number) => `with it, all pages together would be larger than ${Math.round(max / 1024)} KiB`;

/** The pages within a total of `max` bytes. The largest are left out first, so that a few huge pages affect no others. */
export function withinTotal<P extends { n: number; url: string; bytes: number } | FailedPage>(
  pages: readonly P[],
  max: number = MAX_TOTAL,
): (P | FailedPage)[] {
  const bytesOf = (page: P) => ("bytes" in page ? page.bytes : 0);
  let total = 0;
  const withinLimit = new Set<P>();
  for (const page of [...pages].sort((a, b) => bytesOf(a) - bytesOf(b))) {
    total += bytesOf(page);
    if (total <= max) withinLimit.add(page);
  }
  const error = tooLarge(max);
  return pages.map((page) => (withinLimit.has(page) ? page : { n: page.n, url: page.url, error: error }));
}

/**
 * A function that says whether one more page of this many bytes may be kept, because the checkpoint holds pages until the end.
 * It refuses pages that {@link withinTotal} is certain to leave out, and any beyond twice the total, but never a small one.
 */
export function roomFor(max: number = MAX_TOTAL): (bytes: number) => boolean {
  const kept: number[] = [];
  const sum = (sizes: number[]) => sizes.reduce((all, bytes) => all + bytes, 0);
  return (bytes) => {
    const isLeftOut = sum(kept.filter((other) => other <= bytes)) + bytes > max;
    const hasRoom = bytes <= max / MAX_URLS || (!isLeftOut && sum(kept) + bytes <= 2 * max);
    if (hasRoom) kept.push(bytes);
    return hasRoom;
  };
}

/** What became of the pages. */
export function countsOf(pages: RawHtml["pages"]): PageCounts {
  const read = pages.filter(isFetched);
  const failed = pages.filter((page): page is FailedPage => !isFetched(page));
  return {
    read: read.length,
    failed: failed.length,
    disallowed: failed.filter(({ error }) => isDisallowed(error)).length,
    bytes: read.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

export const reads = [] as const;

export function prepare({ settings, store, former, log, signal, onRetry }: Context): PreparedStep {
  const guard = createGuard(settings.allowedHosts);
  const mayRedirect = redirectRule(guard, settings.allowedHosts, settings.targetUrls);
  const sharers = settings.batch === undefined ? 1 : Math.min(settings.batches.length, BATCHES_AT_ONCE);
  const visit = createVisitor(guard, { onRetry, signal, mayRedirect, sharers });
  const earlierPages = lazily(async () => (await former?.json<RawHtml>("raw_html"))?.pages ?? []);

  const pages = ownPages(settings);
  const mostBytes = Math.floor((MAX_TOTAL * pages.length) / targetPages(settings.targetUrls).length);
  const hasRoom = roomFor(mostBytes);

  const work: Work<TargetPage, Packed> = {
    load: async () => pages,
    each: async ({ n, url }) => {
      const earlier = (await earlierPages()).find((page) => page.n === n && page.url === url);
      if (earlier && isFetched(earlier)) {
        const { html, ...rest } = earlier;
        return { ...rest, gzip: (await pack(html)).toString("base64") };
      }
      if (earlier && !earlier.transient) return earlier;
      try {
        const found = await visit(url);
        if (!hasRoom(found.body.length)) throw new PermanentError(tooLarge(mostBytes));
        const html = decodePage(found);
        log.info({ n, url, status: found.status, bytes: found.body.length }, "page fetched");
        return {
          n,
          url,
          finalUrl: found.url,
          redirects: found.redirects,
          status: found.status,
          contentType: found.mediaType,
          bytes: found.body.length,
          fetchedAt: new Date().toISOString(),
          gzip: (await pack(html)).toString("base64"),
        };
      } catch (error) {
        if (error instanceof InterruptedError) throw error;
        log.warn({ n, url, error: describe(error) }, "page not fetched");
        return { n, url, error: describe(error), ...(isTransient(error) ? { transient: true } : {}) };
      }
    },
    isFinal: (page) => !("transient" in page),
    finish: async (done) => {
      const pages = await Promise.all(
        withinTotal(done, mostBytes).map(async (page): Promise<RawHtml["pages"][number]> => {
          if (!("gzip" in page)) return page;
          const { gzip: packed, ...rest } = page;
          return { ...rest, html: (await unpack(Buffer.from(packed, "base64"))).toString() };
        }),
      );
      const document: RawHtml = { jobId: settings.jobId, objective: settings.objective, pages };
      const failed = pages.filter((page): page is FailedPage => !isFetched(page));
      const stored = await store.put(ARTIFACTS.rawHtml, JSON.stringify(document), "application/json");
      if (failed.length === pages.length) {
        // If any page may succeed later, another attempt is worth it.
        const mayHelp = failed.some(({ transient }) => transient);
        // The join reports a batch's pages by its last attempt's document; its later steps have nothing to do.
        const isReported = settings.batch !== undefined && (!mayHelp || settings.attempt >= RETRY_LIMIT);
        if (!isReported) throw new (mayHelp ? TransientError : PermanentError)(noneFetched(failed));
      }
      return { artifacts: [{ name: "raw_html", ...stored }], pages: countsOf(pages) };
    },
  };
  return prepared(work, CONCURRENCY, () => guard.dispatcher.close());
}
