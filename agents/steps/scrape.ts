// scrape: fetches the target pages into raw_html.json. A page that can't be had is recorded, not an error of the step.
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { type Context, type PreparedStep, prepared } from "../core/context.ts";
import { type FailedPage, type FetchedPage, isFetched, type RawHtml } from "../core/documents.ts";
import { describe, InterruptedError, isTransient, PermanentError, TransientError } from "../core/errors.ts";
import type { Work } from "../core/graph.ts";
import { lazily } from "../core/lazily.ts";
import { ARTIFACTS } from "../core/store.ts";
import { decodePage } from "../net/fetch.ts";
import { createGuard } from "../net/guard.ts";
import { createVisitor } from "../net/site.ts";

interface Target {
  n: number;
  url: string;
}

/** A page in the checkpoint: its body packed, because the database holds it until the step is done. */
type Packed = (Omit<FetchedPage, "html"> & { gzip: string }) | FailedPage;

const pack = promisify(gzip);
const unpack = promisify(gunzip);

/** Bytes of all pages together that the later steps can hold at once, of their 768 MiB. */
const MAX_TOTAL = 48 * 1024 * 1024;

/** URLs that a workload may name. */
const MAX_URLS = 100;

/** Hosts are visited side by side, pages of one host one by one. */
const CONCURRENCY = 4;

/** The URLs to fetch: each once, however often it is named. */
export function targets(urls: readonly string[]): Target[] {
  const seen = new Set<string>();
  return urls.flatMap((url, n) => {
    const parsed = URL.parse(url);
    if (parsed) parsed.hash = "";
    const key = parsed?.href ?? url;
    if (seen.has(key)) return [];
    seen.add(key);
    return [{ n, url }];
  });
}

const tooLarge = (max: number) => `with it, all pages together would be larger than ${Math.round(max / 1024)} KiB`;

/** The pages within a total of `max` bytes: the largest give way, so that a few that are huge cost none of the others. */
export function withinTotal<P extends { n: number; url: string; bytes: number } | FailedPage>(
  pages: readonly P[],
  max: number = MAX_TOTAL,
): (P | FailedPage)[] {
  const bytesOf = (page: P) => ("bytes" in page ? page.bytes : 0);
  let total = 0;
  const kept = new Set<P>();
  for (const page of [...pages].sort((a, b) => bytesOf(a) - bytesOf(b))) {
    total += bytesOf(page);
    if (total <= max) kept.add(page);
  }
  const words = tooLarge(max);
  return pages.map((page) => (kept.has(page) ? page : { n: page.n, url: page.url, error: words }));
}

/**
 * Whether there is room for one more page of so many bytes, asked as they come: the checkpoint holds them until the end. One
 * that {@link withinTotal} is certain to leave out is not taken, nor anything beyond twice the total; a small one always is.
 */
export function roomFor(max: number = MAX_TOTAL): (bytes: number) => boolean {
  const held: number[] = [];
  const sum = (sizes: number[]) => sizes.reduce((all, bytes) => all + bytes, 0);
  return (bytes) => {
    const isLeftOut = sum(held.filter((other) => other <= bytes)) + bytes > max;
    const hasRoom = bytes <= max / MAX_URLS || (!isLeftOut && sum(held) + bytes <= 2 * max);
    if (hasRoom) held.push(bytes);
    return hasRoom;
  };
}

export const reads = [] as const;

export function prepare({ settings, store, former, log, signal, onRetry }: Context): PreparedStep {
  const guard = createGuard(settings.allowedHosts);
  const visit = createVisitor(guard, { onRetry, signal });
  const before = lazily(async () => (await former?.json<RawHtml>("raw_html"))?.pages ?? []);

  const hasRoom = roomFor();

  const work: Work<Target, Packed> = {
    load: async () => targets(settings.targetUrls),
    each: async ({ n, url }) => {
      const known = (await before()).find((page) => page.n === n && page.url === url);
      if (known && isFetched(known)) {
        const { html, ...rest } = known;
        return { ...rest, gzip: (await pack(html)).toString("base64") };
      }
      if (known && !known.transient) return known;
      try {
        const found = await visit(url);
        if (!hasRoom(found.body.length)) throw new PermanentError(tooLarge(MAX_TOTAL));
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
        withinTotal(done).map(async (page): Promise<RawHtml["pages"][number]> => {
          if (!("gzip" in page)) return page;
          const { gzip: packed, ...rest } = page;
          return { ...rest, html: (await unpack(Buffer.from(packed, "base64"))).toString() };
        }),
      );
      const document: RawHtml = { jobId: settings.jobId, objective: settings.objective, pages };
      const failed = pages.filter((page): page is FailedPage => !isFetched(page));
      const stored = await store.put(ARTIFACTS.rawHtml, JSON.stringify(document), "application/json");
      if (failed.length === pages.length) {
        const reasons = failed.slice(0, 3).map(({ url, error }) => `${url}: ${error}`);
        const message = `none of the ${pages.length} pages could be fetched: ${reasons.join("; ")}`;
        // As long as one of them may come, another attempt is worth it.
        throw failed.some(({ transient }) => transient) ? new TransientError(message) : new PermanentError(message);
      }
      return { artifacts: [{ name: "raw_html", ...stored }] };
    },
  };
  return prepared(work, CONCURRENCY, () => guard.dispatcher.close());
}
