// The rules of a tenant for people's answers at gates, as its settings have them: four eyes, how many approve, who of which template.

/** Keys in the tenant's ConfigMap. */
export const GATE_RULES = {
  /** `true`: nobody approves what they have submitted. */
  fourEyes: "four_eyes",
  /** How many different people must approve. */
  quorum: "quorum",
} as const;

/** How the keys begin whose value is the groups that answer for a template; its name follows. */
export const APPROVERS = "approvers.";

/** The most people that a gate may wait for. */
export const MAX_QUORUM = 10;

/** What stands between the groups of a template: names of groups may have commas and blanks. */
export const GROUP_SEPARATOR = "\n";

type Tenant = Readonly<Record<string, string>> | undefined;

/** The key of the groups that answer for a template. */
export const approversSetting = (template: string): string => `${APPROVERS}${template}`;

/** Whether who has submitted a workload may not approve it; a value that isn't known counts as yes. */
export const hasFourEyes = (tenant: Tenant): boolean => (tenant?.[GATE_RULES.fourEyes] ?? "false") !== "false";

/** How many different people must approve. A value that isn't known is more than there are. */
export function quorumOf(tenant: Tenant): number {
  const text = tenant?.[GATE_RULES.quorum];
  if (text === undefined) return 1;
  const quorum = Number(text);
  return Number.isInteger(quorum) && quorum >= 1 && quorum <= MAX_QUORUM ? quorum : Number.POSITIVE_INFINITY;
}

/** The groups of which one must be the approver's, where the tenant says so of the template. */
export function approverGroups(tenant: Tenant, template: string): string[] | undefined {
  return tenant?.[approversSetting(template)]?.split(GROUP_SEPARATOR);
}
