// Reads the body of a request, as far as the limit goes.

import type { IncomingMessage } from "node:http";
import { clean, cut } from "@agentic/api/text.ts";

/** Characters of a refusal. */
const longest = 1000;

/** What a caller is told: a status and a sentence. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    // It may repeat what the caller sent, and it goes into the log.
    super(cut(clean(message), longest + 1, "…"));
    this.status = status;
  }
}

/** The body, parsed. Refuses with 413 what is larger than `limit` bytes and with 400 what is no JSON object. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Record<string, unknown>> {
  const tooLarge = new Refusal(413, `the body is larger than ${limit} bytes`);
  if (Number(request.headers["content-length"]) > limit) throw tooLarge;
  const chunks: Buffer[] = [];
  let size = 0;
  // The stream outlives a refusal: its connection still has to carry the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw tooLarge;
    chunks.push(chunk);
  }
  return parseBody(Buffer.concat(chunks));
}

/** A JSON object in UTF-8; anything else is refused with 400. */
function parseBody(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new Refusal(400, "the body is no JSON in UTF-8");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Refusal(400, "the body must be a JSON object");
  return value as Record<string, unknown>;
}
