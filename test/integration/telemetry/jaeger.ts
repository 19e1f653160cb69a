// Jaeger as it is built here, with the configuration that the platform writes for it, on this machine's loopback.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jaegerConfig, jaegerData } from "../../../components/observability/jaeger-config.ts";
import { jaegerBuild } from "../../../embedded/images/recipes/telemetry.ts";
import { ensureGoProgram } from "../../../embedded/node/build.ts";
import { freePorts } from "../ports.ts";

/** A span as Jaeger's API has it. */
export interface JaegerSpan {
  spanID: string;
  operationName: string;
  references: { refType: string; spanID: string }[];
  /** Microseconds. */
  startTime: number;
  duration: number;
  tags: { key: string; value: string | number | boolean }[];
}

export interface TestJaeger {
  /** Where spans are sent to. */
  otlpUrl: string;
  /** The spans of a trace; none where it isn't known. */
  trace(traceId: string): Promise<JaegerSpan[]>;
  /** Spans are kept for so long, as Go writes it. Default: a day. */
  start(kept?: string): Promise<void>;
  stop(): Promise<void>;
  remove(): Promise<void>;
}

/** Where Jaeger's own ports are replaced: each test's is on free ones. */
const named = ["4318", "16686", "16685", "8888", "13133"];

/** Starts it on a new folder, which `remove` deletes. Where nobody has built it yet, that takes minutes. */
export async function startJaeger(): Promise<TestJaeger> {
  const program = await ensureGoProgram(jaegerBuild());
  const dir = mkdtempSync(join(tmpdir(), "jaeger-"));
  const ports = await freePorts(named.length);
  const moved = named.reduce(
    (text, port, i) => text.replaceAll(new RegExp(`:${port}\\b`, "g"), `:${ports[i]}`),
    JSON.stringify(jaegerConfig({ retentionDays: 1, memory: "256Mi", tls: false })),
  );
  const config = join(dir, "config.json");
  const written = moved.replaceAll(jaegerData, join(dir, "data")).replaceAll("0.0.0.0", "127.0.0.1");
  const [otlp, query, , , health] = ports;
  let child: ChildProcess | undefined;
  const jaeger: TestJaeger = {
    otlpUrl: `http://127.0.0.1:${otlp}`,
    trace: async (traceId) => {
      const answer = await fetch(`http://127.0.0.1:${query}/api/traces/${traceId}`);
      const { data } = (await answer.json()) as { data: { spans: JaegerSpan[] }[] | null };
      return data?.[0]?.spans ?? [];
    },
    start: async (kept = "24h") => {
      writeFileSync(config, written.replace('"spans":"24h"', `"spans":"${kept}"`));
      child = spawn(program, [`--config=${config}`], { cwd: dir, stdio: "ignore" });
      for (let tries = 0; tries < 200; tries++) {
        const status = await fetch(`http://127.0.0.1:${health}/status`).catch(() => undefined);
        if (status?.ok) return;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      throw new Error("Jaeger doesn't start");
    },
    stop: async () => {
      if (!child || child.exitCode !== null) return;
      const ended = new Promise((resolve) => child?.once("exit", resolve));
      child.kill();
      await ended;
    },
    remove: async () => {
      await jaeger.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
  await jaeger.start();
  return jaeger;
}
