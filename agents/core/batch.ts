// Which part of a run a step's process works on: all pages, those of one batch, or, of a split run, what the batches wrote.
import {
  isBatch,
  isPageStep,
  JOIN_STEP,
  pagesOfBatch,
  type StepPart,
  stepPart,
  type TargetPage,
  targetPages,
} from "@agentic/api/batches.ts";
import { BATCH_ENV, type Step } from "@agentic/api/template.ts";

export interface Batching {
  /** All batches of the run; none: its pages aren't split. */
  batches: string[];
  /** The one that this process works on. */
  batch: string | undefined;
}

type Part = Batching & { step: Step };

/** The batches by the environment; adds what is wrong to `errors`. */
export function readBatches(env: Record<string, string | undefined>, errors: string[]): Batching {
  const batch = env[BATCH_ENV.own] || undefined;
  let batches: unknown;
  try {
    batches = JSON.parse(env[BATCH_ENV.all] || "[]");
  } catch {
    // Reported below.
  }
  if (!Array.isArray(batches) || !batches.every(isBatch)) {
    errors.push(`${BATCH_ENV.all}: must be a JSON array of batches such as "0-19", as the operator writes it`);
    return { batches: [], batch: undefined };
  }
  if (batch !== undefined && !batches.includes(batch))
    errors.push(`${BATCH_ENV.own}: "${batch}" is not one of the batches ${batches.join(", ") || "(there are none)"}`);
  return { batches, batch };
}

/** The part of the run that this process is. */
export const ownPart = ({ step, batch }: Part): StepPart => stepPart(step, batch);

/** Whether it joins what the batches wrote. */
export const isJoin = ({ step, batch, batches }: Part): boolean =>
  step === JOIN_STEP && batch === undefined && batches.length > 0;

/** The pages that it works on. */
export const ownPages = ({ targetUrls, batch }: Batching & { targetUrls: string[] }): TargetPage[] =>
  batch === undefined ? targetPages(targetUrls) : pagesOfBatch(targetUrls, batch);

/** Who wrote what it reads of a step: the same batch's part of that, or the join. */
export function writerOf({ batch, batches }: Batching, step: Step): StepPart {
  if (batch !== undefined) return stepPart(step, batch);
  return batches.length > 0 && isPageStep(step) ? JOIN_STEP : step;
}

/** The parts of the run whose records it needs to read these steps. What follows a join has the batches' too, to hold them to what was approved. */
export function partsRead(part: Part, reads: readonly Step[]): StepPart[] {
  const { batch, batches } = part;
  const writers = [...new Set(reads.map((step) => writerOf(part, step)))];
  if (batch !== undefined) return writers;
  const ofBatches = batches.flatMap((each) => reads.filter(isPageStep).map((step) => stepPart(step, each)));
  return isJoin(part) ? ofBatches : [...writers, ...ofBatches];
}
