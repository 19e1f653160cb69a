// Reads the body of a request, up to the limit.
import type { IncomingMessage } from "node:http";
import { clean, cut } from "@agentic/api/text.ts";

/** Characters of a refusal. */
const longest = 1000;

/** A refusal to the caller: an HTTP status and a message. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    // The message may repeat the caller's text, and is logged.
    super(cut(clean(message), longest + 1, "…"));
    this.status = status;
  }
}

/** The body as it was sent. Refuses with 413 one larger than `limit` bytes. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const tooLarge = new Refusal(413, `the body is larger than ${limit} bytes`);
  if (Number(request.headers["content-length"]) > limit) throw tooLarge;
  const chunks: Buffer[] = [];
  let size = 0;
  // A refusal must not destroy the stream: its connection carries the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw tooLarge;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A JSON object in UTF-8; anything else is refused with 400. */
export function parseBody(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new Refusal(400, "the body is not valid JSON in UTF-8");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Refusal(400, "the body must be a JSON object");
  return value as Record<string, unknown>;
}
