// The browser's only view of the network: the page as it was scraped, and its images and styles, which this process fetches.
import type { BrowserContext, Frame, Page, Route } from "playwright-core";
import type { FetchedPage } from "../core/documents.ts";
import { type Fetched, type FetchLimits, fetchResource, USER_AGENT } from "../net/fetch.ts";
import { createGuard, type Guard, isSameHost, ownHost, RefusedError } from "../net/guard.ts";

/** Limits for each resource of a page. */
const LIMITS: FetchLimits = { maxBytes: 5 * 1024 * 1024, timeoutMs: 10_000, maxRedirects: 5 };

/** Resources of one page that are loaded; the others are missing in the picture. */
const MAX_PER_PAGE = 200;

/** Bytes of one page's resources in total; the others are missing in the picture. */
const MAX_BYTES_PER_PAGE = 40 * 1024 * 1024;

/** How many resources of one page are fetched at once. */
const CONCURRENCY = 6;

/** How often a page may load itself. */
const MAX_LOADS = 3;

/** Bytes of the cache between pages, which often share styles and logos. */
const MAX_CACHE = 32 * 1024 * 1024;

/**
 * Options of the browser's contexts: a proxy that doesn't exist. {@link serve} answers requests before they reach it; traffic
 * that bypasses request interception, such as speculation rules, a worker's WebSocket, WebTransport or DNS, fails there.
 */
export const NO_NETWORK = { proxy: { server: "http://127.0.0.1:9", bypass: "<-loopback>" } } as const;

/** Runs in each document before its own scripts, because WebRTC's UDP bypasses both interception and proxy. */
const WITHOUT_WEBRTC = `for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection"]) delete globalThis[name];`;

/** A request for a resource. */
export interface ResourceRequest {
  url: string;
  /** Whether the page's own host asks its own host; everything else, such as from a frame, reaches public addresses only. */
  isOwn: boolean;
  userAgent: string;
  /** The Origin header that the browser sends: only with requests whose answer it checks for CORS. */
  origin: string | undefined;
}

/** What a page may load. */
export interface Resources {
  get(request: ResourceRequest): Promise<Fetched>;
}

export interface PageResources {
  /** The resources of a page at a URL: from public hosts, and from the page's own host where the tenant allows that. */
  of(pageUrl: string): Resources;
  close(): Promise<void>;
}

/**
 * Fetches resources through a guard for each page's host, because a page of one host must not reach the tenant's others: a
 * page from the internet would read the tenant's internal sites. Pages of one host share a cache.
 */
export function createResources(allowedHosts: readonly string[], signal: AbortSignal): PageResources {
  const cache = new Map<string, Promise<Fetched>>();
  const guards = new Map<string, Guard>();
  let size = 0;
  // A guard's connections are its own: one that another page has opened is not checked again.
  const guardOf = (hosts: readonly string[]): Guard => {
    const key = hosts.join();
    const guard = guards.get(key) ?? createGuard(hosts);
    guards.set(key, guard);
    return guard;
  };
  return {
    of: (pageUrl) => ({
      get({ url, isOwn, userAgent, origin }) {
        const hosts = isOwn ? ownHost(allowedHosts, pageUrl) : [];
        const key = JSON.stringify([hosts, origin, url]);
        const cached = cache.get(key);
        if (cached) return cached;
        const first = URL.parse(url)?.origin;
        const pending = fetchResource(guardOf(hosts), url, {
          ...LIMITS,
          accept: "*/*",
          userAgent,
          signal,
          // As the Fetch Standard's tainted origin: a site that redirects elsewhere can't ask there in the page's name.
          origin: (at) => (origin && at.origin !== first && first !== origin ? "null" : origin),
        });
        cache.set(key, pending);
        pending.then(
          ({ body }) => {
            size += body.length;
            if (size > MAX_CACHE) cache.delete(key);
          },
          () => {},
        );
        return pending;
      },
    }),
    close: async () => {
      await Promise.allSettled([...guards.values()].map(({ dispatcher }) => dispatcher.close()));
    },
  };
}

/** A page, the tab that it is drawn in, and whether its scripts run. */
export interface Served {
  tab: Page;
  page: FetchedPage;
  resources: Resources;
  scripts: boolean;
  /** Called with the host of a request that was refused because of its address. */
  onRefused: (host: string) => void;
}

/**
 * Answers every request of a context with the options {@link NO_NETWORK}. The browser never connects to anything itself, so a
 * page can't lead it to an address that the guard hasn't checked, and the picture shows the page that was analysed. Only `tab`
 * gets the page.
 */
export async function serve(
  context: BrowserContext,
  { tab, page, resources, scripts, onRefused }: Served,
): Promise<void> {
  let count = 0;
  let loads = 0;
  let bytes = 0;
  const fetching = new Set<Promise<unknown>>();
  const get = async (request: ResourceRequest): Promise<Fetched> => {
    while (fetching.size >= CONCURRENCY) await Promise.race(fetching);
    if (bytes > MAX_BYTES_PER_PAGE) throw new Error("the page's resources are too large together");
    const response = resources.get(request);
    const settled = response.then(
      ({ body }) => {
        bytes += body.length;
      },
      () => {},
    );
    fetching.add(settled);
    settled.then(() => fetching.delete(settled));
    return await response;
  };
  await context.route("**/*", async (route) => {
    try {
      const request = route.request();
      const frame = request.frame();
      if (frame.page() !== tab) return await route.abort("aborted");
      if (request.isNavigationRequest() && frame.parentFrame() === null) {
        // A navigation to another page is refused: that page was not analysed.
        if (!sameDocument(request.url(), page.finalUrl) || ++loads > MAX_LOADS) return await route.abort("aborted");
        const contentType = `${page.contentType || "text/html"}; charset=utf-8`;
        return await route.fulfill({ status: 200, contentType, body: page.html });
      }
      if (request.method() !== "GET" || ++count > MAX_PER_PAGE) return await route.abort("blockedbyclient");
      const { "user-agent": userAgent = USER_AGENT, origin } = request.headers();
      const asking = requesterOf(frame, page.finalUrl);
      const url = request.url();
      const isOwn = [asking, url].every((address) => isSameHost(address, page.finalUrl));
      const response = await get({ url, isOwn, userAgent, origin });
      // A document is read by those of its own origin, everything else by the document that asks.
      const reader = new URL(request.isNavigationRequest() ? url : asking).origin;
      if (scripts && !mayRead(reader, url, response)) return await route.abort("blockedbyclient");
      await answer(route, response);
    } catch (error) {
      if (error instanceof RefusedError) onRefused(URL.parse(route.request().url())?.host ?? "");
      await route.abort("blockedbyclient").catch(() => {});
    }
  });
  await context.routeWebSocket("**/*", (socket) => socket.close());
  await context.addInitScript(WITHOUT_WEBRTC);
}

function sameDocument(a: string, b: string): boolean {
  return a.replace(/#.*$/s, "") === b.replace(/#.*$/s, "");
}

/** URL of the document that asks: a frame's own, or that of the nearest frame around it that has one of the network. */
function requesterOf(frame: Frame, pageUrl: string): string {
  for (let asking: Frame | null = frame; asking?.parentFrame(); asking = asking.parentFrame())
    if (/^https?:/.test(asking.url())) return asking.url();
  return pageUrl;
}

/**
 * Whether a script may see an answer that the browser takes for one of the script's own origin. The browser doesn't learn of
 * redirects, so that where one has led to another origin, that origin's consent is checked here.
 */
function mayRead(origin: string, requested: string, { url, redirects, policy }: Fetched): boolean {
  if (new URL(requested).origin !== origin) return true;
  if ([...redirects, url].every((hop) => new URL(hop).origin === origin)) return true;
  return ["*", origin].includes(policy["access-control-allow-origin"] ?? "");
}

/** No origin: Playwright would allow the page's where the header is absent. */
const NOBODY = "https://nobody.invalid";

async function answer(route: Route, { body, mediaType, charset, policy }: Fetched): Promise<void> {
  await route.fulfill({
    status: 200,
    body: Buffer.from(body),
    headers: {
      "access-control-allow-origin": NOBODY,
      ...policy,
      "content-type": charset ? `${mediaType}; charset=${charset}` : mediaType,
    },
  });
}
