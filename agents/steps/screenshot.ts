// screenshot: one full-page PNG of each fetched page, taken by the browser service.
import { SCREENSHOT_PROBLEMS, screenshotKey } from "@agentic/api/artifacts.ts";
import { type Browser, chromium } from "playwright-core";
import { readSecret } from "../core/config.ts";
import { type Context, lazily, type PreparedStep, prepared } from "../core/context.ts";
import { type FetchedPage, fetchedPages, isFetched, type RawHtml, type ScreenshotProblems } from "../core/documents.ts";
import { describe, isTransient, PermanentError, TransientError } from "../core/errors.ts";
import type { Work } from "../core/graph.ts";
import { retry, SERVICE_RETRY } from "../core/retry.ts";
import { ARTIFACTS } from "../core/store.ts";
import { createGuard } from "../net/guard.ts";
import { type Drawing, draw, PageError } from "../page/draw.ts";
import { createResources } from "../page/resources.ts";

type Shot = { n: number; uri: string; bytes: number; problem?: string } | { n: number; error: string };

/** Times that the browser may be lost over one page before that is the page's fault. */
const MAX_LOSSES = 3;

export function prepare({ settings, store, log, signal, onRetry }: Context): PreparedStep {
  const raw = lazily(() => store.getJson<RawHtml>(ARTIFACTS.rawHtml));
  const guard = createGuard(settings.allowedHosts);
  const resources = createResources(guard, signal);
  const token = readSecret(settings, "browserless", "token");
  let browser: Browser | undefined;

  async function connect(): Promise<Browser> {
    if (browser?.isConnected()) return browser;
    const url = new URL(settings.browserlessUrl);
    url.searchParams.set("token", token);
    try {
      browser = await chromium.connectOverCDP(url.href, { timeout: 20_000 });
    } catch (error) {
      throw connectError(error, settings.browserlessUrl);
    }
    return browser;
  }

  const losses = new Map<number, number>();
  async function shoot(page: FetchedPage): Promise<Drawing> {
    try {
      return await draw(connect, page, resources);
    } catch (error) {
      if (error instanceof PageError || !browser || browser.isConnected()) throw error;
      const lost = (losses.get(page.n) ?? 0) + 1;
      losses.set(page.n, lost);
      if (lost < MAX_LOSSES) throw new TransientError(`the browser was lost: ${describe(error)}`, { cause: error });
      throw new PageError(`the browser ended ${lost} times while it drew the page`);
    }
  }

  const work: Work<{ n: number }, Shot> = {
    load: async () => fetchedPages(await raw()).map(({ n }) => ({ n })),
    each: async ({ n }) => {
      const page = (await raw()).pages.find((one) => one.n === n);
      if (!page || !isFetched(page)) return { n, error: "not in raw_html.json any more" };
      try {
        const what = `take screenshot ${n}`;
        const { png, problem } = await retry(() => shoot(page), { ...SERVICE_RETRY, what, signal, onRetry });
        const uri = await store.put(screenshotKey(n), png, "image/png");
        log.info({ n, bytes: png.length, problem }, "screenshot taken");
        return { n, uri, bytes: png.length, ...(problem ? { problem } : {}) };
      } catch (error) {
        // The browser's own trouble is worth another pod; a page that can't be drawn is not.
        if (!(error instanceof PageError) && (isTransient(error) || error instanceof PermanentError)) throw error;
        log.warn({ n, error: describe(error) }, "no screenshot");
        return { n, error: describe(error) };
      }
    },
    finish: async (shots) => {
      const problems = Object.fromEntries(
        shots.flatMap((shot) => {
          const problem = "error" in shot ? `there is no screenshot of this page: ${shot.error}` : shot.problem;
          return problem ? [[shot.n, { problem, isDrawn: !("error" in shot) }]] : [];
        }),
      );
      const document: ScreenshotProblems = { run: settings.run, problems };
      if (Object.keys(problems).length > 0)
        await store.put(SCREENSHOT_PROBLEMS, JSON.stringify(document), "application/json");
      return {
        artifacts: Object.fromEntries(
          shots.flatMap((shot) => ("uri" in shot ? [[`screenshot_${shot.n}`, shot.uri]] : [])),
        ),
      };
    },
  };
  return prepared(work, 1, async () => {
    await Promise.allSettled([browser?.close(), guard.dispatcher.close()]);
  });
}

/** Playwright puts the address, with the token, into its messages. */
function connectError(error: unknown, url: string): Error {
  const text = error instanceof Error ? error.message : String(error);
  if (/\b40[13]\b|Unauthorized|Forbidden/i.test(text))
    return new PermanentError(`the browser service ${url} refused the token: check the Secret "browserless"`);
  const reason = /\b429\b/.test(text)
    ? "it is busy (429)"
    : (/E[A-Z]{4,}|\b[45]\d\d\b|[Tt]imeout/.exec(text)?.[0] ?? "no answer");
  return new TransientError(`can't connect to the browser service ${url}: ${reason}`);
}
