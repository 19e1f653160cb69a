// Keeps a step's log in the object store, where it can be read once the pod is gone.
import { logKey } from "@agentic/api/artifacts.ts";
import type { Settings } from "./config.ts";
import type { Log } from "./log.ts";
import type { ArtifactStore } from "./store.ts";

/** Bytes of a long log that are kept: its beginning, and the lines before its end. */
const KEPT_BYTES = { beginning: 256 * 1024, end: 768 * 1024 } as const;

/** Milliseconds between two writes: what a killed pod loses. */
const INTERVAL_MS = 5_000;

/** The lines of a log, of which it keeps the first and the last. */
export class KeptLines {
  readonly #beginning: string[] = [];
  #end: string[] = [];
  readonly #room: { beginning: number; end: number };
  #leftOut = 0;
  #isBeginning = true;

  constructor(room: { beginning: number; end: number } = KEPT_BYTES) {
    this.#room = { ...room };
  }

  add(line: string): void {
    const bytes = Buffer.byteLength(line);
    if (this.#isBeginning && bytes <= this.#room.beginning) {
      this.#beginning.push(line);
      this.#room.beginning -= bytes;
      return;
    }
    this.#isBeginning = false;
    this.#end.push(line);
    this.#room.end -= bytes;
    let old = 0;
    while (this.#room.end < 0 && old < this.#end.length) this.#room.end += Buffer.byteLength(this.#end[old++] ?? "");
    this.#end = old > 0 ? this.#end.slice(old) : this.#end;
    this.#leftOut += old;
  }

  /** All that is kept, with a line where others are left out. */
  text(): string {
    const gap =
      this.#leftOut > 0
        ? [`${JSON.stringify({ level: "warn", msg: `${this.#leftOut} lines are left out here` })}\n`]
        : [];
    return [...this.#beginning, ...gap, ...this.#end].join("");
  }
}

/** A log's object in the store. */
export interface LogObject {
  /** Writes what is new, and no more later. */
  close(): Promise<void>;
}

/**
 * Writes the lines to the store whenever there are new ones. A store that doesn't take them costs the step nothing but a warning in the
 * pod's own log.
 */
export function keepLog(settings: Settings, lines: KeptLines, store: ArtifactStore, log: Log): LogObject {
  let written = "";
  let writing = Promise.resolve();
  let hasFailed = false;
  const write = async () => {
    const text = lines.text();
    if (text === written) return;
    try {
      await store.put(logKey(settings.run, settings.pod), text, "application/x-ndjson");
      written = text;
      hasFailed = false;
    } catch (error) {
      if (!hasFailed) log.warn({ error: (error as Error).message }, "the log can't be kept in the object store");
      hasFailed = true;
    }
  };
  const next = () => {
    writing = writing.then(write);
    return writing;
  };
  const timer = setInterval(() => void next(), INTERVAL_MS).unref();
  return {
    close: async () => {
      clearInterval(timer);
      await next();
    },
  };
}
