// Fetches one resource of the web: guarded, with limits on size, time and redirects.
import { retryAfterMs } from "@agentic/api/retry-after.ts";
import { fetch } from "undici";
import { isTransientStatus, PermanentError, TransientError } from "../core/errors.ts";
import type { Guard } from "./guard.ts";

/** How agents introduce themselves; robots.txt may name it. */
export const USER_AGENT_NAME = "AgenticPlatformBot";
export const USER_AGENT = `${USER_AGENT_NAME}/1.0`;

export interface FetchLimits {
  /** Bytes of the decoded body. */
  maxBytes: number;
  /** Milliseconds for everything, redirects included. */
  timeoutMs: number;
  maxRedirects: number;
}

export const PAGE_LIMITS: FetchLimits = { maxBytes: 3 * 1024 * 1024, timeoutMs: 20_000, maxRedirects: 5 };

export interface FetchOptions extends FetchLimits {
  accept: string;
  /** Default: the agents' own name. */
  userAgent?: string;
  /** Media types that are taken; any, when absent. */
  contentTypes?: readonly string[];
  /** Asked before each request, redirects included; throws to refuse. */
  before?: (url: URL) => Promise<void>;
  signal?: AbortSignal;
}

export interface Fetched {
  url: string;
  status: number;
  /** Media type, lower case, without parameters. */
  mediaType: string;
  charset: string | undefined;
  body: Uint8Array;
  /** URLs that led here, the first one asked for included. */
  redirects: string[];
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** The resource, once. An HTTP error status, a refusal or a broken limit throws; transient ones as TransientError. */
export async function fetchResource(guard: Guard, start: string, options: FetchOptions): Promise<Fetched> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal ? AbortSignal.any([timeout, options.signal]) : timeout;
  try {
    return await follow(guard, start, options, signal);
  } catch (error) {
    if (timeout.aborted)
      throw new TransientError(`no complete answer within ${options.timeoutMs / 1000} s`, { cause: error });
    throw unwrap(error);
  }
}

async function follow(guard: Guard, start: string, options: FetchOptions, signal: AbortSignal): Promise<Fetched> {
  const redirects: string[] = [];
  let url = guard.checkUrl(start);
  for (;;) {
    url.hash = "";
    await options.before?.(url);
    const response = await fetch(url, {
      dispatcher: guard.dispatcher,
      redirect: "manual",
      signal,
      headers: { "user-agent": options.userAgent ?? USER_AGENT, accept: options.accept },
    });
    const location = response.headers.get("location");
    if (REDIRECTS.has(response.status) && location) {
      await response.body?.cancel();
      redirects.push(url.href);
      if (redirects.length > options.maxRedirects)
        throw new PermanentError(`more than ${options.maxRedirects} redirects`);
      const next = URL.parse(location, url.href);
      if (!next) throw new PermanentError("redirected to something that is no URL");
      url = guard.checkUrl(next.href);
      continue;
    }
    if (!response.ok) {
      await response.body?.cancel();
      const message = `HTTP ${response.status}${response.statusText ? ` ${response.statusText}` : ""}`;
      if (!isTransientStatus(response.status)) throw new PermanentError(message);
      const wait = retryAfterMs(response.headers.get("retry-after"));
      throw new TransientError(message, wait === undefined ? {} : { retryAfterMs: wait });
    }
    const [mediaType = "", ...parameters] = (response.headers.get("content-type") ?? "").toLowerCase().split(";");
    if (options.contentTypes && !options.contentTypes.includes(mediaType.trim())) {
      await response.body?.cancel();
      throw new PermanentError(
        `content type "${mediaType.trim()}" is not read: only ${options.contentTypes.join(", ")}`,
      );
    }
    const declared = Number(response.headers.get("content-length") ?? 0);
    if (declared > options.maxBytes) {
      await response.body?.cancel();
      throw tooLarge(options.maxBytes);
    }
    return {
      url: url.href,
      status: response.status,
      mediaType: mediaType.trim(),
      charset: parameters.map((one) => /^\s*charset="?([^"\s]+)/.exec(one)?.[1]).find(Boolean),
      body: await readBody(response.body, options.maxBytes),
      redirects,
    };
  }
}

/** Counts decoded bytes, so a small bomb that unpacks to gigabytes stops at the limit, too. */
async function readBody(body: AsyncIterable<Uint8Array> | null, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.byteLength;
    // Leaving the loop cancels the stream and with it the connection.
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(maxBytes: number): PermanentError {
  return new PermanentError(`larger than ${Math.round(maxBytes / 1024)} KiB`);
}

/** fetch() hides the reason in "fetch failed"; a name that doesn't exist is the URL's fault, not the network's. */
function unwrap(error: unknown): unknown {
  const { message, cause } = error as { message?: string; cause?: unknown };
  const inner = message === "fetch failed" && cause instanceof Error ? cause : error;
  if ((inner as { code?: string }).code === "ENOTFOUND")
    return new PermanentError(`the name ${(inner as { hostname?: string }).hostname ?? ""} does not exist`);
  return inner;
}

const declaredInPage = /<meta[^>]+charset\s*=\s*["']?\s*([\w-]+)/i;

/** The page's text, by the charset that its header, or else the page itself, names. */
export function decodePage({ body, charset }: Pick<Fetched, "body" | "charset">): string {
  const head = new TextDecoder("latin1").decode(body.subarray(0, 1024));
  const label = charset ?? declaredInPage.exec(head)?.[1] ?? "utf-8";
  try {
    return new TextDecoder(label).decode(body);
  } catch {
    return new TextDecoder().decode(body);
  }
}
