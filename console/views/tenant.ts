// A tenant: its quota, members, rules, queue and costs, each as far as the visitor may read it.
import { hasFourEyes, quorumOf } from "@agentic/api/gate-rules.ts";
import { formatAmount, parseAmount } from "@agentic/api/money.ts";
import { PLATFORM_QUOTA, TENANT_CONFIG_MAP } from "@agentic/api/names.ts";
import { isFinal, PHASES, type WorkloadPhase } from "@agentic/api/phases.ts";
import { MEMBER_ROLES, type MemberRole, memberRoleName } from "@agentic/api/roles.ts";
import { TENANT_SETTINGS } from "@agentic/api/tenant-settings.ts";
import { ifReadable } from "@agentic/kube/client/api-error.ts";
import type { TenantView, WorkloadRow } from "../contract.ts";
import type { Visitor } from "../sessions/visitors.ts";
import type { Board } from "../workloads/board.ts";

export async function tenantView(board: Board, visitor: Visitor, namespace: string): Promise<TenantView> {
  await visitor.demand(namespace, "list");
  const { client } = visitor;
  const path = encodeURIComponent(namespace);
  const [rights, quota, bindings, settings] = await Promise.all([
    visitor.rights(namespace),
    ifReadable(client.get<Quota>(`/api/v1/namespaces/${path}/resourcequotas/${PLATFORM_QUOTA}`)),
    ifReadable(client.list<Binding>(`/apis/rbac.authorization.k8s.io/v1/namespaces/${path}/rolebindings`)),
    ifReadable(client.get<ConfigMap>(`/api/v1/namespaces/${path}/configmaps/${TENANT_CONFIG_MAP}`)),
  ]);
  const rows = [...board.rows()].filter((row) => row.namespace === namespace);
  const counts = Object.fromEntries(PHASES.map((phase) => [phase, 0])) as Record<WorkloadPhase, number>;
  for (const { phase } of rows) counts[phase]++;
  return {
    namespace,
    rights,
    quota: quota && quotaOf(quota),
    members: bindings && membersOf(bindings),
    rules: settings && rulesOf(settings.data ?? {}),
    counts,
    queue: rows
      .filter(({ phase }) => !isFinal(phase))
      .sort((one, other) => one.createdAt.localeCompare(other.createdAt)),
    cost: costOf(rows),
    budget: null,
  };
}

interface Quota {
  status?: { hard?: Record<string, string>; used?: Record<string, string> };
}
interface ConfigMap {
  data?: Record<string, string>;
}
interface Binding {
  roleRef: { name: string };
  subjects?: { kind: string; name: string; namespace?: string }[];
}

const quotaOf = ({ status: { hard = {}, used = {} } = {} }: Quota) =>
  Object.entries(hard).map(([resource, most]) => ({ resource, hard: most, used: used[resource] ?? "0" }));

function membersOf(bindings: Binding[]): NonNullable<TenantView["members"]> {
  const roles = new Map<string, MemberRole>(MEMBER_ROLES.map((role) => [memberRoleName(role), role]));
  return bindings.flatMap(({ roleRef, subjects = [] }) => {
    const role = roles.get(roleRef.name);
    return role === undefined
      ? []
      : subjects.flatMap(({ kind, name, namespace }) =>
          kind === "User" || kind === "Group" || kind === "ServiceAccount"
            ? [{ role, kind, name: namespace ? `${namespace}/${name}` : name }]
            : [],
        );
  });
}

function rulesOf(settings: Record<string, string>): string[] {
  const quorum = quorumOf(settings);
  const mode = settings[TENANT_SETTINGS.approvalMode];
  return [
    ...(hasFourEyes(settings) ? ["four eyes: nobody approves what they have submitted"] : []),
    ...(quorum > 1 ? [`quorum: ${quorum} different people approve`] : []),
    ...(mode === "manual" ? ["a person approves each workload"] : []),
  ];
}

function costOf(rows: readonly WorkloadRow[]): TenantView["cost"] {
  const sums = new Map<string, bigint>();
  for (const { cost } of rows)
    if (cost) sums.set(cost.currency, (sums.get(cost.currency) ?? 0n) + parseAmount(cost.total));
  return [...sums].map(([currency, sum]) => ({ currency, total: formatAmount(sum) }));
}
