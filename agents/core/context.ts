// What every step works with.
import type { Step } from "@agentic/api/template.ts";
import type { DrawLimits } from "../page/draw.ts";
import type { Settings } from "./config.ts";
import type { Work } from "./graph.ts";
import type { Inputs, Written } from "./inputs.ts";
import type { Log } from "./log.ts";
import type { RetryEvent } from "./retry.ts";
import type { ArtifactStore } from "./store.ts";

export interface Context {
  settings: Settings;
  store: ArtifactStore;
  /** What the steps before this one have written, in this run. */
  inputs: Inputs;
  /**
   * What this step itself wrote, of the same input, when not all of it could be done for good: in an earlier attempt of
   * this run, or in an earlier run that may be reused.
   */
  former: Written | undefined;
  log: Log;
  /** Fires when the pod is asked to go. */
  signal: AbortSignal;
  onRetry: (event: RetryEvent) => void;
  /** Of a page's drawing, where they are not the usual ones. */
  drawLimits: Partial<DrawLimits>;
}

/** A step, ready to run. */
export interface PreparedStep {
  // Each step has its own types of items; whoever runs it needs none of them.
  work: Work<unknown, unknown, unknown>;
  /** Items at a time. */
  concurrency: number;
  /** Closes connections. */
  close?(): Promise<void>;
}

/** Takes a step's own types away. */
export function prepared<Item, Done, Combined>(
  work: Work<Item, Done, Combined>,
  concurrency: number,
  close?: () => Promise<void>,
): PreparedStep {
  return { work: work as Work<unknown, unknown, unknown>, concurrency, ...(close ? { close } : {}) };
}

/** A step's module. */
export interface StepModule {
  /** The steps whose artifacts it reads. */
  reads: readonly Step[];
  prepare(context: Context): Promise<PreparedStep> | PreparedStep;
}
