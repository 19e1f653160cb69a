// Sends spans that have ended already, in the background: a collector that is away changes nothing for who sends them.
import { readFileSync } from "node:fs";
import { createExporter, programResource } from "./exporter.ts";
import { type PastSpan, readable } from "./spans.ts";

export interface PastSpanSender {
  send(spans: readonly PastSpan[]): void;
  /** Waits for what is under way, for a few seconds at most. */
  close(): Promise<void>;
}

export interface PastSpanSenderOptions {
  /** Name of the program. */
  program: string;
  /** Base URL of the collector. */
  url: string;
  /** File with the authority to trust, where the collector's certificate is of the platform's. */
  caFile: string | undefined;
  /** Called with how many spans were sent or lost, and why. */
  ended: (result: "sent" | "lost", spans: number, error?: Error) => void;
}

const TIMEOUT_MS = 5_000;

/** A sender that keeps nothing but the batches under way. */
export function createPastSpanSender({ program, url, caFile, ended }: PastSpanSenderOptions): PastSpanSender {
  const exporter = createExporter({ url, ca: caFile && readFileSync(caFile, "utf8"), timeoutMs: TIMEOUT_MS });
  const resource = programResource(program);
  return {
    send: (spans) => {
      if (spans.length === 0) return;
      const batch = spans.map((span) => readable(span, resource, `@agentic/${program}`));
      exporter.export(batch, ({ error, code }) => ended(code === 0 ? "sent" : "lost", spans.length, error));
    },
    close: async () => await exporter.shutdown(),
  };
}
