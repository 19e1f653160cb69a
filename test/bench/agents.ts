// How long each agent step takes over the sample site, process start included, and the most memory it holds.
import { STEPS } from "@agentic/api/template.ts";
import { startStepEnvironment } from "../integration/agents/step-environment.ts";
import { memoryOf } from "./lib/process.ts";

const ROUNDS = Number(process.argv[2] ?? 5);

/** The most memory that a process has held so far, in MiB. */
function peak(pid: number | undefined): number {
  try {
    return memoryOf(pid ?? 0).peak || 0;
  } catch {
    return 0;
  }
}

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const measured = Object.fromEntries(STEPS.map((step) => [step, { ms: [] as number[], mib: [] as number[] }]));
await using environment = await startStepEnvironment();
for (let round = 0; round < ROUNDS; round++)
  for (const step of STEPS) {
    const { child, exit } = environment.start(step, environment.env(`bench-${round}`));
    let mib = 0;
    const timer = setInterval(() => {
      mib = Math.max(mib, peak(child.pid));
    }, 20);
    const { code, ms, output } = await exit;
    clearInterval(timer);
    if (code !== 0) throw new Error(`${step} ended with ${code}: ${output}`);
    measured[step]?.ms.push(ms);
    measured[step]?.mib.push(mib);
  }
for (const [step, { ms, mib }] of Object.entries(measured))
  console.log(`agents ${step.padEnd(10)} ${(median(ms) / 1000).toFixed(2)} s  ${Math.round(median(mib))} MiB`);
