// The browser's only view of the network: the page as it was scraped, and its images and styles, which this process fetches.
import type { BrowserContext, Page, Route } from "playwright-core";
import type { FetchedPage } from "../core/documents.ts";
import { type Fetched, type FetchLimits, fetchResource, USER_AGENT } from "../net/fetch.ts";
import type { Guard } from "../net/guard.ts";

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

export interface Resources {
  /** The resource at a URL, requested with this User-Agent. */
  get(url: string, userAgent: string): Promise<Fetched>;
}

/** Fetches resources through the address guard, with a cache that pages share. */
export function createResources(guard: Guard, signal: AbortSignal): Resources {
  const cache = new Map<string, Promise<Fetched>>();
  let size = 0;
  return {
    get(url, userAgent) {
      const known = cache.get(url);
      if (known) return known;
      const pending = fetchResource(guard, url, { ...LIMITS, accept: "*/*", userAgent, signal });
      cache.set(url, pending);
      pending.then(
        ({ body }) => {
          size += body.length;
          if (size > MAX_CACHE) cache.delete(url);
        },
        () => {},
      );
      return pending;
    },
  };
}

/**
 * Answers every request of a context with the options {@link NO_NETWORK}. The browser never connects to anything itself, so a
 * page can't lead it to an address that the guard hasn't checked, and the picture shows the page that was analysed. Only `tab`
 * gets the page.
 */
export async function serve(
  context: BrowserContext,
  tab: Page,
  page: FetchedPage,
  resources: Resources,
): Promise<void> {
  let count = 0;
  let loads = 0;
  let bytes = 0;
  const fetching = new Set<Promise<unknown>>();
  const get = async (url: string, userAgent: string): Promise<Fetched> => {
    while (fetching.size >= CONCURRENCY) await Promise.race(fetching);
    if (bytes > MAX_BYTES_PER_PAGE) throw new Error("the page's resources are too large together");
    const response = resources.get(url, userAgent);
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
      await answer(route, await get(request.url(), request.headers()["user-agent"] ?? USER_AGENT));
    } catch {
      await route.abort("blockedbyclient").catch(() => {});
    }
  });
  await context.routeWebSocket("**/*", (socket) => socket.close());
  await context.addInitScript(WITHOUT_WEBRTC);
}

function sameDocument(a: string, b: string): boolean {
  return a.replace(/#.*$/s, "") === b.replace(/#.*$/s, "");
}

async function answer(route: Route, { body, mediaType, charset }: Fetched): Promise<void> {
  await route.fulfill({
    status: 200,
    body: Buffer.from(body),
    headers: {
      "content-type": charset ? `${mediaType}; charset=${charset}` : mediaType,
      // Browsers load fonts with CORS; allowing every origin is harmless here, and the picture needs the fonts.
      "access-control-allow-origin": "*",
    },
  });
}
