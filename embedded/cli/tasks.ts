// Runs steps and shows their progress: a live list with bars on a terminal, otherwise a line for each stage.
import { Listr, type ListrTask, PRESET_TIMER } from "listr2";
import type { Progress } from "../node/progress.ts";

/** One step of a command. */
export interface Step {
  title: string;
  /** Returns the text to show beside the title when it is done; "skipped: …" where there was nothing to do. */
  run: (progress: Progress) => Promise<string | undefined>;
}

/** Milliseconds between lines about a running stage in a log. */
const lineEvery = 60_000;

/** Columns of the bar of a stage. */
const barWidth = 24;

const stamp = { hour12: false, hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;

/** Runs steps one after the other; steps in an inner array run side by side. Stops at the first that fails. */
export async function runSteps(steps: readonly (Step | readonly Step[])[]): Promise<void> {
  if (process.stdout.isTTY) return await runLive(steps);
  for (const step of steps) {
    const results = await Promise.allSettled([step].flat().map((parallelStep) => runPlain(parallelStep as Step)));
    const failed = results.find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
  }
}

async function runPlain(step: Step): Promise<void> {
  const started = performance.now();
  const say = (text: string) => console.log(`${new Date().toLocaleTimeString("en-GB", stamp)}  ${step.title}: ${text}`);
  let latest: [text: string, done: number | undefined] = ["", undefined];
  const timer = setInterval(() => {
    if (latest[0]) say(describe(...latest, performance.now() - started));
  }, lineEvery);
  try {
    const done = await step.run((text, part = latest[1]) => {
      latest = [text, part];
    });
    say(`${done ?? "done"} (${seconds(started)})`);
  } catch (error) {
    say(`failed after ${seconds(started)}`);
    throw error;
  } finally {
    clearInterval(timer);
  }
}

async function runLive(steps: readonly (Step | readonly Step[])[]): Promise<void> {
  const toTask = (step: Step): ListrTask => ({
    title: step.title,
    task: async (_context, task) => {
      const started = performance.now();
      let part: number | undefined;
      const done = await step.run((text, newPart = part) => {
        part = newPart;
        task.output = `${part === undefined ? "" : `${bar(part)} `}${describe(text, part, performance.now() - started)}`;
      });
      if (done) task.title = `${step.title}: ${done}`;
    },
  });
  const tasks = steps.map(
    (step): ListrTask =>
      Array.isArray(step)
        ? {
            title: step.map((parallelStep: Step) => parallelStep.title).join(", "),
            task: (_context, task) => task.newListr(step.map(toTask), { concurrent: true, exitOnError: true }),
          }
        : toTask(step as Step),
  );
  await new Listr(tasks, {
    // Listr's own handler would wait for running steps without limit and ignore a second Ctrl-C.
    registerSignalListeners: false,
    rendererOptions: { timer: PRESET_TIMER, collapseSubtasks: false, showErrorMessage: false },
  }).run();
}

/** A stage as text: its progress and the time left, where known, and what it is doing. */
export function describe(text: string, done: number | undefined, elapsed: number): string {
  const parts = [percent(done), remainingText(done, elapsed), text];
  return parts.filter((part) => part).join(", ");
}

function percent(done: number | undefined): string {
  return done === undefined ? "" : `${Math.floor(done * 100)} %`;
}

/** The time left at the speed so far; empty while too little is done to estimate it. */
function remainingText(done: number | undefined, elapsed: number): string {
  if (done === undefined || done < 0.03 || done >= 1 || elapsed < 5_000) return "";
  const remaining = (elapsed / done) * (1 - done);
  return remaining < 60_000 ? "less than a minute left" : `about ${Math.round(remaining / 60_000)} min left`;
}

/** A bar of a fixed width. */
export function bar(done: number): string {
  const full = Math.round(Math.min(1, Math.max(0, done)) * barWidth);
  return `[${"█".repeat(full)}${"░".repeat(barWidth - full)}]`;
}

/** Seconds since a `performance.now()`, to one decimal. */
export function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
