// Reads the end of a pod's log, which may be long, from the API server.
import type { Client } from "@agentic/kube/client/client.ts";
import type { Query } from "@agentic/kube/client/query.ts";
import { tailBytes } from "../core/text.ts";

/** Milliseconds that reading a log may take. */
const READ_TIMEOUT_MS = 60_000;

/** The last `limit` bytes of a text; bytes that aren't UTF-8 become U+FFFD. */
export async function tail(client: Pick<Client, "bytes">, path: string, query: Query, limit: number): Promise<string> {
  let chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of client.bytes(path, { query, signal: AbortSignal.timeout(READ_TIMEOUT_MS) })) {
    chunks.push(chunk);
    size += chunk.length;
    if (size < 2 * limit) continue;
    // One byte more than the limit: the last cut can then see whether it falls into the middle of a character.
    chunks = [Buffer.concat(chunks).subarray(-limit - 1)];
    size = limit + 1;
  }
  return tailBytes(Buffer.concat(chunks), limit).toString("utf8");
}
