// Takes the content codings off an answer's body, as browsers do where they agree.
import { brotliDecompressSync, crc32, inflateRawSync, inflateSync, zstdDecompressSync } from "node:zlib";
import { cut } from "@agentic/api/text.ts";
import { TransientError, UnreadableError } from "../core/errors.ts";

/** What is asked for. */
export const ACCEPT_ENCODING = "gzip, deflate, br, zstd";

/** One on top of the other; more is an attack. */
const MAX_CODINGS = 5;

type Decode = (body: Buffer, maxBytes: number) => Buffer;

const decoders: Record<string, Decode> = {
  gzip: gunzip,
  "x-gzip": gunzip,
  deflate: inflate,
  br: (body, maxOutputLength) => brotliDecompressSync(body, { maxOutputLength }),
  zstd: (body, maxOutputLength) => zstdDecompressSync(body, { maxOutputLength }),
};

/** Codings that exist and are not read here. Any other name is a server's mistake ("none", "utf-8"), which codes nothing. */
const unread = new Set(["compress", "x-compress", "exi", "pack200-gzip", "aes128gcm", "dcb", "dcz"]);

export class TooLargeError extends UnreadableError {
  override name = "TooLargeError";
  constructor(maxBytes: number) {
    super(`larger than ${Math.round(maxBytes / 1024)} KiB`);
  }
}

/**
 * The body without its codings, at most `maxBytes` of it after each. Throws a {@link TooLargeError}, an UnreadableError that
 * names the coding for a body that isn't in it, and a TransientError for one that ends before its coding does.
 */
export function decodeContent(body: Buffer, header: string, maxBytes: number): Buffer {
  const codings = header
    .toLowerCase()
    .split(",")
    .map((coding) => coding.trim());
  if (codings.length > MAX_CODINGS) throw new UnreadableError(`more than ${MAX_CODINGS} content encodings`);
  const strange = codings.find((coding) => unread.has(coding));
  if (strange) throw new UnreadableError(`content encoding "${strange}" is not read: only ${ACCEPT_ENCODING}`);
  let decoded = body;
  for (const coding of codings.reverse()) {
    const decode = decoders[coding];
    if (!decode || decoded.length === 0) continue;
    try {
      decoded = decode(decoded, maxBytes);
    } catch (error) {
      throw problem(error, coding, maxBytes);
    }
  }
  return decoded;
}

function problem(error: unknown, coding: string, maxBytes: number): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ERR_BUFFER_TOO_LARGE") return new TooLargeError(maxBytes);
  const words = `content encoding "${coding}": ${cut(message, 100)}`;
  return code === "Z_BUF_ERROR" ? new TransientError(words, { cause: error }) : new UnreadableError(words);
}

const isGzip = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;

/** All members of a gzip file (RFC 1952); other bytes after them are ignored, as by browsers and gzip. */
function gunzip(body: Buffer, maxBytes: number): Buffer {
  if (!isGzip(body)) throw new Error("the contents are not gzip");
  const members: Buffer[] = [];
  let left = maxBytes;
  for (let rest = body; isGzip(rest); ) {
    const deflated = rest.subarray(headerLength(rest));
    const { data, used } = inflateMember(deflated, Math.max(left, 1));
    const trailer = deflated.subarray(used, used + 8);
    // A trailer that was cut off has nothing to check, and the data was whole.
    if (trailer.length === 8 && trailer.readUInt32LE(0) !== crc32(data)) throw new Error("incorrect data check");
    left -= data.length;
    if (left < 0) throw new TooLargeError(maxBytes);
    members.push(data);
    rest = deflated.subarray(used + 8);
  }
  return Buffer.concat(members);
}

/** `info` gives the engine, which knows how much of its input it has used; Node's types leave that out. */
const inflateWithInfo = inflateRawSync as unknown as (
  body: Buffer,
  options: { maxOutputLength: number; info: true },
) => { buffer: Buffer; engine: { bytesWritten: number } };

function inflateMember(body: Buffer, maxOutputLength: number): { data: Buffer; used: number } {
  const { buffer, engine } = inflateWithInfo(body, { maxOutputLength, info: true });
  return { data: buffer, used: engine.bytesWritten };
}

/** Bytes before a member's data: a fixed part, then extra fields, a name, a comment and a checksum where flags say so. */
function headerLength(member: Buffer): number {
  const flags = member[3] ?? 0;
  let at = 10;
  if (flags & 4) at += 2 + (at + 2 <= member.length ? member.readUInt16LE(at) : 0);
  for (const flag of [8, 16]) {
    if (!(flags & flag)) continue;
    const end = member.indexOf(0, at);
    at = end < 0 ? member.length : end + 1;
  }
  return flags & 2 ? at + 2 : at;
}

/** "deflate" is zlib's format by the standard, and the bare one from some servers. */
function inflate(body: Buffer, maxOutputLength: number): Buffer {
  const isZlib = ((body[0] ?? 0) & 0x0f) === 8 && body.length > 1 && body.readUInt16BE(0) % 31 === 0;
  return isZlib ? inflateSync(body, { maxOutputLength }) : inflateRawSync(body, { maxOutputLength });
}
