// docs/slo.md: the objectives of service levels, their targets, and how their budgets are watched.

import { selectWith } from "../../components/observability/promql.ts";
import {
  budgetSeries,
  burnRates,
  objectiveNames,
  objectives,
  remainingSeries,
} from "../../components/observability/slo.ts";
import { profileNames } from "../../stacks/config/profile.ts";
import { sloTargets } from "../../stacks/config/slo.ts";
import { code, table } from "./markdown.ts";

/** The page. */
export function sloPage(): string {
  const targets = objectiveNames.map((name) => [
    `[${objectives[name].title}](#${name})`,
    ...profileNames.map((profile) => `${sloTargets[profile][name]} %`),
    code(`slo.${name}`),
  ]);
  const burns = burnRates.map(({ urgency, rate, long, short, budget }) => [
    urgency === "fast" ? "critical" : "warning",
    `${rate} ×`,
    long,
    short,
    budget,
  ]);
  const sections = objectiveNames.map((name) => {
    const { title, good, errors } = objectives[name];
    return `### ${name}\n\n${title}. ${good} The share of errors over five minutes:\n\n\`\`\`promql\n${errors(selectWith(), "5m")}\n\`\`\`\n`;
  });
  return `# Service levels

Generated from \`components/observability/slo.ts\` and \`stacks/config/slo.ts\` by \`npm run docs\`: change those, not this page.

What the platform promises of itself: percent of good in 30 days, by profile. A stack that promises something else says it in its config
(\`pulumi config set --path slo.success 99.5\`).

${table(["objective", ...profileNames, "config"], targets)}
## Error budgets

What an objective leaves over is its budget: at 99 % one in a hundred. Prometheus records the share of errors over each window
(\`slo:errors:ratio_rate<window>\`), the budget (\`${budgetSeries}\`) and what is left of it in 30 days (\`${remainingSeries}\`), each with the
objective's name in the label \`slo\`. Where nothing happened, nothing is recorded, and no alert fires.

Alerts go by how fast the budget burns, as the [SRE workbook](https://sre.google/workbook/alerting-on-slos/) has it: both windows must show
that many times the even rate, so that an alert neither comes for a moment's trouble nor stays long after it. Each objective has an alert for
the first two rows and one for the last two; [what to do](runbooks/slo-burn.md). Below ten events in the long window none fires, and where a
budget is so large that the rate can't be reached, nine in ten failures are enough.

${table(["severity", "rate", "long window", "short window", "budget used"], burns)}
## Objectives

${sections.join("\n")}`.replace(/\n+$/, "\n");
}
