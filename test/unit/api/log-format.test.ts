// Log lines' fields for Google Cloud: severity, and the trace that Cloud Logging links a line to; none elsewhere.
import { logOptions } from "@agentic/api/log-format.ts";
import { pino } from "pino";
import { expect, test } from "vitest";

const traceId = "0af7651916cd43dd8448eb211c80319c";

/** The lines of a logger whose child is about a workload. */
function linesOf(project: string | undefined): Record<string, unknown>[] {
  const lines: string[] = [];
  const log = pino(
    { base: undefined, timestamp: false, ...logOptions(project) },
    { write: (line) => void lines.push(line) },
  );
  log.child({ traceId }).warn("slow");
  log.info({ traceId, tenant: "tenant-demo" }, "event");
  log.error("nobody's");
  return lines.map((line) => JSON.parse(line));
}

test("a line has its level as a word, and nothing of Google's where that isn't asked", () => {
  expect(linesOf("")).toEqual([
    { level: "warn", traceId, msg: "slow" },
    { level: "info", traceId, tenant: "tenant-demo", msg: "event" },
    { level: "error", msg: "nobody's" },
  ]);
  expect(linesOf(undefined)).toEqual(linesOf(""));
});

test("a line on Google Cloud has its severity, and its trace by the name that Cloud Trace has for it", () => {
  const trace = { "logging.googleapis.com/trace": `projects/acme-agents/traces/${traceId}` };
  expect(linesOf("acme-agents")).toEqual([
    { severity: "WARNING", ...trace, traceId, msg: "slow" },
    { severity: "INFO", ...trace, traceId, tenant: "tenant-demo", msg: "event" },
    { severity: "ERROR", msg: "nobody's" },
  ]);
});
