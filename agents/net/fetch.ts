// Fetches one web resource through the address guard, with limits on size, time and redirects.
import { parseHttpDate, retryAfterMs } from "@agentic/api/retry-after.ts";
import { cut } from "@agentic/api/text.ts";
import { type Dispatcher, request } from "undici";
import { isTransientStatus, PermanentError, TransientError } from "../core/errors.ts";
import { ACCEPT_ENCODING, decodeContent, TooLargeError } from "./content-coding.ts";
import { Cookies } from "./cookies.ts";
import { decodePage } from "./decode.ts";
import type { Guard } from "./guard.ts";
import { accepts, HTML, isMostlyBinary, type MediaType, mediaTypeOf, sniffMediaType, XHTML } from "./mime.ts";
import { metaRefresh, REFRESH_BYTES, refreshTarget } from "./refresh.ts";

export { decodePage } from "./decode.ts";

/** The agents' name in the User-Agent header, which robots.txt may address. */
export const USER_AGENT_NAME = "AgenticPlatformBot";
export const USER_AGENT = `${USER_AGENT_NAME}/1.0`;

export interface FetchLimits {
  /** Bytes of the decoded body. */
  maxBytes: number;
  /** Milliseconds for the whole fetch, redirects included. */
  timeoutMs: number;
  maxRedirects: number;
}

export const PAGE_LIMITS: FetchLimits = { maxBytes: 3 * 1024 * 1024, timeoutMs: 20_000, maxRedirects: 5 };

export interface FetchOptions extends FetchLimits {
  accept: string;
  /** Default: the agents' own name. */
  userAgent?: string;
  /** Value of the Origin header of a request to this URL, for which a browser sends one. */
  origin?: (url: URL) => string | undefined;
  /** Accepted media types of pages ("*+json": any that ends so), whose body must not be empty; absent: anything. */
  contentTypes?: readonly string[];
  /** Whether the first `maxBytes` of a longer body are enough. */
  isPrefixEnough?: boolean;
  /** Called before each request, with the URL that redirected there, if any; throws to refuse the URL. */
  before?: (url: URL, from: string | undefined) => Promise<void>;
  signal?: AbortSignal;
}

export interface Fetched {
  url: string;
  status: number;
  /** Media type, lower case, without parameters: from the header, else guessed from the first bytes. */
  mediaType: string;
  /** Label of the header's charset. */
  charset: string | undefined;
  /** Of its headers those that say who may use it, by lower-case name. */
  policy: Record<string, string>;
  body: Uint8Array;
  /** The URLs that redirected here, the requested one first. */
  redirects: string[];
}

/** Headers by which a server says who may read, embed or run its answer; browsers check them. */
const POLICY_HEADERS = [
  "access-control-allow-origin",
  "access-control-allow-credentials",
  "access-control-expose-headers",
  "content-security-policy",
  "cross-origin-embedder-policy",
  "cross-origin-opener-policy",
  "cross-origin-resource-policy",
  "permissions-policy",
  "referrer-policy",
  "x-content-type-options",
  "x-frame-options",
];

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Fetches the resource, without retries. Throws on an HTTP error, a refusal or an exceeded limit; a TransientError if a retry may help. */
export async function fetchResource(guard: Guard, start: string, options: FetchOptions): Promise<Fetched> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal ? AbortSignal.any([timeout, options.signal]) : timeout;
  try {
    return await follow(guard, start, options, signal);
  } catch (error) {
    if (timeout.aborted)
      throw new TransientError(`no complete answer within ${options.timeoutMs / 1000} s`, { cause: error });
    throw explained(error);
  }
}

async function follow(guard: Guard, start: string, options: FetchOptions, signal: AbortSignal): Promise<Fetched> {
  const redirects: string[] = [];
  const cookies = new Cookies();
  let url = guard.checkUrl(start);
  for (;;) {
    url.hash = "";
    await options.before?.(url, redirects.at(-1));
    const cookie = cookies.headerFor(url);
    const origin = options.origin?.(url);
    const response = await request(url, {
      dispatcher: guard.dispatcher,
      signal,
      headers: {
        "user-agent": options.userAgent ?? USER_AGENT,
        accept: options.accept,
        "accept-language": "*",
        "accept-encoding": ACCEPT_ENCODING,
        ...(cookie ? { cookie } : {}),
        ...(origin ? { origin } : {}),
      },
    });
    cookies.store(url, response.headers["set-cookie"]);
    const answer = await read(url, response, options);
    if (typeof answer !== "string") return { ...answer, redirects };
    redirects.push(url.href);
    const next = URL.parse(answer, url.href);
    if (!next) throw new PermanentError("redirected to something that is not a valid URL");
    if (redirects.length > options.maxRedirects) {
      const isCycle = redirects.includes(next.href.replace(/#.*$/s, ""));
      throw new PermanentError(`more than ${options.maxRedirects} redirects${isCycle ? ", in a circle" : ""}`);
    }
    url = guard.checkUrl(next.href);
  }
}

/** The resource of an answer, or the address that it redirects to. Throws for every other answer. */
async function read(
  url: URL,
  { statusCode: status, statusText, headers, body: stream }: Dispatcher.ResponseData,
  options: FetchOptions,
): Promise<Omit<Fetched, "redirects"> | string> {
  const { contentTypes, maxBytes, isPrefixEnough = false } = options;
  try {
    const location = locationOf(headers.location);
    if (REDIRECTS.has(status) && location) return location;
    if (status < 200 || status > 299) throw refusedBy(status, statusText, headers);
    if (status === 206 && !isWhole(joined(headers["content-range"])))
      throw new PermanentError("HTTP 206 Partial Content, though the whole resource was requested", {
        httpStatus: status,
      });
    const type = mediaTypeOf(joined(headers["content-type"]) ?? null);
    if (type && contentTypes && !accepts(contentTypes, type.essence))
      throw new PermanentError(`content type "${cut(type.essence, 100)}" is not read: only ${contentTypes.join(", ")}`);
    if (Number(headers["content-length"] ?? 0) > maxBytes && !isPrefixEnough) throw new TooLargeError(maxBytes);
    const encoded = await readBody(stream, maxBytes, isPrefixEnough);
    const body = decodeContent(encoded, joined(headers["content-encoding"]) ?? "", maxBytes);
    if (contentTypes) checkContents(type, body, contentTypes, status);
    const resource = {
      url: url.href,
      status,
      mediaType: type?.essence ?? sniffMediaType(body),
      charset: type?.charset,
      policy: policyOf(headers),
      body,
    };
    return (contentTypes && refreshOf(resource, headers)) ?? resource;
  } finally {
    // Discards the rest of the body, and with it the connection.
    stream.on("error", () => {}).destroy();
  }
}

/** The page that a page refreshes to, if it is another one. */
function refreshOf(page: Omit<Fetched, "redirects">, headers: Headers): string | undefined {
  if (page.mediaType !== HTML && page.mediaType !== XHTML) return undefined;
  const header = locationOf(headers.refresh);
  const target = (header ? refreshTarget(header) : undefined) ?? metaRefresh(headOf(page));
  const next = target === undefined ? undefined : URL.parse(target, page.url);
  if (!next || !/^https?:$/.test(next.protocol)) return undefined;
  next.hash = "";
  return next.href === page.url ? undefined : next.href;
}

/** As much of a page's text as a refresh is looked for in: the whole is decoded by who reads the page. */
const headOf = (page: Omit<Fetched, "redirects">): string =>
  decodePage({ ...page, body: page.body.subarray(0, REFRESH_BYTES) });

function policyOf(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    POLICY_HEADERS.flatMap((name) => {
      const value = joined(headers[name]);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

type Headers = Dispatcher.ResponseData["headers"];

const joined = (header: Headers[string]): string | undefined => (Array.isArray(header) ? header.join(", ") : header);

/** Whether a range is the whole resource ("bytes 0-99/100"). */
function isWhole(range: string | undefined): boolean {
  const [, first, last, size] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(range ?? "") ?? [];
  return Number(first) === 0 && Number(last) + 1 === Number(size);
}

/** The error of an answer without a resource. */
function refusedBy(status: number, statusText: string, headers: Headers): Error {
  const problem = REDIRECTS.has(status) ? " without a Location header" : "";
  const message = `HTTP ${status}${statusText ? ` ${cut(statusText, 100)}` : ""}${problem}`;
  if (!isTransientStatus(status)) return new PermanentError(message, { httpStatus: status });
  // By the server's clock, which may differ from ours.
  const now = parseHttpDate(joined(headers.date) ?? "") ?? Date.now();
  const waitMs = retryAfterMs([headers["retry-after"]].flat()[0], now);
  if (waitMs === undefined) return new TransientError(message, { httpStatus: status });
  return new TransientError(`${message}, asks to wait ${Math.ceil(waitMs / 1000)} s`, {
    httpStatus: status,
    retryAfterMs: waitMs,
  });
}

/** The Location header: bytes that are not ASCII are percent-encoded, as browsers do; the same value sent twice counts once. */
function locationOf(header: Headers[string]): string | undefined {
  const [location, ...others] = [...new Set([header ?? []].flat())];
  if (others.length > 0) throw new PermanentError("redirected to several places at once");
  return location?.replace(/[\x80-\xFF]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Refuses a body whose first bytes are not those of a page, whether the server sent no type or a wrong one. */
function checkContents(
  type: MediaType | undefined,
  body: Uint8Array,
  contentTypes: readonly string[],
  status: number,
): void {
  if (body.length === 0) throw new PermanentError(`HTTP ${status}, but the answer is empty`, { httpStatus: status });
  const declared = type?.essence;
  const sniffed = sniffMediaType(body);
  const isText = sniffed.startsWith("text/") || accepts(contentTypes, sniffed);
  if (isText && (declared || accepts(contentTypes, sniffed))) return;
  // Bytes that aren't ASCII text may still be a page: in UTF-16, if the server says so, or with a few stray control characters.
  const mayBePage = /^utf-?16/i.test(type?.charset ?? "") || !isMostlyBinary(body);
  if (declared && declared !== "text/plain" && sniffed === "application/octet-stream" && mayBePage) return;
  const declaration = declared ? `content type "${declared}"` : "no content type";
  throw new PermanentError(
    `${declaration}, but it looks like ${sniffed}, which is not read: only ${contentTypes.join(", ")}`,
  );
}

/** The body as it was sent, or its first `maxBytes`. */
async function readBody(body: AsyncIterable<Buffer>, maxBytes: number, isPrefixEnough: boolean): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    chunks.push(chunk);
    if (size <= maxBytes) continue;
    if (!isPrefixEnough) throw new TooLargeError(maxBytes);
    break;
  }
  return Buffer.concat(chunks).subarray(0, maxBytes);
}

/** Whether the connection was closed in the middle of an answer. */
const isCutOff = ({ code, message = "" }: { code?: string; message?: string }): boolean =>
  code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH" || message.endsWith("(Invalid EOF state)");

/** A PermanentError for a name that doesn't exist, a TransientError for an answer that was cut off, else the error itself. */
function explained(error: unknown): unknown {
  const { code, hostname } = error as { code?: string; hostname?: string };
  if (code === "ENOTFOUND") return new PermanentError(`the name ${hostname ?? ""} does not exist`);
  if (isCutOff(error as Error))
    return new TransientError("the connection was closed before the answer was complete", { cause: error });
  return error;
}
