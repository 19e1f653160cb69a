// screenshot: one full-page PNG of each fetched page, taken by the browser service.
import { screenshotKey } from "@agentic/api/artifacts.ts";
import { type Browser, type BrowserContext, chromium } from "playwright-core";
import { readSecret } from "../core/config.ts";
import { type Context, lazily, type PreparedStep, prepared } from "../core/context.ts";
import { type FetchedPage, fetchedPages, isFetched, type RawHtml } from "../core/documents.ts";
import { describe, isTransient, PermanentError, TransientError } from "../core/errors.ts";
import type { Work } from "../core/graph.ts";
import { retry, SERVICE_RETRY } from "../core/retry.ts";
import { ARTIFACTS } from "../core/store.ts";
import { createGuard } from "../net/guard.ts";
import { createResources, type Resources, serve } from "../page/resources.ts";

type Shot = { n: number; uri: string; bytes: number } | { n: number; error: string };

const VIEWPORT = { width: 1280, height: 800 };
/** Pictures taken at most until one has our viewport: Browserless changes a page's size once. */
const SIZE_ATTEMPTS = 5;

/** Chromium's GPU limit is 16384; what lies below is cut off. Pixels. */
const MAX_HEIGHT = 15_000;

const LOAD_TIMEOUT = 20_000;

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

  const work: Work<{ n: number }, Shot> = {
    load: async () => fetchedPages(await raw()).map(({ n }) => ({ n })),
    each: async ({ n }) => {
      const page = (await raw()).pages.find((one) => one.n === n);
      if (!page || !isFetched(page)) return { n, error: "not in raw_html.json any more" };
      try {
        const png = await retry(async () => await shoot(await connect(), page, resources), {
          ...SERVICE_RETRY,
          what: `take screenshot ${n}`,
          signal,
          onRetry,
        });
        const uri = await store.put(screenshotKey(n), png, "image/png");
        log.info({ n, bytes: png.length }, "screenshot taken");
        return { n, uri, bytes: png.length };
      } catch (error) {
        // The browser's own trouble is worth another pod; a page that can't be drawn is not.
        if (isTransient(error) || error instanceof PermanentError) throw error;
        log.warn({ n, error: describe(error) }, "no screenshot");
        return { n, error: describe(error) };
      }
    },
    finish: async (shots) => ({
      artifacts: Object.fromEntries(
        shots.flatMap((shot) => ("uri" in shot ? [[`screenshot_${shot.n}`, shot.uri]] : [])),
      ),
    }),
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

async function shoot(browser: Browser, page: FetchedPage, resources: Resources): Promise<Buffer> {
  const context = await browser.newContext({
    viewport: VIEWPORT,
    deviceScaleFactor: 1,
    serviceWorkers: "block",
    acceptDownloads: false,
    reducedMotion: "reduce",
  });
  try {
    return await draw(context, page, resources);
  } finally {
    await context.close().catch(() => {});
  }
}

async function draw(context: BrowserContext, page: FetchedPage, resources: Resources): Promise<Buffer> {
  await serve(context, page, resources);
  const tab = await context.newPage();
  tab.on("dialog", (dialog) => dialog.dismiss().catch(() => {}));
  await tab.goto(page.finalUrl, { waitUntil: "load", timeout: LOAD_TIMEOUT }).catch((error: Error) => {
    // A page whose last picture never comes is drawn without it.
    if (error.name !== "TimeoutError") throw error;
  });
  // Browserless gives each new page a viewport of its own, 800 by 600, over its own connection and at a moment of its own:
  // a picture counts when the size was still ours after it was taken.
  for (let attempt = 1; ; attempt++) {
    // Asking again for the size that Playwright believes to be set would send nothing, so another is asked for first.
    await tab.setViewportSize({ width: VIEWPORT.width, height: VIEWPORT.height + 1 });
    await tab.setViewportSize(VIEWPORT);
    const height = await tab.evaluate("document.documentElement.scrollHeight");
    const tall = typeof height === "number" && height > MAX_HEIGHT;
    const png = await tab.screenshot({
      type: "png",
      fullPage: true,
      animations: "disabled",
      timeout: LOAD_TIMEOUT,
      ...(tall ? { clip: { x: 0, y: 0, width: VIEWPORT.width, height: MAX_HEIGHT } } : {}),
    });
    if (attempt === SIZE_ATTEMPTS || (await tab.evaluate("window.innerWidth")) === VIEWPORT.width) return png;
  }
}
