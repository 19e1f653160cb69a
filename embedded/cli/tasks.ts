// Shows long work to a person: a live list with times on a terminal, plain lines otherwise.
import { Listr, type ListrTask, PRESET_TIMER } from "listr2";

/** Takes how far a step is or what it waits for, in a few words. */
export type Progress = (text: string) => void;

/** One step of a command. */
export interface Step {
  title: string;
  /** Returns what to show beside the title when it is done; "skipped: …" where there was nothing to do. */
  run: (progress: Progress) => Promise<string | undefined>;
}

const stamp = { hour12: false, hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;

/** Runs steps one after the other; steps in an inner array run side by side. Stops at the first that fails. */
export async function runSteps(steps: readonly (Step | readonly Step[])[]): Promise<void> {
  if (process.stdout.isTTY) return await runLive(steps);
  for (const step of steps) {
    const results = await Promise.allSettled([step].flat().map((one) => runPlain(one as Step)));
    const failed = results.find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
  }
}

async function runPlain(step: Step): Promise<void> {
  const started = performance.now();
  const say = (text: string) => console.log(`${new Date().toLocaleTimeString("en-GB", stamp)}  ${step.title}: ${text}`);
  let last = "";
  let at = 0;
  try {
    const done = await step.run((text) => {
      // A log is not a screen: the same words again, or many a second, say nothing new.
      if (text === last || performance.now() - at < 2000) return;
      last = text;
      at = performance.now();
      say(text);
    });
    say(`${done ?? "done"} (${seconds(started)})`);
  } catch (error) {
    say(`failed after ${seconds(started)}`);
    throw error;
  }
}

async function runLive(steps: readonly (Step | readonly Step[])[]): Promise<void> {
  const toTask = (step: Step): ListrTask => ({
    title: step.title,
    task: async (_context, task) => {
      const done = await step.run((text) => {
        task.output = text;
      });
      if (done) task.title = `${step.title}: ${done}`;
    },
  });
  const tasks = steps.map(
    (step): ListrTask =>
      Array.isArray(step)
        ? {
            title: step.map((one: Step) => one.title).join(", "),
            task: (_context, task) => task.newListr(step.map(toTask), { concurrent: true, exitOnError: true }),
          }
        : toTask(step as Step),
  );
  await new Listr(tasks, {
    rendererOptions: { timer: PRESET_TIMER, collapseSubtasks: false, showErrorMessage: false },
  }).run();
}

/** Seconds since a `performance.now()`, to one decimal. */
export function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
