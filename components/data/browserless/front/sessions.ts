// The sessions of one connection: which are with what the connection has opened, as the browser tells of them.

/** How the browser's messages of new sessions begin; each comes before anybody can call in the session. */
const ATTACHED = Buffer.from('{"method":"Target.attachedToTarget"');

/** The browser's answer where a connection has made a browser context: it holds the context's pages and what they store, in memory. */
const CONTEXT = /^\{"id":\d+,"result":\{"browserContextId":"(\w+)"\}\}$/;
const MAX_CONTEXT = 200;

/** What pages consist of. The user interface's pages, for one, have rights over the whole browser. */
const types: ReadonlySet<unknown> = new Set(["page", "iframe", "worker", "shared_worker", "service_worker"]);

/** Addresses of pages and of what stands in their place; not the browser's own, such as `chrome:`, `devtools:` and `file:`. */
const PAGE = /^$|^(?:https?|about|data|blob|chrome-error):/;

/**
 * What a session is with: the browser as a whole, what the connection has opened itself, or a page that was there before, such as the
 * blank one that the browser begins with, whose storage is on disk.
 */
export type SessionKind = "browser" | "own" | "earlier";

interface Attached {
  params: { sessionId: string; targetInfo: { type: string; url: string; browserContextId?: string } };
}

export class Sessions {
  readonly #kinds = new Map<unknown, SessionKind>([[undefined, "browser"]]);
  readonly #contexts = new Set<unknown>();

  /** Takes note of a message of the browser. */
  note(message: Buffer): void {
    if (message.length <= MAX_CONTEXT) {
      const context = CONTEXT.exec(message.toString())?.[1];
      if (context !== undefined) this.#contexts.add(context);
    }
    if (!message.subarray(0, ATTACHED.length).equals(ATTACHED)) return;
    const { sessionId, targetInfo } = (JSON.parse(message.toString()) as Attached).params;
    const kind = this.#kindOf(targetInfo);
    if (kind) this.#kinds.set(sessionId, kind);
  }

  /** What a session is with; undefined where it is with the browser's own pages, or there is none. Without an id it is the connection. */
  kindOf(sessionId: string | undefined): SessionKind | undefined {
    return this.#kinds.get(sessionId);
  }

  /** Whether the connection has made the browser context. */
  hasContext(id: unknown): boolean {
    return this.#contexts.has(id);
  }

  #kindOf({ type, url, browserContextId }: Attached["params"]["targetInfo"]): SessionKind | undefined {
    if (type === "browser") return "browser";
    if (!types.has(type) || !PAGE.test(url)) return undefined;
    return this.#contexts.has(browserContextId) ? "own" : "earlier";
  }
}
