// Draws one page in the browser, within limits that no page can lift: of time, of size, of tabs.
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, BrowserContext, Page } from "playwright-core";
import type { FetchedPage } from "../core/documents.ts";
import { describe, PermanentError } from "../core/errors.ts";
import { NO_NETWORK, type Resources, serve } from "./resources.ts";

const VIEWPORT = { width: 1280, height: 800 };
/** Pictures taken at most until one has our viewport: Browserless changes a page's size once. */
const SIZE_ATTEMPTS = 5;

/** Milliseconds in which the browser tells of a crash after what was under way has failed of it. */
const CRASH_MS = 2_000;

/** Chromium's GPU limit is 16384; what lies below is cut off. Pixels. */
const MAX_HEIGHT = 15_000;

export interface DrawLimits {
  /** Milliseconds until a page whose last picture never comes is drawn without it. */
  loadMs: number;
  /** Milliseconds for everything; once with scripts and, if they don't end, once without. */
  pageMs: number;
  /** Milliseconds in which a browser that is well closes a page; one that doesn't is left. */
  closeMs: number;
}

const LIMITS: DrawLimits = { loadMs: 15_000, pageMs: 30_000, closeMs: 5_000 };

/** A page that can't be drawn, whoever asks: its own fault, not the browser's. */
export class PageError extends PermanentError {
  override name = "PageError";
}

export interface Drawing {
  png: Buffer;
  /** What a reader of the picture should know. */
  problem?: string;
}

/**
 * The page's picture, drawn in the browser that `connect` gives: another one, if a page made the last useless. Throws a
 * {@link PageError} for the page's own faults; when the browser is gone, whatever that throws.
 */
export async function draw(
  connect: () => Promise<Browser>,
  page: FetchedPage,
  resources: Resources,
  limits: Partial<DrawLimits> = {},
): Promise<Drawing> {
  const all = { ...LIMITS, ...limits };
  try {
    return { png: await drawOnce(await connect(), page, resources, { ...all, scripts: true }) };
  } catch (error) {
    if (!(error instanceof PageError)) throw error;
    const png = await drawOnce(await connect(), page, resources, { ...all, scripts: false });
    return { png, problem: `the screenshot shows the page without its scripts: with them, ${error.message}` };
  }
}

async function drawOnce(
  browser: Browser,
  page: FetchedPage,
  resources: Resources,
  options: DrawLimits & { scripts: boolean },
): Promise<Buffer> {
  const { pageMs, closeMs, scripts } = options;
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  // A page's script that never ends holds up every question to it, for some of which there is no time limit.
  const timer = setTimeout(() => failed.reject(new PageError(`it was not drawn within ${pageMs / 1000} s`)), pageMs);
  let context: BrowserContext | undefined;
  try {
    const opening = browser.newContext({
      ...NO_NETWORK,
      viewport: VIEWPORT,
      deviceScaleFactor: 1,
      serviceWorkers: "block",
      acceptDownloads: false,
      reducedMotion: "reduce",
      javaScriptEnabled: scripts,
    });
    context = await Promise.race([opening, failed.promise]);
    const drawing = drawIn(context, page, resources, options, (reason) => failed.reject(new PageError(reason)));
    drawing.catch(() => {});
    return await Promise.race([drawing, failed.promise]);
  } catch (error) {
    if (error instanceof PageError || !browser.isConnected()) throw error;
    // The browser is there, so whatever failed, a time limit among it, is the page's doing.
    throw new PageError(describe(error));
  } finally {
    clearTimeout(timer);
    await close(browser, context, closeMs);
  }
}

/** Closes the page's tabs; a browser that can't is left, and the next page gets another. */
async function close(browser: Browser, context: BrowserContext | undefined, closeMs: number): Promise<void> {
  const closed = context?.close().then(
    () => true,
    () => true,
  );
  const isClosed = await Promise.race([closed, sleep(closeMs, false, { ref: false })]);
  if (!isClosed) await Promise.race([browser.close().catch(() => {}), sleep(closeMs, undefined, { ref: false })]);
}

async function drawIn(
  context: BrowserContext,
  page: FetchedPage,
  resources: Resources,
  { loadMs }: DrawLimits,
  fail: (reason: string) => void,
): Promise<Buffer> {
  const tab = await context.newPage();
  // Whatever else a page opens is none of it.
  context.on("page", (popup) => popup.close().catch(() => {}));
  tab.on("crash", () => fail("it made its tab crash"));
  tab.on("dialog", (dialog) => dialog.dismiss().catch(() => {}));
  await serve(context, tab, page, resources);
  try {
    await tab.goto(page.finalUrl, { waitUntil: "load", timeout: loadMs }).catch((error: Error) => {
      // A page whose last picture never comes is drawn without it.
      if (error.name !== "TimeoutError") throw error;
    });
    return await picture(tab, loadMs);
  } catch (error) {
    // A crash fails what is under way, in other words, before it is told of itself.
    await tab.waitForEvent("crash", { timeout: CRASH_MS }).catch(() => {});
    throw error;
  }
}

/**
 * Browserless gives each new page a viewport of its own, 800 by 600, over its own connection and at a moment of its own: a
 * picture counts when the size was still ours after it was taken.
 */
async function picture(tab: Page, timeout: number): Promise<Buffer> {
  for (let attempt = 1; ; attempt++) {
    // Asking again for the size that Playwright believes to be set would send nothing, so another is asked for first.
    await tab.setViewportSize({ width: VIEWPORT.width, height: VIEWPORT.height + 1 });
    await tab.setViewportSize(VIEWPORT);
    const png = await tab.screenshot({
      type: "png",
      fullPage: true,
      animations: "disabled",
      timeout,
      // Cut to what the page has, whatever its scripts say that is.
      clip: { x: 0, y: 0, width: VIEWPORT.width, height: MAX_HEIGHT },
    });
    if (attempt === SIZE_ATTEMPTS || (await tab.evaluate("window.innerWidth")) === VIEWPORT.width) return png;
  }
}
