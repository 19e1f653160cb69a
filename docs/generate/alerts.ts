// docs/alerts.md: every alert with who gets it, what it asks, and its runbook.
import {
  type Alert,
  alertName,
  alerts,
  missingAlerts,
  runbookOf,
  teams,
} from "../../components/observability/alerts.ts";
import { selectWith } from "../../components/observability/promql.ts";
import { allJobs } from "../../components/observability/scrape-targets.ts";
import { sloTargets } from "../../stacks/config/slo.ts";
import { cell, code, table } from "./markdown.ts";
import { unraisedAlerts } from "./unraised-alerts.ts";

const context = { of: selectWith(), targets: sloTargets.standard, jobs: allJobs, recorded: true };

/** Alerts for the same reason are in one line. */
function unraised(): string[][] {
  const reasons = Map.groupBy(Object.entries(unraisedAlerts), ([, reason]) => reason);
  return [...reasons].map(([reason, group]) => [group.map(([name]) => code(alertName(name))).join(", "), reason]);
}

/** The page. */
export function alertsPage(): string {
  const row = ([name, { severity, team, title }]: [string, Alert]) => [
    code(alertName(name)),
    severity,
    team,
    cell(title),
    `[${runbookOf(name)}](runbooks/${runbookOf(name)}.md)`,
  ];
  const inhibitions = Object.entries(alerts).flatMap(([name, { inhibits = [] }]) => {
    const names = inhibits.map((target) => {
      if (typeof target === "string") return code(alertName(target));
      return `${code(alertName(target.alert))} of the same ${target.equal.join(", ")}`;
    });
    return names.length > 0 ? [[code(alertName(name)), names.join(", ")]] : [];
  });
  const expressions = Object.entries(alerts).map(
    ([name, { expr, for: time, summary }]) =>
      `### ${alertName(name)}\n\n${summary}\n\n\`\`\`promql\n${expr(context)}\n\`\`\`\n${time === "0s" ? "" : `\nfor ${time}\n`}`,
  );
  return `# Alerts

Generated from \`components/observability/alerts.ts\` by \`npm run docs\`: change that, not this page.

The same alerts are rules of Prometheus, and on Google Cloud policies of Cloud Monitoring. Each names a team in its label \`team\`
(${teams.map(code).join(", ")}) and has a runbook. Critical ones wake somebody.

${table(["alert", "severity", "team", "says", "runbook"], Object.entries(alerts).map(row))}
\`DeadMansSwitch\` always fires: whoever gets it raises the alarm where it stops coming.

## Who hears of what

As \`components/observability/routing.ts\` has it for Alertmanager: an alert goes to the receivers of its team, and of a team that has none to
those of \`platform\`. What has the same name, tenant, job and objective is told together; again every four hours, and critical ones every hour.
Beside these, others say nothing new and aren't sent:

${table(["while this fires", "nothing is sent of"], inhibitions)}
## Not there yet

${table(["nobody is told of", "because"], Object.entries(missingAlerts))}
## Which are raised on purpose

\`test/e2e/platform/alerts.test.ts\` raises each by a fault on the embedded node and sees it end, but for these, of which promtool alone says when they
fire (\`test/integration/telemetry/alert-cases.ts\`):

${table(["no fault raises", "because"], unraised())}
## What each asks

With the targets of profile \`standard\`.

${expressions.join("\n")}`;
}
