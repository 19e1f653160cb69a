// Server-sent events: the reader asks for the next one, so that nobody's queue grows while they are slow.

/** One event, or a comment that keeps the connection open. */
export type StreamEvent = { event: string; data: unknown } | "ping";

/** The answer whose body are the events. Once the reader is gone, the generator is told to return. */
export function eventStream(events: AsyncGenerator<StreamEvent>): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await events.next();
      if (done) return controller.close();
      const text = value === "ping" ? ":\n\n" : `event: ${value.event}\ndata: ${JSON.stringify(value.data)}\n\n`;
      controller.enqueue(encoder.encode(text));
    },
    async cancel() {
      await events.return(undefined);
    },
  });
  return new Response(body, {
    headers: {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      // Proxies that gather answers would keep events back.
      "x-accel-buffering": "no",
    },
  });
}
