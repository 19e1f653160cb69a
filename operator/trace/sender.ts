// Sends the spans of what has ended, in the background: a collector that is away changes nothing for workloads.
import { readFileSync } from "node:fs";
import { createExporter, programResource } from "@agentic/tracing/exporter.ts";
import { readable } from "@agentic/tracing/spans.ts";
import type { Logger } from "pino";
import { type Ending, endingSpans } from "./job-spans.ts";

export interface SpanSender {
  observe(ending: Ending): void;
  /** Waits for what is under way, for a few seconds at most. */
  close(): Promise<void>;
}

export interface SpanSenderOptions {
  /** Base URL of the collector. */
  url: string;
  /** File with the authority to trust, where the collector's certificate is of the platform's. */
  caFile: string | undefined;
  log: Logger;
  /** Called with how many spans were sent or lost. */
  count: (result: "sent" | "lost", spans: number) => void;
}

const TIMEOUT_MS = 5_000;

/** A sender that keeps nothing but the batches under way. */
export function createSpanSender({ url, caFile, log, count }: SpanSenderOptions): SpanSender {
  const exporter = createExporter({ url, ca: caFile && readFileSync(caFile, "utf8"), timeoutMs: TIMEOUT_MS });
  const resource = programResource("operator");
  return {
    observe: (ending) => {
      const spans = endingSpans(ending).map((span) => readable(span, resource, "@agentic/operator"));
      if (spans.length === 0) return;
      exporter.export(spans, ({ error, code }) => {
        count(code === 0 ? "sent" : "lost", spans.length);
        if (code !== 0) log.debug({ error: error?.message, spans: spans.length }, "spans are lost");
      });
    },
    close: async () => await exporter.shutdown(),
  };
}
