// Reads pages in a worker thread, each within limits of time and memory: a hostile page affects no other, and the main thread
// still handles signals.
import { Worker } from "node:worker_threads";
import { describe, InterruptedError, PermanentError, TimeLimitError } from "../core/errors.ts";
import type { PageToRead, Readings } from "./reading.ts";

export interface ReaderLimits {
  /** Milliseconds for a page. */
  timeoutMs: number;
  /** MiB of heap for a page. */
  memoryMiB: number;
}

/** Generous: a page of the largest size that scraping allows takes a second. */
const LIMITS: ReaderLimits = { timeoutMs: 15_000, memoryMiB: 320 };

export interface PageReader {
  /** Reads a page; pages wait for each other. Throws a PermanentError for a page that exceeds a limit. */
  read<What extends keyof Readings>(what: What, page: PageToRead): Promise<Readings[What]>;
  close(): Promise<void>;
}

/** A thread that reads pages; `ready` once it has loaded what it reads them with. */
interface Thread {
  thread: Worker;
  ready: Promise<unknown>;
}

/** A reader whose thread starts at once, to be ready with the first page, and is replaced after a page that ended it. */
export function createReader(signal: AbortSignal, limits: Partial<ReaderLimits> = {}): PageReader {
  const { timeoutMs, memoryMiB } = { ...LIMITS, ...limits };
  let worker: Thread | undefined = start();
  let previous: Promise<unknown> = Promise.resolve();

  function start(): Thread {
    const thread = new Worker(new URL("./reading.ts", import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: memoryMiB },
    });
    thread.unref();
    // Without a listener, an error while the thread is being terminated would end the process.
    thread.on("error", () => {});
    return { thread, ready: new Promise((resolve) => thread.once("message", resolve)) };
  }

  async function endWorker(): Promise<void> {
    const dropped = worker;
    worker = undefined;
    await dropped?.thread.terminate();
  }

  async function readNow<What extends keyof Readings>(what: What, page: PageToRead): Promise<Readings[What]> {
    if (signal.aborted) throw new InterruptedError("interrupted");
    worker ??= start();
    const { promise, resolve, reject } = Promise.withResolvers<Readings[What]>();
    const interrupt = () => reject(new InterruptedError("interrupted"));
    const late = () => reject(new TimeLimitError(`the page could not be read within ${timeoutMs / 1000} s`));
    let timer: NodeJS.Timeout | undefined;
    const { thread, ready } = worker;
    thread.ref();
    const fail = (error: Error & { code?: string }) =>
      reject(
        new PermanentError(
          error.code === "ERR_WORKER_OUT_OF_MEMORY"
            ? `the page needs more than ${memoryMiB} MiB of memory to be read`
            : `the page could not be read: ${describe(error)}`,
        ),
      );
    thread.once("error", fail);
    signal.addEventListener("abort", interrupt, { once: true });
    try {
      // A busy machine takes seconds to start the thread, which is no fault of the page.
      await Promise.race([ready, promise]);
      timer = setTimeout(late, timeoutMs);
      thread.once("message", resolve);
      thread.postMessage({ what, page });
      return await promise;
    } catch (error) {
      await endWorker();
      throw error;
    } finally {
      clearTimeout(timer);
      thread.unref();
      signal.removeEventListener("abort", interrupt);
      thread.off("message", resolve);
      thread.off("error", fail);
    }
  }

  return {
    read(what, page) {
      const reading = previous.then(() => readNow(what, page));
      previous = reading.catch(() => {});
      return reading;
    },
    close: endWorker,
  };
}
