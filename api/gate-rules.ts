// The rules of a tenant for people's answers at gates: four eyes, how many approve, who of which template. The operator reads them in the
// tenant's settings, admission in an annotation of its namespace.

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

/**
 * What {@link gateRulesText} writes, as a regular expression of JavaScript and of RE2: a line for four eyes, one for the quorum, then
 * one for each group of a template.
 */
export const GATE_RULES_FORM = `^${GATE_RULES.fourEyes}=(true|false)\n${GATE_RULES.quorum}=([1-9]|${MAX_QUORUM})(\napprovers[.][^=\n]+=[^\n]+)*$`;

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

/** Those of a tenant's settings that are rules for gates. */
export const gateSettingsOf = <T>(settings: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(
    Object.entries(settings).filter(
      ([key]) => (Object.values(GATE_RULES) as string[]).includes(key) || key.startsWith(APPROVERS),
    ),
  );

/**
 * The rules among a tenant's settings as its namespace's annotation has them. A tenant without rules says so: an absent annotation isn't
 * a rule that anybody has set.
 *
 * @throws Error where they aren't of that form
 */
export function gateRulesText(settings: Readonly<Record<string, string>>): string {
  const approvers = Object.keys(settings).filter((key) => key.startsWith(APPROVERS));
  const text = [
    `${GATE_RULES.fourEyes}=${settings[GATE_RULES.fourEyes] ?? "false"}`,
    `${GATE_RULES.quorum}=${settings[GATE_RULES.quorum] ?? "1"}`,
    ...approvers
      .sort()
      .flatMap((key) => (settings[key] ?? "").split(GROUP_SEPARATOR).map((group) => `${key}=${group}`)),
  ].join("\n");
  if (!new RegExp(GATE_RULES_FORM).test(text)) throw new Error(`no rules for gates: ${JSON.stringify(text)}`);
  return text;
}
