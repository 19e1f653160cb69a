// What the browser gets to see of the network: the page as it was scraped, and its pictures and styles, fetched by us.
import type { BrowserContext, Page, Route } from "playwright-core";
import type { FetchedPage } from "../core/documents.ts";
import { type Fetched, type FetchLimits, fetchResource, USER_AGENT } from "../net/fetch.ts";
import type { Guard } from "../net/guard.ts";

/** Per resource; a page has many. */
const LIMITS: FetchLimits = { maxBytes: 5 * 1024 * 1024, timeoutMs: 10_000, maxRedirects: 5 };

/** Resources of one page beyond which the rest stays blank. */
const MAX_PER_PAGE = 200;

/** Bytes of all resources of one page; beyond them the rest stays blank. */
const MAX_BYTES_PER_PAGE = 40 * 1024 * 1024;

/** Resources that are fetched at a time for one page. */
const AT_A_TIME = 6;

/** How often a page may load itself anew. */
const MAX_LOADS = 3;

/** Bytes that are kept for the next page, which often shares its style and logo. */
const MAX_CACHE = 32 * 1024 * 1024;

/**
 * Options of the browser's contexts: a proxy that nobody serves. Requests are answered before they get to it; what never
 * asks, such as speculation rules, a worker's WebSocket, WebTransport or a look-up of a name, ends there.
 */
export const NO_NETWORK = { proxy: { server: "http://127.0.0.1:9", bypass: "<-loopback>" } } as const;

/** Runs in each document before its own scripts: WebRTC talks UDP, past requests and proxy alike. */
const WITHOUT_WEBRTC = `for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection"]) delete globalThis[name];`;

export interface Resources {
  /** The resource, for a browser that calls itself so. */
  get(url: string, userAgent: string): Promise<Fetched>;
}

/** Fetches resources by the address guard's rules; what one page got, the next needn't fetch again. */
export function createResources(guard: Guard, signal: AbortSignal): Resources {
  const kept = new Map<string, Promise<Fetched>>();
  let size = 0;
  return {
    get(url, userAgent) {
      const known = kept.get(url);
      if (known) return known;
      const asked = fetchResource(guard, url, { ...LIMITS, accept: "*/*", userAgent, signal });
      kept.set(url, asked);
      asked.then(
        ({ body }) => {
          size += body.length;
          if (size > MAX_CACHE) kept.delete(url);
        },
        () => {},
      );
      return asked;
    },
  };
}

/**
 * Answers every request of the context, which {@link NO_NETWORK} made. The browser never connects to anything itself, so a page can't lead it to an
 * address that the agent hasn't checked, and what is drawn is what was analysed. Only `tab` gets the page.
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
    while (fetching.size >= AT_A_TIME) await Promise.race(fetching);
    if (bytes > MAX_BYTES_PER_PAGE) throw new Error("the page's resources are too large together");
    const asked = resources.get(url, userAgent);
    const ended = asked.then(
      ({ body }) => {
        bytes += body.length;
      },
      () => {},
    );
    fetching.add(ended);
    ended.then(() => fetching.delete(ended));
    return await asked;
  };
  await context.route("**/*", async (route) => {
    try {
      const request = route.request();
      const frame = request.frame();
      if (frame.page() !== tab) return await route.abort("aborted");
      if (request.isNavigationRequest() && frame.parentFrame() === null) {
        // A script that leads the page elsewhere would have us draw what nobody analysed.
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
      // Fonts are fetched with CORS; the page's own origin would have allowed them or not, a drawing needs them.
      "access-control-allow-origin": "*",
    },
  });
}
