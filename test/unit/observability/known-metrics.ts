// Every metric that there is: of our own programs, of those that are listed, and what the rules record.
import { exporters, targetLabels } from "../../../components/observability/exporters.ts";
import { prometheusRules } from "../../../components/observability/rules.ts";
import { ownMetrics } from "../../../docs/generate/own-metrics.ts";
import { sloTargets } from "../../../stacks/config/slo.ts";
import { asks } from "./promql.ts";

/** Labels by metric, as series are named: a histogram's are three. */
function knownMetrics(): Map<string, Set<string>> {
  const known = new Map<string, Set<string>>();
  const add = (name: string, labels: readonly string[]) =>
    known.set(name, new Set([...(known.get(name) ?? []), ...labels]));
  for (const { name, type, labels } of ownMetrics()) {
    if (type !== "histogram") add(name, labels);
    else
      for (const [end, more] of [
        ["_bucket", ["le"]],
        ["_count", []],
        ["_sum", []],
      ] as const)
        add(name + end, [...labels, ...more]);
  }
  for (const [name, labels] of Object.values(exporters).flatMap((metrics) => Object.entries(metrics)))
    add(name, labels);
  for (const { rules } of prometheusRules({ targets: sloTargets.standard }).groups)
    for (const rule of rules) if ("record" in rule) add(rule.record, Object.keys(rule.labels ?? {}));
  return known;
}

const known = knownMetrics();

/** What an expression asks for that isn't there, or in what it can't be read. */
export function unknownIn(expression: string): string[] {
  const { selectors, grouping, isBroken } = asks(expression);
  if (isBroken) return [`is not PromQL: ${expression}`];
  const problems: string[] = [];
  const available = new Set(targetLabels);
  for (const { metric, labels } of selectors) {
    const own = known.get(metric);
    if (!own) problems.push(`no program has ${metric}`);
    for (const label of labels)
      if (!own?.has(label) && !targetLabels.includes(label)) problems.push(`${metric} has no label ${label}`);
    for (const label of own ?? []) available.add(label);
  }
  for (const label of grouping) if (!available.has(label)) problems.push(`nothing has the label ${label} to group by`);
  return problems;
}
