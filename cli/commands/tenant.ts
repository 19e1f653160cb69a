// `agentic tenant`: a tenant's quota in use, its people, its rules and what its workloads cost.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { APPROVERS, approverGroups, hasFourEyes, quorumOf } from "@agentic/api/gate-rules.ts";
import { PLATFORM_QUOTA, TENANT_CONFIG_MAP } from "@agentic/api/names.ts";
import { isFinal, PHASES } from "@agentic/api/phases.ts";
import { MEMBER_ROLES, type MemberRole, memberRoleName } from "@agentic/api/roles.ts";
import { TENANT_SETTINGS } from "@agentic/api/tenant-settings.ts";
import { ifReadable } from "@agentic/kube/client/api-error.ts";
import { workloadsPath } from "@agentic/kube/workloads/paths.ts";
import type { Command } from "commander";
import { type DataFormat, lines, printData } from "../output.ts";
import { type Session, type SessionOptions, withSession } from "../session.ts";
import { dataOutputOption, examples } from "./options.ts";

type Settings = Record<string, string>;

/** What is `null` the person may not read. */
interface Tenant {
  namespace: string;
  /** Used and most, by resource. */
  quota: Record<string, { used: string; hard: string }> | null;
  /** Names of each role's members, as `kubectl auth whoami` has them. */
  members: Partial<Record<MemberRole, string[]>> | null;
  /** The tenant's rules in words. */
  rules: string[] | null;
  /** Workloads by phase. */
  workloads: Record<string, number> | null;
  /** What the workloads that are still there have cost, by currency. */
  cost: Record<string, number> | null;
}

export function addTenant(program: Command): void {
  const command = program
    .command("tenant")
    .description("show a tenant: quota in use, members, rules, workloads and what they cost")
    .addOption(dataOutputOption())
    .action(() => showTenant(command.optsWithGlobals()));
  examples(command, {
    "agentic tenant -n tenant-demo": "as far as your role shows it: quota, members and rules need tenant-admin",
    "agentic tenant -o json": "for programs",
  });
}

async function showTenant({ output, ...options }: SessionOptions & { output: DataFormat }): Promise<void> {
  await printData(await withSession(options, tenantOf), output, textOf);
}

async function tenantOf(session: Session): Promise<Tenant> {
  const { client, namespace } = session;
  const core = `/api/v1/namespaces/${namespace}`;
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`;
  const [quota, bindings, settings, workloads] = await Promise.all([
    ifReadable(
      client.get<{ status?: { hard?: Settings; used?: Settings } }>(`${core}/resourcequotas/${PLATFORM_QUOTA}`),
    ),
    ifReadable(client.list<Binding>(rbac)),
    ifReadable(client.get<{ data?: Settings }>(`${core}/configmaps/${TENANT_CONFIG_MAP}`)),
    ifReadable(client.list<AgentWorkload>(workloadsPath(namespace))),
  ]);
  if (!quota && !bindings && !settings && !workloads)
    throw new Error(
      `you may read nothing of ${namespace}\nwhich namespaces are yours says whoever runs the platform: docs/approvals.md`,
    );
  return {
    namespace,
    quota: quota && quotaOf(quota.status ?? {}),
    members: bindings && membersOf(bindings),
    rules: settings && rulesOf(settings.data ?? {}),
    workloads: workloads && countsOf(workloads),
    cost: workloads && costOf(workloads),
  };
}

function quotaOf({ hard = {}, used = {} }: { hard?: Settings; used?: Settings }): NonNullable<Tenant["quota"]> {
  return Object.fromEntries(
    Object.entries(hard).map(([resource, most]) => [resource, { used: used[resource] ?? "0", hard: most }]),
  );
}

interface Binding {
  roleRef: { kind: string; name: string };
  subjects?: { kind: string; name: string; namespace?: string }[];
}

function membersOf(bindings: readonly Binding[]): NonNullable<Tenant["members"]> {
  const named = MEMBER_ROLES.map((role) => {
    const theirs = bindings.filter(({ roleRef }) => roleRef.kind === "Role" && roleRef.name === memberRoleName(role));
    const names = theirs
      .flatMap(({ subjects = [] }) => subjects)
      .map(({ kind, name, namespace }) =>
        kind === "User" ? name : kind === "Group" ? `group ${name}` : `account ${namespace}/${name}`,
      );
    return [role, [...new Set(names)].sort()] as const;
  });
  return Object.fromEntries(named.filter(([, names]) => names.length > 0));
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

function countsOf(workloads: readonly AgentWorkload[]): Record<string, number> {
  const counted = PHASES.map(
    (phase) => [phase, workloads.filter(({ status }) => (status?.phase ?? "Pending") === phase).length] as const,
  );
  return Object.fromEntries(counted.filter(([, count]) => count > 0));
}

function costOf(workloads: readonly AgentWorkload[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { status } of workloads)
    if (status?.cost) sums[status.cost.currency] = (sums[status.cost.currency] ?? 0) + Number(status.cost.total);
  return Object.fromEntries(Object.entries(sums).map(([currency, sum]) => [currency, Math.round(sum * 1e6) / 1e6]));
}

const HIDDEN = "not yours to see: it needs the role tenant-admin";

function textOf({ namespace, quota, members, rules, workloads, cost }: Tenant): string {
  const running = Object.entries(workloads ?? {}).filter(([phase]) => !isFinal(phase));
  return lines([
    ["Tenant", namespace],
    [
      "Quota",
      quota
        ? Object.entries(quota)
            .map(([resource, { used, hard }]) => `${resource}: ${used} of ${hard}`)
            .join("\n")
        : HIDDEN,
    ],
    [
      "Members",
      members
        ? Object.entries(members)
            .map(([role, names]) => `${role}: ${names.join(", ")}`)
            .join("\n") || "none but by other bindings"
        : HIDDEN,
    ],
    ["Rules", rules ? rules.join("\n") || "none of its own" : HIDDEN],
    [
      "Workloads",
      workloads
        ? Object.entries(workloads)
            .map(([phase, count]) => `${count} ${phase}`)
            .join(", ") || "none"
        : "not yours to see",
    ],
    ["Open", running.length > 0 ? "`agentic list` shows what they wait for" : undefined],
    [
      "Cost",
      Object.entries(cost ?? {})
        .map(([currency, sum]) => `${sum} ${currency} of the workloads that are still there`)
        .join("\n"),
    ],
    ["Budget", "of the month, held by the model gateway: docs/cost.md"],
  ]);
}
