// What a stream waits for: a change that concerns it, the API server's going and coming, the session's end, the reader's going.
import type { StreamEvent } from "../http/event-stream.ts";
import type { Visitor } from "../sessions/visitors.ts";
import type { Board, BoardEvent } from "./board.ts";

export interface StreamOptions {
  board: Board;
  visitor: Visitor;
  /** When the session ends, seconds since the epoch. */
  expiresAt: number;
  /** Aborted once the reader is gone. */
  signal: AbortSignal;
}

/** Milliseconds of silence after which a comment is sent: proxies cut off silent connections. */
const PING_MS = 15_000;
/** How long changes are gathered before they are told. */
const GATHER_MS = 100;

type Change = Exclude<BoardEvent, "availability">;

export class Subscription implements Disposable {
  readonly #options: StreamOptions;
  readonly #stop: () => void;
  readonly #end: NodeJS.Timeout;
  readonly #wake = () => this.#bell?.();
  #bell: (() => void) | undefined;
  #isChanged = false;
  #hasTurned = false;

  /** @param concerns whether a change is one to wake up for; it is told of each, also between two waits */
  constructor(options: StreamOptions, concerns: (change: Change) => boolean) {
    this.#options = options;
    const { board, expiresAt, signal } = options;
    this.#stop = board.listen((event) => {
      if (event === "availability") this.#hasTurned = true;
      else if (concerns(event)) this.#isChanged = true;
      else return;
      this.#wake();
    });
    this.#end = setTimeout(this.#wake, Math.max(0, expiresAt * 1000 - Date.now()));
    signal.addEventListener("abort", this.#wake);
  }

  /** Waits for the next thing to do; `closed` and `expired` are the last. */
  async next(): Promise<"changed" | "turned" | "ping" | "expired" | "closed"> {
    const isQuiet = !this.#isChanged && !this.#hasTurned;
    if (isQuiet && !this.#over()) await this.#silence(PING_MS);
    const over = this.#over();
    if (over) return over;
    if (this.#hasTurned) {
      this.#hasTurned = false;
      return "turned";
    }
    if (!this.#isChanged) return "ping";
    await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
    this.#isChanged = false;
    return this.#over() ?? "changed";
  }

  [Symbol.dispose](): void {
    this.#stop();
    clearTimeout(this.#end);
    this.#options.signal.removeEventListener("abort", this.#wake);
  }

  #over(): "expired" | "closed" | undefined {
    const { signal, expiresAt } = this.#options;
    if (signal.aborted) return "closed";
    return Date.now() >= expiresAt * 1000 ? "expired" : undefined;
  }

  async #silence(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#bell = resolve;
    const timer = setTimeout(resolve, ms);
    await promise;
    clearTimeout(timer);
    this.#bell = undefined;
  }
}

/**
 * The events of a stream: the beginning, then what `changes` makes of each change. Where it throws because the API server is away, or
 * busy, it is asked again later; where the token is refused, the stream ends.
 */
export async function* follow(
  options: StreamOptions,
  {
    subscription,
    begin,
    changes,
  }: {
    subscription: Subscription;
    begin: () => Promise<StreamEvent[]>;
    /** `over` ends the stream after these events. */
    changes: () => Promise<{ events: StreamEvent[]; over?: boolean }>;
  },
): AsyncGenerator<StreamEvent> {
  const { board } = options;
  const away = (): StreamEvent =>
    board.away ? { event: "unavailable", data: board.away } : { event: "available", data: {} };
  using _ = subscription;
  yield* await begin();
  if (board.away) yield away();
  let isOwed = false;
  for (;;) {
    const what = await subscription.next();
    if (what === "closed") return;
    if (what === "expired") return yield { event: "ended", data: { reason: "expired" } };
    if (what === "ping") yield "ping";
    if (what === "turned") yield away();
    if (what !== "changed" && !isOwed) continue;
    try {
      const { events, over } = await changes();
      isOwed = false;
      yield* events;
      if (over) return;
    } catch (error) {
      const { status } = error as { status?: number };
      if (status === 401 || status === 403) return yield { event: "ended", data: { reason: "refused" } };
      isOwed = true;
    }
  }
}
