// What Prometheus reads of the console.
import { Counter, collectDefaultMetrics, Gauge, Histogram, type Registry } from "prom-client";
import type { Board } from "./workloads/board.ts";

export class Metrics {
  readonly #seconds: Histogram<"method" | "route" | "code">;
  readonly #decisions: Counter<"decision" | "outcome">;
  readonly #streams: Gauge;

  constructor(registry: Registry, board: Pick<Board, "away">) {
    const registers = [registry];
    collectDefaultMetrics({ register: registry });
    this.#seconds = new Histogram({
      name: "agentic_console_request_seconds",
      help: "How long answers take until they begin.",
      labelNames: ["method", "route", "code"],
      buckets: [0.01, 0.05, 0.1, 0.5, 1, 5],
      registers,
    });
    this.#decisions = new Counter({
      name: "agentic_console_decisions_total",
      help: "Answers, questions and replies at gates by way of the console.",
      labelNames: ["decision", "outcome"],
      registers,
    });
    this.#streams = new Gauge({ name: "agentic_console_streams", help: "Open streams of events.", registers });
    new Gauge({
      name: "agentic_console_api_server_available",
      help: "1 while the API server answers the console.",
      registers,
      collect() {
        this.set(board.away ? 0 : 1);
      },
    });
  }

  request(labels: { method: string; route: string; code: string }, seconds: number): void {
    this.#seconds.observe(labels, seconds);
  }

  decision(decision: string, outcome: string): void {
    this.#decisions.inc({ decision, outcome });
  }

  /** Counts a stream until it ends. */
  async *counted<T>(stream: AsyncGenerator<T>): AsyncGenerator<T> {
    this.#streams.inc();
    try {
      yield* stream;
    } finally {
      this.#streams.dec();
    }
  }
}
