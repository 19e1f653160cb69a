// Reads the policies that a pack declares.
import analyzer from "@pulumi/pulumi/proto/analyzer_pb.js";
import type { Level, Policy, Severity } from "./messages.ts";

/** Levels and severities by their numbers in the protocol. */
export const levels = new Map<number, Level>([
  [analyzer.EnforcementLevel.ADVISORY, "advisory"],
  [analyzer.EnforcementLevel.MANDATORY, "mandatory"],
  [analyzer.EnforcementLevel.REMEDIATE, "remediate"],
  [analyzer.EnforcementLevel.DISABLED, "disabled"],
]);
const severities = new Map<number, Severity>([
  [analyzer.PolicySeverity.POLICY_SEVERITY_LOW, "low"],
  [analyzer.PolicySeverity.POLICY_SEVERITY_MEDIUM, "medium"],
  [analyzer.PolicySeverity.POLICY_SEVERITY_HIGH, "high"],
  [analyzer.PolicySeverity.POLICY_SEVERITY_CRITICAL, "critical"],
]);

/** A policy with its effective enforcement level. */
export function policyOf(info: analyzer.PolicyInfo, effective: ReadonlyMap<string, Level>): Policy {
  const name = info.getName();
  return {
    name,
    level: effective.get(name) ?? "advisory",
    severity: severities.get(info.getSeverity()) ?? "medium",
    description: info.getDescription(),
    remedy: info.getRemediationSteps(),
    url: info.getUrl(),
    tags: info.getTagsList(),
  };
}
