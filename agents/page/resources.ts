// What the browser gets to see of the network: the page as it was scraped, and its pictures and styles, fetched by us.
import type { BrowserContext, Route } from "playwright-core";
import type { FetchedPage } from "../core/documents.ts";
import { type Fetched, type FetchLimits, fetchResource, USER_AGENT } from "../net/fetch.ts";
import type { Guard } from "../net/guard.ts";

/** Per resource; a page has many. */
const LIMITS: FetchLimits = { maxBytes: 5 * 1024 * 1024, timeoutMs: 10_000, maxRedirects: 5 };

/** Resources of one page beyond which the rest stays blank. */
const MAX_PER_PAGE = 200;

/** Bytes that are kept for the next page, which often shares its style and logo. */
const MAX_CACHE = 32 * 1024 * 1024;

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
 * Answers every request of the context. The browser never connects to anything itself, so a page can't lead it to an
 * address that the agent hasn't checked, and what is drawn is what was analysed.
 */
export async function serve(context: BrowserContext, page: FetchedPage, resources: Resources): Promise<void> {
  let count = 0;
  await context.route("**/*", async (route) => {
    try {
      const request = route.request();
      const isDocument = request.isNavigationRequest() && request.frame().parentFrame() === null;
      if (isDocument && sameDocument(request.url(), page.finalUrl))
        return await route.fulfill({ status: 200, contentType: "text/html; charset=utf-8", body: page.html });
      // A script that leads the page elsewhere would have us draw what nobody analysed.
      if (isDocument || request.method() !== "GET" || ++count > MAX_PER_PAGE)
        return await route.abort("blockedbyclient");
      await answer(route, await resources.get(request.url(), request.headers()["user-agent"] ?? USER_AGENT));
    } catch {
      await route.abort("blockedbyclient").catch(() => {});
    }
  });
  await context.routeWebSocket("**/*", (socket) => socket.close());
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
