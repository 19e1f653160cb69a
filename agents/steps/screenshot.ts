// screenshot: takes one full-page PNG of each fetched page with the browser service.
import {
  type ManifestEntry,
  SCREENSHOT_PROBLEMS,
  screenshotKey,
  screenshotName,
  shownTextKey,
  shownTextName,
} from "@agentic/api/artifacts.ts";
import { type Browser, chromium } from "playwright-core";
import { readSecret } from "../core/config.ts";
import { type Context, type PreparedStep, prepared } from "../core/context.ts";
import {
  type FetchedPage,
  fetchedPages,
  isFetched,
  rawHtmlOf,
  type ScreenshotProblems,
  screenshotProblemsOf,
} from "../core/documents.ts";
import { CredentialsError, describe, isTransient, PermanentError, TransientError } from "../core/errors.ts";
import type { Work } from "../core/graph.ts";
import { lazily } from "../core/lazily.ts";
import { retry, SERVICE_RETRY } from "../core/retry.ts";
import { traced } from "../core/traced.ts";
import { type Drawing, draw, PageError } from "../page/draw.ts";
import { createResources } from "../page/resources.ts";

type Shot = { n: number; shot: ManifestEntry; shown: ManifestEntry; problem?: string } | { n: number; error: string };

/** How often the browser may be lost while drawing one page before that counts as the page's fault. */
const MAX_LOSSES = 3;

export const reads = ["scrape"] as const;

export function prepare({
  settings,
  store,
  inputs,
  former,
  log,
  meter,
  signal,
  onRetry,
  drawLimits,
}: Context): PreparedStep {
  const raw = rawHtmlOf(inputs);
  const formerProblems = lazily(() => screenshotProblemsOf(former));
  const resources = createResources(settings.allowedHosts, signal);
  const token = readSecret(settings, "browserless", "token");
  let browser: Browser | undefined;

  let connecting: Promise<Browser> | undefined;

  async function connect(): Promise<Browser> {
    if (browser?.isConnected()) return browser;
    connecting ??= open().finally(() => {
      connecting = undefined;
    });
    return await connecting;
  }

  async function open(): Promise<Browser> {
    const url = new URL(settings.browserlessUrl);
    url.searchParams.set("token", token);
    try {
      const opened = await traced("browser: connect", { isCall: true }, () =>
        chromium.connectOverCDP(url.href, { timeout: 20_000 }),
      );
      browser = opened;
      meter.browserOpened();
      opened.on("disconnected", () => meter.browserClosed());
      return opened;
    } catch (error) {
      throw connectError(error, settings.browserlessUrl);
    }
  }

  // The browser starts while the pages are loaded. Where it doesn't, the first page's try tells.
  connect().catch(() => {});

  const losses = new Map<number, number>();
  async function shoot(page: FetchedPage): Promise<Drawing> {
    try {
      return await traced("browser: draw", { isCall: true }, () =>
        draw(connect, page, {
          resources: resources.of(page.finalUrl),
          scripts: settings.pageScripts,
          limits: drawLimits,
        }),
      );
    } catch (error) {
      if (error instanceof PageError || !browser || browser.isConnected()) throw error;
      const lost = (losses.get(page.n) ?? 0) + 1;
      losses.set(page.n, lost);
      if (lost < MAX_LOSSES) throw new TransientError(`the browser was lost: ${describe(error)}`, { cause: error });
      const reason = endingOf(error);
      throw new PageError(`the browser ended ${lost} times while it drew the page${reason ? `: ${reason}` : ""}`);
    }
  }

  const work: Work<{ n: number }, Shot> = {
    load: async () => fetchedPages(await raw()).map(({ n }) => ({ n })),
    each: async ({ n }) => {
      const page = (await raw()).pages.find((candidate) => candidate.n === n);
      if (!page || !isFetched(page)) throw new PermanentError(`page ${n} is not in raw_html.json`);
      const [name, shownName] = [screenshotName(n), shownTextName(n)];
      const [known, knownShown] = [await former?.find(name), await former?.find(shownName)];
      if (known && knownShown) {
        const problem = (await formerProblems())[n];
        return { n, shot: known, shown: knownShown, ...(problem ? { problem } : {}) };
      }
      try {
        const what = `take screenshot ${n}`;
        const { png, shown, problem } = await retry(() => shoot(page), { ...SERVICE_RETRY, what, signal, onRetry });
        const [shot, text] = await Promise.all([
          store.put(screenshotKey(n), png, "image/png"),
          store.put(shownTextKey(n), JSON.stringify(shown), "application/json"),
        ]);
        log.info({ n, bytes: png.length, problem, notCompared: shown.problem }, "screenshot taken");
        return { n, shot: { name, ...shot }, shown: { name: shownName, ...text }, ...(problem ? { problem } : {}) };
      } catch (error) {
        // A failure of the browser service is worth a retry of the pod; a page that can't be drawn is not.
        if (!(error instanceof PageError) && (isTransient(error) || error instanceof PermanentError)) throw error;
        log.warn({ n, error: describe(error) }, "no screenshot");
        return { n, error: describe(error) };
      }
    },
    // A page that was not drawn in time, for example on a busy machine, may be drawn by the next run.
    isFinal: (shot) => "shot" in shot,
    finish: async (shots) => {
      const document: ScreenshotProblems = Object.fromEntries(
        shots.flatMap((shot) => {
          const problem = "error" in shot ? `there is no screenshot of this page: ${shot.error}` : shot.problem;
          return problem ? [[shot.n, problem]] : [];
        }),
      );
      const artifacts = shots.flatMap((item) => ("shot" in item ? [item.shot] : []));
      artifacts.push(...shots.flatMap((item) => ("shown" in item ? [item.shown] : [])));
      if (Object.keys(document).length > 0) {
        const stored = await store.put(SCREENSHOT_PROBLEMS, JSON.stringify(document), "application/json");
        artifacts.push({ name: "screenshot_problems", ...stored });
      }
      return { artifacts };
    },
  };
  return prepared(work, 1, async () => {
    await connecting?.catch(() => {});
    await Promise.allSettled([browser?.close(), resources.close()]);
  });
}

/** What the browser service said as it ended the connection, as Playwright's errors have it; undefined where it said nothing. */
function endingOf(error: unknown): string | undefined {
  return error instanceof Error ? /\nBrowser logs:\s+([^\n]+)/.exec(error.message)?.[1]?.slice(0, 200) : undefined;
}

/** An error without the token, which Playwright's messages contain as part of the URL. */
function connectError(error: unknown, url: string): Error {
  const text = error instanceof Error ? error.message : String(error);
  if (/\b40[13]\b|Unauthorized|Forbidden/i.test(text))
    return new CredentialsError(`the browser service ${url} refused the token: check the Secret "browserless"`);
  // The service says whose requests are too many.
  const busy = /\b429\b[^\n]*(?:\n(.{1,200}))?/.exec(text);
  const reason = busy
    ? `it is busy (429)${busy[1] ? `: ${busy[1]}` : ""}`
    : (/E[A-Z]{4,}|\b[45]\d\d\b|[Tt]imeout/.exec(text)?.[0] ?? "no answer");
  return new TransientError(`can't connect to the browser service ${url}: ${reason}`);
}
