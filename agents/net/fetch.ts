// Fetches one resource of the web: guarded, with limits on size, time and redirects.
import { parseHttpDate, retryAfterMs } from "@agentic/api/retry-after.ts";
import { cut } from "@agentic/api/text.ts";
import { fetch } from "undici";
import { isTransientStatus, PermanentError, TransientError } from "../core/errors.ts";
import type { Guard } from "./guard.ts";
import { accepts, mediaTypeOf, sniffMediaType } from "./mime.ts";

export { decodePage } from "./decode.ts";

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
  /** Media types that are taken ("*+json": any that ends so); any, when absent. */
  contentTypes?: readonly string[];
  /** Asked before each request, redirects included; throws to refuse. */
  before?: (url: URL) => Promise<void>;
  signal?: AbortSignal;
}

export interface Fetched {
  url: string;
  status: number;
  /** Media type, lower case, without parameters: as the header says, or as the first bytes look when it says nothing. */
  mediaType: string;
  /** Label of the header's charset. */
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
    const location = locationOf(response.headers.get("location"));
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
      const where = REDIRECTS.has(response.status) ? ", and does not say where to" : "";
      const message = `HTTP ${response.status}${response.statusText ? ` ${response.statusText}` : ""}${where}`;
      if (!isTransientStatus(response.status)) throw new PermanentError(message);
      // By the server's own clock, which need not be ours.
      const now = parseHttpDate(response.headers.get("date") ?? "") ?? Date.now();
      const wait = retryAfterMs(response.headers.get("retry-after"), now);
      if (wait === undefined) throw new TransientError(message);
      throw new TransientError(`${message}, asks to wait ${Math.ceil(wait / 1000)} s`, { retryAfterMs: wait });
    }
    const type = mediaTypeOf(response.headers.get("content-type"));
    if (type && options.contentTypes && !accepts(options.contentTypes, type.essence)) {
      await response.body?.cancel();
      throw new PermanentError(
        `content type "${cut(type.essence, 100)}" is not read: only ${options.contentTypes.join(", ")}`,
      );
    }
    const declared = Number(response.headers.get("content-length") ?? 0);
    if (declared > options.maxBytes) {
      await response.body?.cancel();
      throw tooLarge(options.maxBytes);
    }
    const body = await readBody(response.body, options.maxBytes);
    if (options.contentTypes) checkContents(type?.essence, body, options.contentTypes);
    const mediaType = type?.essence ?? sniffMediaType(body);
    return { url: url.href, status: response.status, mediaType, charset: type?.charset, body, redirects };
  }
}

/** An address in a header is bytes, mostly UTF-8; browsers encode each that is not ASCII. Sent twice alike, it is one. */
function locationOf(header: string | null): string | undefined {
  const half = header?.slice(0, (header.length - 2) / 2) ?? "";
  const location = header === `${half}, ${half}` ? half : header;
  return location?.replace(/[\x80-\xFF]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Refuses what is no page by its first bytes, whether the server says nothing or calls a PDF a page. */
function checkContents(declared: string | undefined, body: Uint8Array, contentTypes: readonly string[]): void {
  const looks = sniffMediaType(body);
  const isText = looks.startsWith("text/") || accepts(contentTypes, looks);
  if (isText && (declared || accepts(contentTypes, looks))) return;
  // Bytes that are no ASCII text may well be a page in UTF-16, if the server says so.
  if (declared && declared !== "text/plain" && looks === "application/octet-stream") return;
  const says = declared ? `content type "${declared}"` : "no content type";
  throw new PermanentError(`${says}, but it looks like ${looks}, which is not read: only ${contentTypes.join(", ")}`);
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
