// The headers of what the operator posts, with a signature over the time and the body.
import { createHmac } from "node:crypto";

export interface Post {
  event: string;
  /** The same for every try. The body has it, too, since no header but the time is signed. */
  delivery: string;
  body: string;
}

/** The headers; signed where there is a key. */
export function signedHeaders({ event, delivery, body }: Post, key?: Buffer | string): Record<string, string> {
  const time = String(Math.floor(Date.now() / 1000));
  const signature = key && createHmac("sha256", key).update(`${time}.${body}`).digest("hex");
  return {
    "content-type": "application/json",
    "user-agent": "agentic-operator",
    "x-agentic-event": event,
    "x-agentic-delivery": delivery,
    "x-agentic-timestamp": time,
    ...(signature ? { "x-agentic-signature": `sha256=${signature}` } : {}),
  };
}
