// Service level objectives: what is measured of each, and the rules by which its error budget is recorded and watched.
import { badShare, type Select, slowShare } from "./promql.ts";

export interface Objective {
  title: string;
  /** What counts as good, as a sentence. */
  good: string;
  /** How much there was over a window, good or not. */
  events: (of: Select, window: string) => string;
  /** The share of what is not good over a window such as `5m`: nothing where there was nothing. */
  errors: (of: Select, window: string) => string;
}

const rate = (series: string, window: string) => `sum(rate(${series}[${window}]))`;
const increase = (series: string, window: string) => `sum(increase(${series}[${window}]))`;

const ARGO_FAILED = "argo_events_events_processing_failed_total";

/** Events that have come, to the built-in receiver or to Argo's, which counts those that it has passed on apart from the others. */
function eventsBy(of: Select, by: typeof rate, window: string): string {
  const argo = `${by(of("argo_events_events_sent_total"), window)} + (${by(of(ARGO_FAILED), window)} or vector(0))`;
  return `(${by(of("agentic_events_total"), window)} or (${argo}))`;
}

/** By name. */
export const objectives = {
  submission: {
    title: "Submission availability",
    events: (of, window) => increase(of("agentic_submissions_total"), window),
    good: "A workload that is taken has its Workflow before timeouts.pending is over. What is refused for its own fault counts as good.",
    errors: (of, window) =>
      badShare(
        rate(of("agentic_submissions_total", 'result="expired"'), window),
        rate(of("agentic_submissions_total"), window),
      ),
  },
  "first-step": {
    title: "Time to first step",
    events: (of, window) => increase(of("agentic_first_pod_seconds_count"), window),
    good: "A workload's first step starts within 60 s of the workload's creation.",
    errors: (of, window) => slowShare(of, "agentic_first_pod_seconds", { seconds: 60, window }),
  },
  success: {
    title: "Success without user error",
    events: (of, window) => increase(of("agentic_workload_outcomes_total"), window),
    good: "A workload doesn't end by the platform's fault. What is stopped, denied or impossible to do by the workload's own fault counts as good.",
    errors: (of, window) =>
      badShare(
        rate(of("agentic_workload_outcomes_total", 'fault="platform"'), window),
        rate(of("agentic_workload_outcomes_total"), window),
      ),
  },
  report: {
    title: "Report latency",
    events: (of, window) => increase(of("agentic_run_seconds_count", 'phase="Completed"'), window),
    good: "A report is there within 10 minutes of the first step's start, the wait at the gate and suspension not counted.",
    errors: (of, window) =>
      slowShare(of, "agentic_run_seconds", { seconds: 600, window, matchers: 'phase="Completed"' }),
  },
  gate: {
    title: "Gate decision latency",
    events: (of, window) => increase(of("agentic_gate_wait_seconds_count", 'mode="auto"'), window),
    good: "A gate that policy decides is answered within 10 s.",
    errors: (of, window) =>
      slowShare(of, "agentic_gate_wait_seconds", { seconds: 10, window, matchers: 'mode="auto"' }),
  },
  webhook: {
    title: "Webhook availability",
    good: "An event is taken, or refused for its own fault.",
    events: (of, window) => eventsBy(of, increase, window),
    errors: (of, window) =>
      badShare(
        `(${rate(of("agentic_events_total", 'status=~"5.."'), window)} or ${rate(of(ARGO_FAILED), window)})`,
        eventsBy(of, rate, window),
      ),
  },
} as const satisfies Record<string, Objective>;

export type ObjectiveName = keyof typeof objectives;
export const objectiveNames = Object.keys(objectives) as ObjectiveName[];

/** The share of good, in percent, that each must reach over 30 days: below 100. */
export type Targets = Record<ObjectiveName, number>;

/**
 * The windows of the SRE workbook's multi-window, multi-burn-rate alerts (chapter 5, "Alerting on SLOs"): `rate` times the budget's even
 * consumption over both windows. The short one makes the alert clear soon after the trouble.
 */
export const burnRates = [
  { urgency: "fast", rate: 14.4, long: "1h", short: "5m", budget: "2 % in an hour" },
  { urgency: "fast", rate: 6, long: "6h", short: "30m", budget: "5 % in 6 hours" },
  { urgency: "slow", rate: 3, long: "1d", short: "2h", budget: "10 % in a day" },
  { urgency: "slow", rate: 1, long: "3d", short: "6h", budget: "10 % in 3 days" },
] as const;

export type Urgency = (typeof burnRates)[number]["urgency"];

/** Every window that a rule asks for, and the period of the objectives. */
export const windows = ["5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d"] as const;
type Window = (typeof windows)[number];

/** The series of an objective's errors over a window; its label `slo` has the objective's name. */
const recorded = (window: Window): string => `slo:errors:ratio_rate${window}`;
/** The series of the share of errors that an objective allows. */
export const budgetSeries = "slo:error_budget:ratio";
/** The series of what is left of the period's budget: 1 for all of it, below 0 where it is used up. */
export const remainingSeries = "slo:error_budget_remaining:ratio";

export const errorsOver = (of: Select, name: string, window: Window): string => of(recorded(window), `slo="${name}"`);

/** As short as a number is read: 0.001, not 0.0010000000000000009. */
export const budgetOf = (percent: number): number => Number((1 - percent / 100).toFixed(6));

/** A rule that records a series. */
export interface RecordingRule {
  record: string;
  expr: string;
  labels?: Record<string, string>;
}

/** Of each objective: its errors over each window, its budget, and what is left of it. */
export function recordingRules(of: Select, targets: Targets): RecordingRule[] {
  return objectiveNames.flatMap((slo) => [
    ...windows.map((window) => ({
      record: recorded(window),
      expr: objectives[slo].errors(of, window),
      labels: { slo },
    })),
    { record: budgetSeries, expr: `vector(${budgetOf(targets[slo])})`, labels: { slo } },
    {
      record: remainingSeries,
      expr: `1 - ${errorsOver(of, slo, "30d")} / ${budgetOf(targets[slo])}`,
      labels: { slo },
    },
  ]);
}

/** Fewer events than this in the long window wake nobody: of three workloads, one is a third. */
const LEAST_EVENTS = 10;

/** More than all can't fail: where the budget is large, so many of all are as bad as it gets. */
const MOST_ERRORS = 0.9;

/** Whether an objective's budget burns that fast; by recorded series, or where nothing records them, by what they are made of. */
export function burning(
  name: ObjectiveName,
  urgency: Urgency,
  context: { of: Select; targets: Targets; recorded: boolean },
): string {
  const { of, targets } = context;
  const { errors, events } = objectives[name];
  const over = (window: Window) => (context.recorded ? errorsOver(of, name, window) : `(${errors(of, window)})`);
  return burnRates
    .filter((burn) => burn.urgency === urgency)
    .map(({ rate: times, long, short }) => {
      const bound = Math.min(Number((times * budgetOf(targets[name])).toFixed(6)), MOST_ERRORS);
      return `(${over(long)} > ${bound} and ${over(short)} > ${bound} and on () ${events(of, long)} >= ${LEAST_EVENTS})`;
    })
    .join(" or ");
}
