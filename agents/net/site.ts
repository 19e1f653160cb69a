// Visits sites politely: robots.txt first, one page of a host at a time, with a pause in between.
import { setTimeout as sleep } from "node:timers/promises";
import {
  describe,
  InterruptedError,
  isTransient,
  PermanentError,
  TransientError,
  UnreadableError,
} from "../core/errors.ts";
import { type RetryOptions, retry } from "../core/retry.ts";
import { decodePage, type Fetched, fetchResource, PAGE_LIMITS, USER_AGENT_NAME } from "./fetch.ts";
import type { Guard } from "./guard.ts";
import { PAGE_TYPES } from "./mime.ts";
import type { RedirectRule } from "./redirects.ts";
import { ALLOW_ALL, linesOfRobots, parseRobots, ROBOTS_PATH, type Robots } from "./robots.ts";

/** Milliseconds between two pages of a host, unless its robots.txt asks for more. */
const PAUSE_MS = 200;

/** The longest pause, even if a site asks for more. Milliseconds. */
const MAX_PAUSE_MS = 10_000;

/** Of a longer robots.txt the beginning counts. */
const ROBOTS_LIMITS = { ...PAGE_LIMITS, timeoutMs: 10_000, isPrefixEnough: true };

/** Retries for a site that is down briefly; after them the page counts as missing. */
const SITE_RETRY = { attempts: 4, withinMs: 25_000, baseMs: 500, capMs: 4_000 } as const;

export interface SiteOptions {
  signal?: AbortSignal;
  onRetry?: RetryOptions["onRetry"];
  pauseMs?: number;
  limits?: Partial<typeof PAGE_LIMITS>;
  /** How many processes fetch pages of the same sites at the same time: each leaves the others their turns. Default 1. */
  sharers?: number;
  /** Default: a redirect may lead wherever the guard allows. */
  mayRedirect?: RedirectRule;
}

/** A function that fetches pages; those of one host wait for each other. */
export function createVisitor(guard: Guard, options: SiteOptions = {}): (url: string) => Promise<Fetched> {
  const { signal, onRetry, pauseMs = PAUSE_MS, sharers = 1, limits, mayRedirect } = options;
  const robots = new Map<string, Promise<Robots>>();
  const turns = new Map<string, Promise<void>>();
  const retryOptions = { ...(signal ? { signal } : {}), ...(onRetry ? { onRetry } : {}) };

  async function checkRedirect(to: URL, from: string | undefined): Promise<void> {
    if (from) await mayRedirect?.(new URL(from), to);
  }

  function robotsOf(url: URL): Promise<Robots> {
    const cached = robots.get(url.origin);
    if (cached) return cached;
    const loading = loadRobots(url.origin);
    robots.set(url.origin, loading);
    return loading;
  }

  async function loadRobots(origin: string): Promise<Robots> {
    try {
      const options = { ...ROBOTS_LIMITS, accept: "text/plain", before: checkRedirect };
      const url = origin + ROBOTS_PATH;
      const file = await retry(() => fetchResource(guard, url, options), {
        ...SITE_RETRY,
        ...retryOptions,
        what: `read ${url}`,
      });
      const text = decodePage({ ...file, body: linesOfRobots(file.body), mediaType: "text/plain" });
      return parseRobots(text, USER_AGENT_NAME);
    } catch (error) {
      if (error instanceof InterruptedError || !isAbsence(error)) throw unreadable(error, origin);
      return ALLOW_ALL;
    }
  }

  async function inTurn<T>(host: string, pause: number, action: () => Promise<T>): Promise<T> {
    const before = turns.get(host) ?? Promise.resolve();
    const turn = Promise.withResolvers<void>();
    turns.set(host, turn.promise);
    await (signal ? Promise.race([before, aborted(signal)]) : before);
    try {
      // After an abort no fetch starts; one under way may finish, so that it is saved.
      if (signal?.aborted) throw new InterruptedError("interrupted");
      return await action();
    } finally {
      // The pause delays the next page, not this one's result.
      sleep(pause, undefined, { ref: false }).then(turn.resolve);
    }
  }

  return async (text) => {
    const start = guard.checkUrl(text);
    const rules = await robotsOf(start);
    const pause = sharers * Math.min(Math.max(pauseMs, rules.crawlDelay * 1000), MAX_PAUSE_MS);
    const before = async (url: URL, from: string | undefined) => {
      await checkRedirect(url, from);
      const { allows } = await robotsOf(url);
      if (!allows(url.pathname + url.search)) throw new PermanentError(`robots.txt of ${url.host} disallows it`);
    };
    const visit = () =>
      inTurn(start.host, pause, () =>
        fetchResource(guard, text, {
          ...PAGE_LIMITS,
          ...limits,
          accept: "text/html,application/xhtml+xml,text/plain;q=0.8,application/json;q=0.8",
          contentTypes: PAGE_TYPES,
          before,
        }),
      );
    return await retry(visit, { ...SITE_RETRY, ...retryOptions, what: `fetch ${text}` });
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/**
 * Whether an error means that a site has no robots.txt, and so no rules (RFC 9309, 2.3.1): a status that says so, or redirects
 * that lead nowhere. For a site that doesn't exist or is refused it is true too: fetching the page reports that.
 */
function isAbsence(error: unknown): boolean {
  if (!(error instanceof PermanentError) || error instanceof UnreadableError) return false;
  return error.httpStatus === undefined || (error.httpStatus >= 300 && error.httpStatus < 500);
}

/** Whether a page wasn't read because of robots.txt, by the words of its error. */
export const isDisallowed = (words: string): boolean =>
  /^robots\.txt of | is read(?: for now)?: robots\.txt: /.test(words);

/** The error for a site whose robots.txt can't be read, which is not visited; a TransientError if it may be read later. */
function unreadable(error: unknown, origin: string): unknown {
  if (error instanceof InterruptedError) return error;
  const reason = describe(error);
  if (isTransient(error)) return new TransientError(`nothing of ${origin} is read for now: robots.txt: ${reason}`);
  return new PermanentError(`nothing of ${origin} is read: robots.txt: ${reason}`);
}
