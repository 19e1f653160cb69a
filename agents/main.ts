// Entry point of an agent step: `node main.ts scrape|screenshot|dom|analysis|synthesis`.
import { EXIT_CODES } from "@agentic/api/retries.ts";
import { readSettings, type Settings } from "./core/config.ts";
import { describe } from "./core/errors.ts";
import { leaveLastWords } from "./core/last-words.ts";
import { runStep } from "./core/run.ts";

/** The pod has 30 s after SIGTERM. After this time the process exits even if work is under way. Milliseconds. */
const GRACE_MS = 25_000;

function settingsOrExit(): Settings {
  try {
    return readSettings(process.argv[2], process.env);
  } catch (error) {
    leaveLastWords(describe(error));
    process.stdout.write(`${JSON.stringify({ level: "error", error: describe(error), msg: "step failed" })}\n`);
    process.exit(2);
  }
}

const interrupt = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const)
  process.once(signal, () => {
    interrupt.abort();
    setTimeout(() => process.exit(EXIT_CODES.transient), GRACE_MS).unref();
  });

process.exit(await runStep(settingsOrExit(), { signal: interrupt.signal }));
