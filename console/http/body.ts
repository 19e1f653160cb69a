// The body of a request, of which no more is read than anybody may send.
import type { Context } from "hono";
import { invalid, Refusal } from "./errors.ts";

/** A workload of the largest size, and room. */
const MAX_BYTES = 1024 * 1024;

/** The body, which is a JSON object. */
export async function bodyOf(c: Context): Promise<Record<string, unknown>> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of c.req.raw.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Refusal(413, "too-large", `a request has at most ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  const body = parsed(Buffer.concat(chunks).toString("utf8"));
  if (typeof body !== "object" || body === null) throw invalid("the body must be a JSON object");
  return body as Record<string, unknown>;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
