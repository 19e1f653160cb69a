// The sessions of one connection in which a tenant may call: those with what its steps draw, as the browser tells of them.

/** How the browser's messages of new sessions begin; each comes before anybody can call in the session. */
const ATTACHED = Buffer.from('{"method":"Target.attachedToTarget"');

/** What pages consist of, and the browser as a whole. The others, such as the user interface, have rights over all of it. */
const types: ReadonlySet<unknown> = new Set(["browser", "page", "iframe", "worker", "shared_worker", "service_worker"]);

/** Addresses of pages and of what stands in their place; not the browser's own, such as `chrome:`, `devtools:` and `file:`. */
const PAGE = /^$|^(?:https?|about|data|blob|chrome-error):/;

interface Attached {
  params: { sessionId: string; targetInfo: { type: string; url: string } };
}

export class Sessions {
  readonly #own = new Set<unknown>();

  /** Takes note of a message of the browser. */
  note(message: Buffer): void {
    if (!message.subarray(0, ATTACHED.length).equals(ATTACHED)) return;
    const { sessionId, targetInfo }: Attached["params"] = (JSON.parse(message.toString()) as Attached).params;
    if (types.has(targetInfo.type) && PAGE.test(targetInfo.url)) this.#own.add(sessionId);
  }

  /** Whether a tenant may call in the session; without an id it is the connection itself. */
  has(sessionId: string | undefined): boolean {
    return sessionId === undefined || this.#own.has(sessionId);
  }
}
