// What the API server refuses of an AgentSchedule: what it is, the object's parts, and words of the refusal.

/** Parts of a schedule that differ from one that is taken. */
export interface Shape {
  metadata?: Record<string, unknown>;
  schedule?: Record<string, unknown>;
  workload?: Record<string, unknown>;
  spec?: Record<string, unknown>;
}

export const refusals: readonly [string, Shape, string][] = [
  [
    "60 minutes",
    { schedule: { cron: "60 * * * *" } },
    'spec.schedule.cron: Invalid value: "60 * * * *": the field 1, minute, must be *, 0–59',
  ],
  ["24 hours", { schedule: { cron: "0 24 * * *" } }, "the field 2, hour, must be *, 0–23"],
  ["a day 0", { schedule: { cron: "0 0 0 * *" } }, "the field 3, day of the month, must be"],
  ["a month 13", { schedule: { cron: "0 0 1 13 *" } }, "the field 4, month, must be *, 1–12 or JAN–DEC"],
  ["a weekday 7", { schedule: { cron: "0 0 * * 7" } }, "the field 5, day of the week, must be *, 0–6 or SUN–SAT"],
  ["a range that ends before it begins", { schedule: { cron: "0 9-5 * * *" } }, "a range must not begin after its end"],
  ["a step of 0", { schedule: { cron: "*/0 * * * *" } }, "the field 1, minute"],
  ["four fields", { schedule: { cron: "0 0 * *" } }, "must have five fields, minute, hour"],
  ["six fields", { schedule: { cron: "0 0 0 * * *" } }, "must have five fields"],
  ["a word that isn't one", { schedule: { cron: "@reboot" } }, "or be one of @yearly"],
  ["an interval, which has no times of its own", { schedule: { cron: "@every 1h" } }, "must have five fields"],
  [
    "a zone in the expression",
    { schedule: { cron: "TZ=Europe/Berlin 0 6 * * *" } },
    "must not name a time zone: set schedule.timeZone instead",
  ],
  [
    "a zone in the expression by its other name",
    { schedule: { cron: "CRON_TZ=UTC 0 6 * * *" } },
    "must not name a time zone",
  ],
  [
    "a zone that nobody knows",
    { schedule: { timeZone: "Mars/Olympus" } },
    "unknown time zone Mars/Olympus evaluating rule: must be a time zone of the IANA database, such as Europe/Berlin",
  ],
  ["the machine's zone", { schedule: { timeZone: "Local" } }, "spec.schedule.timeZone"],
  ["an offset for a zone", { schedule: { timeZone: "+02:00" } }, "spec.schedule.timeZone"],
  ["another policy", { schedule: { concurrencyPolicy: "Queue" } }, "spec.schedule.concurrencyPolicy"],
  ["a negative deadline", { schedule: { startingDeadlineSeconds: -1 } }, "spec.schedule.startingDeadlineSeconds"],
  ["a negative history", { schedule: { historyLimits: { failed: -1 } } }, "spec.schedule.historyLimits.failed"],
  ["a field that there isn't", { schedule: { timezone: "UTC" } }, "timezone"],
  [
    "a workload that is refused as such",
    { spec: { objective: "see {{workflow.name}}" } },
    "spec.workload.spec.objective",
  ],
  ["a workload without pages", { spec: { targetUrls: [] } }, "spec.workload.spec.targetUrls"],
  ["a long name", { metadata: { name: "n".repeat(50) } }, "the name must have at most 49 characters"],
  ["a long job id", { spec: { jobId: "j".repeat(50) } }, "spec.workload.spec.jobId"],
  ["a name that no job id can have", { metadata: { name: "a.b" } }, "set spec.workload.spec.jobId"],
  [
    "annotations of the platform's",
    { workload: { metadata: { annotations: { "agentic.io/approval": "approve" } } } },
    "keys of agentic.io/ are the platform's to set",
  ],
  [
    "labels of the platform's",
    { workload: { metadata: { labels: { "agentic.io/schedule": "x" } } } },
    "keys of agentic.io/",
  ],
  [
    "parameters that are too large",
    { spec: { parameters: { a: "x".repeat(60_000), b: "x".repeat(60_000), c: "x".repeat(20_000) } } },
    "spec.workload.spec.parameters: they have 140",
  ],
];
