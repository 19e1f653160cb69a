// Visits sites politely: robots.txt first, one page at a time and host, with a pause between them.
import { setTimeout as sleep } from "node:timers/promises";
import { describe, InterruptedError, isTransient, PermanentError, TransientError } from "../core/errors.ts";
import { type RetryOptions, retry } from "../core/retry.ts";
import { decodePage, type Fetched, fetchResource, PAGE_LIMITS, USER_AGENT_NAME } from "./fetch.ts";
import type { Guard } from "./guard.ts";
import { PAGE_TYPES } from "./mime.ts";
import { ALLOW_ALL, ALLOW_NONE, parseRobots, type Robots } from "./robots.ts";

/** Milliseconds between two pages of a host, unless its robots.txt asks for more. */
const PAUSE_MS = 200;

/** A site that asks for more than this is given this. Milliseconds. */
const MAX_PAUSE_MS = 10_000;

const ROBOTS_LIMITS = { ...PAGE_LIMITS, maxBytes: 512 * 1024, timeoutMs: 10_000 };

/** Sites that are down for a moment are asked again; for longer, and the page counts as missing. */
const SITE_RETRY = { attempts: 4, withinMs: 25_000, baseMs: 500, capMs: 4_000 } as const;

export interface SiteOptions {
  signal?: AbortSignal;
  onRetry?: RetryOptions["onRetry"];
  pauseMs?: number;
  limits?: Partial<typeof PAGE_LIMITS>;
}

/** Fetches pages; pages of one host wait for each other. */
export function createVisitor(guard: Guard, options: SiteOptions = {}): (url: string) => Promise<Fetched> {
  const { signal, onRetry, pauseMs = PAUSE_MS, limits } = options;
  const robots = new Map<string, Promise<Robots>>();
  const turns = new Map<string, Promise<void>>();
  const given = { ...(signal ? { signal } : {}), ...(onRetry ? { onRetry } : {}) };

  function robotsOf(url: URL): Promise<Robots> {
    const known = robots.get(url.origin);
    if (known) return known;
    const asked = loadRobots(url.origin);
    robots.set(url.origin, asked);
    return asked;
  }

  async function loadRobots(origin: string): Promise<Robots> {
    try {
      const options = { ...ROBOTS_LIMITS, accept: "text/plain" };
      const what = `read ${origin}/robots.txt`;
      const found = await retry(() => fetchResource(guard, `${origin}/robots.txt`, options), {
        ...SITE_RETRY,
        ...given,
        what,
      });
      return parseRobots(decodePage(found), USER_AGENT_NAME);
    } catch (error) {
      if (error instanceof InterruptedError) throw error;
      return robotsWithout(error, origin);
    }
  }

  async function inTurn<T>(host: string, pause: number, action: () => Promise<T>): Promise<T> {
    const before = turns.get(host) ?? Promise.resolve();
    const mine = Promise.withResolvers<void>();
    turns.set(host, mine.promise);
    await (signal ? Promise.race([before, aborted(signal)]) : before);
    try {
      // What is under way may end and be saved; nothing new begins.
      if (signal?.aborted) throw new InterruptedError("interrupted");
      return await action();
    } finally {
      // The pause holds up the next page, not this one's result.
      sleep(pause, undefined, { ref: false }).then(mine.resolve);
    }
  }

  return async (text) => {
    const start = guard.checkUrl(text);
    const rules = await robotsOf(start);
    const pause = Math.min(Math.max(pauseMs, rules.crawlDelay * 1000), MAX_PAUSE_MS);
    const before = async (url: URL) => {
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
    return await retry(visit, { ...SITE_RETRY, ...given, what: `fetch ${text}` });
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/**
 * RFC 9309: no file, no rules; a server in trouble, no visit for now, which is an error that may pass. An unreachable
 * site's page shall say so itself.
 */
function robotsWithout(error: unknown, origin: string): Robots {
  const reason = describe(error);
  const status = Number(/HTTP (\d{3})/.exec(reason)?.[1] ?? 0);
  if (status >= 400 && status < 500 && status !== 429) return ALLOW_ALL;
  if (status > 0 && isTransient(error)) throw new TransientError(`nothing of ${origin} is read for now: ${reason}`);
  return status > 0 || reason.startsWith("larger") ? ALLOW_NONE : ALLOW_ALL;
}
