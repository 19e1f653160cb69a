// Matchers for `expect.extend` of Vitest and of Jest: what a test says of a run.
import type { Duration } from "./outcomes.ts";
import { secondsOf } from "./outcomes.ts";
import { Run } from "./run.ts";

/** What a matcher answers. */
export interface Verdict {
  pass: boolean;
  message: () => string;
}

/** The matchers as a test calls them; time passes as far as one needs it. */
export interface RunMatchers<R = void> {
  /** Time passes until the task begins, at most `within`; fails where the run ends before, or waits without end. */
  toReach(task: string, options?: { within?: Duration }): R;
  /** Time passes until the run is over; fails where it doesn't succeed. */
  toSucceed(): R;
  /** Time passes until the run is over; fails where it doesn't fail, or for another reason than the text or pattern. */
  toFail(reason?: string | RegExp): R;
  /** Time passes until the run is over; fails where the task ran, or is none of the run. */
  toSkip(task: string): R;
  /** Time passes until the run is over; fails where the task had another number of pods. */
  toTry(task: string, times: number): R;
}

function runOf(received: unknown, matcher: string): Run {
  if (received instanceof Run) return received;
  throw new TypeError(`expect(…).${matcher}: must be a run, as simulate() makes it`);
}

const verdict = (run: Run, pass: boolean, what: string): Verdict => ({
  pass,
  message: () =>
    `expected the run ${pass ? "not " : ""}${what}\n\nit is ${run.phase}${run.message ? `: ${run.message}` : ""}, ${run.elapsed} s after its creation${run.waitingAt.length > 0 ? `, and waits at ${run.waitingAt.join(", ")}` : ""}\n${run.story()}`,
});

/** `expect.extend(matchers)`; `@agentic/pipeline-kit/vitest` and `/jest` do that and have the types. */
export const matchers = {
  toReach(received: unknown, task: string, { within }: { within?: Duration } = {}): Verdict {
    const run = runOf(received, "toReach").advanceUntil(task);
    const began = run.task(task)?.began;
    const isLate = within !== undefined && began !== undefined && began > secondsOf(within);
    const limit = within === undefined ? "" : ` within ${within}`;
    return verdict(run, run.hasReached(task) && !isLate, `to reach ${task}${limit}`);
  },
  toSucceed(received: unknown): Verdict {
    const run = runOf(received, "toSucceed").advanceToEnd();
    return verdict(run, run.phase === "Succeeded", "to succeed");
  },
  toFail(received: unknown, reason?: string | RegExp): Verdict {
    const run = runOf(received, "toFail").advanceToEnd();
    const hasFailed = run.phase === "Failed" || run.phase === "Error";
    const fits =
      reason === undefined || (typeof reason === "string" ? run.message.includes(reason) : reason.test(run.message));
    return verdict(run, hasFailed && fits, `to fail${reason === undefined ? "" : ` with ${reason}`}`);
  },
  toSkip(received: unknown, task: string): Verdict {
    const run = runOf(received, "toSkip").advanceToEnd();
    const { phase } = run.task(task) ?? {};
    return verdict(run, phase === "Skipped" || phase === "Omitted", `to skip ${task}`);
  },
  toTry(received: unknown, task: string, times: number): Verdict {
    const run = runOf(received, "toTry").advanceToEnd();
    const tries = run.task(task)?.tries ?? 0;
    return verdict(run, tries === times, `to try ${task} ${times} times: it did ${tries} times`);
  },
};
