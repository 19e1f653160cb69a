// What a person may know of a tenant: its quota in use, its members, its rules in words, what its workloads cost.
import { APPROVERS, approverGroups, hasFourEyes, quorumOf } from "@agentic/api/gate-rules.ts";
import { formatAmount, parseAmount } from "@agentic/api/money.ts";
import { MONTH_BUDGET_CONFIG_MAP, type MonthBudget, readMonthBudget } from "@agentic/api/month-budget.ts";
import { PLATFORM_QUOTA, TENANT_CONFIG_MAP } from "@agentic/api/names.ts";
import { MEMBER_ROLES, type MemberRole, memberRoleName } from "@agentic/api/roles.ts";
import { TENANT_SETTINGS } from "@agentic/api/tenant-settings.ts";
import { ifReadable } from "../client/api-error.ts";
import type { Client } from "../client/client.ts";

type Settings = Record<string, string>;

export interface TenantMember {
  role: MemberRole;
  kind: "User" | "Group" | "ServiceAccount";
  /** As the API server knows it; of a service account `<namespace>/<name>`. */
  name: string;
}

/** What is `null` the person may not read. */
export interface TenantFacts {
  quota: { resource: string; used: string; hard: string }[] | null;
  members: TenantMember[] | null;
  /** In words. */
  rules: string[] | null;
  /** Of the month, with what is used of it; null also where the tenant has none. */
  budget: MonthBudget | null;
}

interface Binding {
  roleRef: { kind: string; name: string };
  subjects?: { kind: string; name: string; namespace?: string }[];
}

/** Reads it with the rights of the client's user. */
export async function tenantFacts(client: Pick<Client, "get" | "list">, namespace: string): Promise<TenantFacts> {
  const space = encodeURIComponent(namespace);
  const core = `/api/v1/namespaces/${space}`;
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${space}/rolebindings`;
  const [quota, bindings, settings, budget] = await Promise.all([
    ifReadable(
      client.get<{ status?: { hard?: Settings; used?: Settings } }>(`${core}/resourcequotas/${PLATFORM_QUOTA}`),
    ),
    ifReadable(client.list<Binding>(rbac)),
    ifReadable(client.get<{ data?: Settings }>(`${core}/configmaps/${TENANT_CONFIG_MAP}`)),
    ifReadable(client.get<{ data?: Settings }>(`${core}/configmaps/${MONTH_BUDGET_CONFIG_MAP}`)),
  ]);
  return {
    quota: quota && quotaOf(quota.status ?? {}),
    members: bindings && membersOf(bindings),
    rules: settings && rulesOf(settings.data ?? {}),
    budget: readMonthBudget(budget?.data, Date.now()) ?? null,
  };
}

const quotaOf = ({ hard = {}, used = {} }: { hard?: Settings; used?: Settings }): NonNullable<TenantFacts["quota"]> =>
  Object.entries(hard).map(([resource, most]) => ({ resource, used: used[resource] ?? "0", hard: most }));

/** By role, each once. */
function membersOf(bindings: readonly Binding[]): TenantMember[] {
  return MEMBER_ROLES.flatMap((role) => {
    const members = bindings
      .filter(({ roleRef }) => roleRef.kind === "Role" && roleRef.name === memberRoleName(role))
      .flatMap(({ subjects = [] }) => subjects)
      .flatMap(({ kind, name, namespace }): TenantMember[] =>
        kind === "User" || kind === "Group"
          ? [{ role, kind, name }]
          : kind === "ServiceAccount"
            ? [{ role, kind, name: `${namespace}/${name}` }]
            : [],
      );
    return [...new Map(members.map((member) => [`${member.kind} ${member.name}`, member])).values()];
  });
}

function rulesOf(settings: Settings): string[] {
  const quorum = quorumOf(settings);
  const said = (key: string, words: (value: string) => string) => (settings[key] ? [words(settings[key])] : []);
  const templates = Object.keys(settings).filter((key) => key.startsWith(APPROVERS));
  return [
    ...said(TENANT_SETTINGS.approvalMode, (mode) =>
      mode === "manual" ? "a person approves each workload" : "workloads may be approved by the policy",
    ),
    ...said(TENANT_SETTINGS.minThreshold, (least) => `by the policy only from a confidence of ${least}`),
    ...said(TENANT_SETTINGS.approvalPolicy, (policy) => `policy ${policy}`),
    ...(hasFourEyes(settings) ? ["four eyes: nobody approves what they have submitted"] : []),
    ...(quorum > 1 ? [`${quorum} different people must approve`] : []),
    ...templates.map((key) => {
      const template = key.slice(APPROVERS.length);
      return `template ${template} is approved by ${approverGroups(settings, template)?.join(" or ")}`;
    }),
    ...said(TENANT_SETTINGS.allowedTemplates, (names) => `runs only ${names.split(",").join(", ")}`),
    ...said(TENANT_SETTINGS.allowedBuckets, (names) => `buckets beside its own: ${names.split(",").join(", ")}`),
  ];
}

/** The sums of these costs by currency. */
export function sumsOf(
  costs: Iterable<{ total: string; currency: string } | undefined>,
): { currency: string; total: string }[] {
  const sums = new Map<string, bigint>();
  for (const cost of costs)
    if (cost) sums.set(cost.currency, (sums.get(cost.currency) ?? 0n) + parseAmount(cost.total));
  return [...sums].map(([currency, sum]) => ({ currency, total: formatAmount(sum) }));
}
