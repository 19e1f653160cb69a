// Prometheus' rules, in the form of its rule files: the objectives' recordings, and every alert.
import { type AlertContext, alertName, alerts, alertsOf, runbookOf } from "./alerts.ts";
import { type Select, selectWith } from "./promql.ts";
import { allJobs } from "./scrape-targets.ts";
import { type RecordingRule, recordingRules, type Targets } from "./slo.ts";

export interface AlertingRule {
  alert: string;
  expr: string;
  for: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export interface RuleGroup {
  name: string;
  interval?: string;
  rules: (RecordingRule | AlertingRule)[];
}

/** A rule file. */
export interface RuleFile {
  groups: RuleGroup[];
}

export interface RulesArgs {
  /** The objectives' targets, in percent. */
  targets: Targets;
  /** Jobs that there should be. Default all. */
  jobs?: readonly string[];
  /** Where the runbooks are; an alert links to `<this>/<page>.md`. Default: the path in the repository. */
  runbooks?: string;
  /** Matchers of every selector, such as `cluster="a"`, where several clusters keep their metrics in one place. */
  matchers?: string;
}

/** All of the platform's rules. */
export function prometheusRules({
  targets,
  jobs = allJobs,
  runbooks = "docs/runbooks",
  matchers,
}: RulesArgs): RuleFile {
  const of = selectWith(matchers);
  return {
    groups: [
      ...recordingGroups(of, targets),
      {
        name: "alerts",
        rules: alertsOf(jobs).map((name) =>
          alertingRule(name, { context: { of, targets, jobs, recorded: true }, runbooks }),
        ),
      },
    ],
  };
}

/** Windows whose value doesn't change within minutes: they are the most of the work. */
const SLOW_WINDOWS = /rate(1d|3d|30d)$|_remaining:/;

/** The objectives' recordings. The slow ones come just often enough to count as present: for five minutes. */
export function recordingGroups(of: Select, targets: Targets): (RuleGroup & { interval: string })[] {
  const all = recordingRules(of, targets);
  const isSlow = ({ record }: RecordingRule) => SLOW_WINDOWS.test(record);
  return [
    { name: "slo", interval: "1m", rules: all.filter((rule) => !isSlow(rule)) },
    { name: "slo-long", interval: "4m", rules: all.filter(isSlow) },
  ];
}

function alertingRule(name: string, { context, runbooks }: { context: AlertContext; runbooks: string }): AlertingRule {
  const alert = alerts[name];
  if (!alert) throw new Error(`${name} is not an alert`);
  const { title, summary, severity, team, labels = {} } = alert;
  return {
    alert: alertName(name),
    expr: alert.expr(context),
    for: alert.for,
    labels: { severity, team, ...labels },
    annotations: { title, summary, runbook_url: `${runbooks}/${runbookOf(name)}.md` },
  };
}
