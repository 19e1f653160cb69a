// Whether a notification comes from the platform's operator: signed with the key of Secret `notify`, of now, and for the first time.
import { createHmac, timingSafeEqual } from "node:crypto";

/** Longest time in seconds between the operator's clock and this one. */
const tolerance = 300;

/** Checks the notifications that a receiver gets. What it remembers must be in a store where the receiver has several processes. */
export class Notifications {
  readonly #key: string;
  /** When each delivery came, in seconds. */
  readonly #seen = new Map<string, number>();

  /** `key` is the value of Secret `notify`, key `key`, in the workload's namespace. */
  constructor(key: string) {
    this.#key = key;
  }

  /**
   * What to do with a request, of which `body` is the very text that came: `accept` it; answer 200 to one that came `again`, and do
   * nothing; answer 401 to one to `refuse`.
   */
  check(headers: Record<string, unknown>, body: string, now = Date.now()): "accept" | "again" | "refuse" {
    const seconds = Math.floor(now / 1000);
    const time = String(headers["x-agentic-timestamp"]);
    if (!/^\d+$/.test(time) || Math.abs(seconds - Number(time)) > tolerance) return "refuse";
    const expected = Buffer.from(`sha256=${createHmac("sha256", this.#key).update(`${time}.${body}`).digest("hex")}`);
    const sent = Buffer.from(String(headers["x-agentic-signature"]));
    if (sent.length !== expected.length || !timingSafeEqual(sent, expected)) return "refuse";
    // The header with the same id isn't signed: the body is.
    const delivery = deliveryOf(JSON.parse(body));
    if (delivery === undefined) return "refuse";
    for (const [id, at] of this.#seen) if (seconds - at > 2 * tolerance) this.#seen.delete(id);
    if (this.#seen.has(delivery)) return "again";
    this.#seen.set(delivery, seconds);
    return "accept";
  }
}

/** The id of the delivery, by the format of the body: json and email, slack, teams. */
function deliveryOf(body: {
  delivery?: string;
  blocks?: { block_id?: string }[];
  attachments?: { content?: { body?: { id?: string }[] } }[];
}): string | undefined {
  return body.delivery ?? body.blocks?.[0]?.block_id ?? body.attachments?.[0]?.content?.body?.[0]?.id;
}
