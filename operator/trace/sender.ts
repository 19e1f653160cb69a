// Sends the spans of what has ended.
import { createPastSpanSender, type PastSpanSenderOptions } from "@agentic/tracing/past-sender.ts";
import type { Logger } from "pino";
import { type Ending, endingSpans } from "./job-spans.ts";

export interface SpanSender {
  observe(ending: Ending): void;
  /** Waits for what is under way, for a few seconds at most. */
  close(): Promise<void>;
}

export interface SpanSenderOptions extends Pick<PastSpanSenderOptions, "url" | "caFile"> {
  log: Logger;
  /** Called with how many spans were sent or lost. */
  count: (result: "sent" | "lost", spans: number) => void;
}

export function createSpanSender({ log, count, ...collector }: SpanSenderOptions): SpanSender {
  const sender = createPastSpanSender({
    ...collector,
    program: "operator",
    ended: (result, spans, error) => {
      count(result, spans);
      if (result === "lost") log.debug({ error: error?.message, spans }, "spans are lost");
    },
  });
  return { observe: (ending) => sender.send(endingSpans(ending)), close: async () => await sender.close() };
}
