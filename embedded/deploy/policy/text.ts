// Renders a policy report as text: the worst policies first, each with its resources and its remedy.
import { relative } from "node:path";
import { labelOfUrn } from "../labels.ts";
import type { PolicyReport } from "./check.ts";
import type { Level, Policy, Severity, Violation } from "./messages.ts";

const severities: readonly Severity[] = ["critical", "high", "medium", "low"];

/** The report as lines; files are shown relative to `directory`. */
export function textOf(report: PolicyReport, directory: string): string {
  const { pack, version, policies, resources, violations, remediated, undecided } = report;
  const active = policies.filter(({ level }) => level !== "disabled").length;
  const sections = policies
    .map((policy) => ({ policy, own: violations.filter((violation) => violation.policy === policy.name) }))
    .filter(({ own }) => own.length > 0)
    .sort((a, b) => rank(a.policy) - rank(b.policy))
    .map(({ policy, own }) => sectionOf(policy, own, report, directory));
  const right = remediated.map(({ policy, urn }) => `put right by ${policy}: ${labelOfUrn(urn)}`);
  const summary = `${pack} ${version}: ${active} policies over ${resources} resources: ${counts(violations)}`;
  return [
    ...sections,
    ...(right.length > 0 ? [right.join("\n")] : []),
    ...(undecided.length > 0 ? [waiting(undecided)] : []),
    summary,
  ].join("\n\n");
}

function sectionOf(policy: Policy, own: readonly Violation[], report: PolicyReport, directory: string): string {
  const level: Level = own[0]?.level ?? policy.level;
  const lines = [...Map.groupBy(own, ({ urn }) => urn)].flatMap(([urn, found]) => {
    const source = report.sources[urn];
    const where = source ? `  ${relative(directory, source.file)}:${source.line}` : "";
    return [`  ${urn ? labelOfUrn(urn) : "the stack"}${where}`, ...found.map(({ message }) => `    ${message}`)];
  });
  const help = [policy.remedy, policy.url].filter(Boolean).join(" ");
  return [`${policy.severity} · ${level} · ${policy.name}: ${policy.description}`, ...lines, `  → ${help}`].join("\n");
}

/** How many checks wait for values, by policy. */
function waiting(undecided: PolicyReport["undecided"]): string {
  const counts = [...Map.groupBy(undecided, ({ policy }) => policy)].map(([name, own]) => `${name} ${own.length}`);
  const checks = `${undecided.length} check${undecided.length === 1 ? "" : "s"}`;
  return `not known yet: ${checks} asked for values that only a deployment knows (${counts.join(", ")})`;
}

/** Mandatory ones before advisory ones, the worst first. */
const rank = ({ level, severity }: Policy) => (level === "advisory" ? 10 : 0) + severities.indexOf(severity);

/** `2 mandatory violations (1 critical, 1 low), 1 advisory`, or `no violations`. */
export function counts(violations: readonly Violation[]): string {
  if (violations.length === 0) return "no violations";
  const mandatory = violations.filter(({ level }) => level === "mandatory");
  const each = severities
    .map((severity) => ({ severity, n: mandatory.filter((violation) => violation.severity === severity).length }))
    .filter(({ n }) => n > 0)
    .map(({ severity, n }) => `${n} ${severity}`);
  const detail = each.length > 0 ? ` (${each.join(", ")})` : "";
  return `${mandatory.length} mandatory violation${mandatory.length === 1 ? "" : "s"}${detail}, ${violations.length - mandatory.length} advisory`;
}
