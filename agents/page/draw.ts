// Draws one page in the browser, within limits of time, size and tabs that the page can't change.
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, BrowserContext, Page } from "playwright-core";
import type { FetchedPage, ShownPage } from "../core/documents.ts";
import { describe, PermanentError } from "../core/errors.ts";
import { decodePng } from "./png.ts";
import { NO_NETWORK, type Resources, serve } from "./resources.ts";
import { snapshot } from "./snapshot.ts";
import { shownTexts } from "./visible.ts";

const VIEWPORT = { width: 1280, height: 800 };
/** How many pictures are taken at most until one has VIEWPORT's size, because Browserless changes a page's size once. */
const SIZE_ATTEMPTS = 5;

/** Milliseconds after a failure in which the browser may still report that the tab crashed. */
const CRASH_MS = 2_000;

/** A picture is taken at the end of all animations: so that what it shows is what is compared, they end for good. */
const END_ANIMATIONS =
  "for (const one of document.getAnimations()) one.effect?.getComputedTiming().endTime === Infinity ? one.cancel() : one.finish()";

/** Height of a picture in pixels, below Chromium's GPU limit of 16384; the page is cut off there. */
const MAX_HEIGHT = 15_000;

export interface DrawLimits {
  /** Milliseconds until a page that is still loading, such as an image, is drawn as it is. */
  loadMs: number;
  /** Milliseconds for the whole drawing: once with scripts and, if that fails, once without. */
  pageMs: number;
  /** Milliseconds after the picture for reading what it shows of the page's texts. */
  compareMs: number;
  /** Milliseconds for closing a page; a browser that takes longer is given up. */
  closeMs: number;
}

const LIMITS: DrawLimits = { loadMs: 15_000, pageMs: 30_000, compareMs: 5_000, closeMs: 5_000 };

/** The page can't be drawn, by its own fault rather than the browser's. */
export class PageError extends PermanentError {
  override name = "PageError";
}

export interface Drawing {
  png: Buffer;
  /** What of the page's texts the picture shows, or why that is unknown. */
  shown: ShownPage;
  /** A problem that a reader of the picture should know of. */
  problem?: string;
}

/** What a page is drawn with. */
export interface DrawOptions {
  resources: Resources;
  /** Whether its scripts run. Default: no. */
  scripts?: boolean;
  limits?: Partial<DrawLimits>;
}

/**
 * Draws the page in the browser that `connect` gives, which may be a new one after a failure. Throws a {@link PageError} for
 * the page's own faults, and the browser's error where the connection is lost.
 */
export async function draw(
  connect: () => Promise<Browser>,
  page: FetchedPage,
  { resources, scripts = false, limits = {} }: DrawOptions,
): Promise<Drawing> {
  const options = { ...LIMITS, ...limits, resources };
  try {
    return withProblems(await drawOnce(await connect(), page, { ...options, scripts }));
  } catch (error) {
    if (!scripts || !(error instanceof PageError)) throw error;
    const drawn = await drawOnce(await connect(), page, { ...options, scripts: false });
    return withProblems(drawn, `the screenshot shows the page without its scripts: with them, ${error.message}`);
  }
}

/** What was drawn, and the hosts that the page was refused to load from. */
interface Drawn {
  png: Buffer;
  shown: ShownPage;
  refused: ReadonlySet<string>;
}

/** Hosts that a problem names; the others are counted. */
const MAX_NAMED = 3;

/** The drawing, with a problem that names the hosts that were refused. */
function withProblems({ png, shown, refused }: Drawn, ...problems: string[]): Drawing {
  const named = [...refused].slice(0, MAX_NAMED).join(", ");
  const more = refused.size > MAX_NAMED ? ` and ${refused.size - MAX_NAMED} more` : "";
  if (refused.size > 0)
    problems.push(
      `what the page asked of ${named}${more} was not loaded: a page may load from its own host and from public ones only`,
    );
  return { png, shown, ...(problems.length > 0 ? { problem: problems.join("; ") } : {}) };
}

type Once = DrawLimits & { resources: Resources; scripts: boolean };

async function drawOnce(browser: Browser, page: FetchedPage, options: Once): Promise<Drawn> {
  const { pageMs, closeMs, scripts } = options;
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  // An endless script of the page blocks every call to it, and some calls have no time limit of their own.
  const timer = setTimeout(() => failed.reject(new PageError(`it was not drawn within ${pageMs / 1000} s`)), pageMs);
  let context: BrowserContext | undefined;
  let drawn: Omit<Drawn, "shown"> | undefined;
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
    const drawing = drawIn(context, page, options, {
      fail: (reason) => failed.reject(new PageError(reason)),
      done: (picture) => {
        drawn = picture;
      },
    });
    drawing.catch(() => {});
    return await Promise.race([drawing, failed.promise]);
  } catch (error) {
    // The picture stays, whatever a page does to those who ask what it shows.
    if (drawn) return { ...drawn, shown: { problem: describe(error) } };
    if (error instanceof PageError || !browser.isConnected()) throw error;
    // The browser is still connected, so any failure, also a time limit, is the page's fault.
    throw new PageError(describe(error));
  } finally {
    clearTimeout(timer);
    await close(browser, context, closeMs);
  }
}

/** Closes the page's tabs. A browser that can't is closed too, and the next page gets a new one. */
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
  { loadMs, compareMs, resources, scripts }: Once,
  on: { fail: (reason: string) => void; done: (drawn: Omit<Drawn, "shown">) => void },
): Promise<Drawn> {
  const refused = new Set<string>();
  const tab = await context.newPage();
  // Popups are closed: they are not part of the page.
  context.on("page", (popup) => popup.close().catch(() => {}));
  tab.on("crash", () => on.fail("it made its tab crash"));
  tab.on("dialog", (dialog) => dialog.dismiss().catch(() => {}));
  await serve(context, { tab, page, resources, scripts, onRefused: (host) => refused.add(host) });
  try {
    await tab.goto(page.finalUrl, { waitUntil: "load", timeout: loadMs }).catch((error: Error) => {
      // A page that is still loading is drawn as it is.
      if (error.name !== "TimeoutError") throw error;
    });
    await tab.evaluate(END_ANIMATIONS);
    const drawn = { png: await picture(tab, loadMs), refused };
    on.done(drawn);
    return { ...drawn, shown: await within(compareMs, shownIn(tab, drawn.png)) };
  } catch (error) {
    // A crash makes the call under way fail with another error before the crash event arrives.
    await tab.waitForEvent("crash", { timeout: CRASH_MS }).catch(() => {});
    throw error;
  }
}

/** What of the page's texts the picture shows. */
async function shownIn(tab: Page, png: Buffer): Promise<ShownPage> {
  return shownTexts(await snapshot(tab), decodePng(png));
}

async function within(ms: number, answer: Promise<ShownPage>): Promise<ShownPage> {
  const late = sleep(ms, { problem: `its layout was not read within ${ms / 1000} s` }, { ref: false });
  return await Promise.race([answer, late]).catch((error: unknown) => ({ problem: describe(error) }));
}

/**
 * Takes the picture. Browserless sets each new page's viewport to 800 by 600 at some moment, over a connection of its own, so a
 * picture counts only if the size is still VIEWPORT's after it was taken.
 */
async function picture(tab: Page, timeout: number): Promise<Buffer> {
  for (let attempt = 1; ; attempt++) {
    // Playwright sends nothing for the size that it believes to be set, so another size is set first.
    await tab.setViewportSize({ width: VIEWPORT.width, height: VIEWPORT.height + 1 });
    await tab.setViewportSize(VIEWPORT);
    const png = await tab.screenshot({
      type: "png",
      fullPage: true,
      animations: "disabled",
      timeout,
      // A fixed limit, because the page's scripts can report any size.
      clip: { x: 0, y: 0, width: VIEWPORT.width, height: MAX_HEIGHT },
    });
    if (attempt === SIZE_ATTEMPTS || (await tab.evaluate("window.innerWidth")) === VIEWPORT.width) return png;
  }
}
