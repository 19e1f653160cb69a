// The types of a step's module, and of the context in which it runs.
import type { Step } from "@agentic/api/template.ts";
import type { DrawLimits } from "../page/draw.ts";
import type { Settings } from "./config.ts";
import type { Work } from "./graph.ts";
import type { Inputs, StepArtifacts } from "./inputs.ts";
import type { Log } from "./log.ts";
import type { Meter } from "./meter.ts";
import type { RetryEvent } from "./retry.ts";
import type { ArtifactStore } from "./store.ts";

export interface Context {
  settings: Settings;
  store: ArtifactStore;
  /** The artifacts of the earlier steps of this run. */
  inputs: Inputs;
  /**
   * The artifacts that this step wrote for the same input before, if some of its items are to be done again: in an earlier attempt of
   * this run, or in an earlier run that may be reused.
   */
  former: StepArtifacts | undefined;
  log: Log;
  meter: Meter;
  /** Aborts when the pod gets SIGTERM. */
  signal: AbortSignal;
  onRetry: (event: RetryEvent) => void;
  /** Limits on drawing a page that differ from the defaults. */
  drawLimits: Partial<DrawLimits>;
}

/** A step, ready to run. */
export interface PreparedStep {
  // Each step has its own item types, which its runner doesn't need.
  work: Work<unknown, unknown>;
  /** The number of items at the same time. */
  concurrency: number;
  /** Closes connections. */
  close?(): Promise<void>;
}

/** A prepared step, without the types of its items. */
export function prepared<Item, Done>(
  work: Work<Item, Done>,
  concurrency: number,
  close?: () => Promise<void>,
): PreparedStep {
  return { work: work as Work<unknown, unknown>, concurrency, ...(close ? { close } : {}) };
}

/** A step's module. */
export interface StepModule {
  /** The steps whose artifacts it reads. */
  reads: readonly Step[];
  prepare(context: Context): Promise<PreparedStep> | PreparedStep;
}
