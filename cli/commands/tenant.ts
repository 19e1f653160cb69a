// `agentic tenant`: a tenant's quota in use, its people, its rules and what its workloads cost.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import type { MonthBudget } from "@agentic/api/month-budget.ts";
import { isFinal, PHASES } from "@agentic/api/phases.ts";
import type { MemberRole } from "@agentic/api/roles.ts";
import { ifReadable } from "@agentic/kube/client/api-error.ts";
import { workloadsPath } from "@agentic/kube/workloads/paths.ts";
import { sumsOf, type TenantMember, tenantFacts } from "@agentic/kube/workloads/tenant.ts";
import type { Command } from "commander";
import { type DataFormat, lines, printData } from "../output.ts";
import { type Session, type SessionOptions, withSession } from "../session.ts";
import { dataOutputOption, examples } from "./options.ts";

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
  /** Of the month, with what is used of it. */
  budget: MonthBudget | null;
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

async function tenantOf({ client, namespace }: Session): Promise<Tenant> {
  const [{ quota, members, rules, budget }, workloads] = await Promise.all([
    tenantFacts(client, namespace),
    ifReadable(client.list<AgentWorkload>(workloadsPath(namespace))),
  ]);
  if (!quota && !members && !rules && !workloads)
    throw new Error(
      `you may read nothing of ${namespace}\nwhich namespaces are yours says whoever runs the platform: docs/approvals.md`,
    );
  const sums = workloads && sumsOf(workloads.map(({ status }) => status?.cost));
  return {
    namespace,
    quota: quota && Object.fromEntries(quota.map(({ resource, ...use }) => [resource, use])),
    members: members && byRole(members),
    rules,
    workloads: workloads && countsOf(workloads),
    cost: sums && Object.fromEntries(sums.map(({ currency, total }) => [currency, Number(total)])),
    budget,
  };
}

function byRole(members: readonly TenantMember[]): NonNullable<Tenant["members"]> {
  const said = { User: "", Group: "group ", ServiceAccount: "account " };
  const named: NonNullable<Tenant["members"]> = {};
  for (const { role, kind, name } of members) named[role] = [...(named[role] ?? []), `${said[kind]}${name}`].sort();
  return named;
}

function countsOf(workloads: readonly AgentWorkload[]): Record<string, number> {
  const counted = PHASES.map(
    (phase) => [phase, workloads.filter(({ status }) => (status?.phase ?? "Pending") === phase).length] as const,
  );
  return Object.fromEntries(counted.filter(([, count]) => count > 0));
}

const budgetOf = ({ month, currency, uses }: MonthBudget): string =>
  uses
    .map(({ limit, used, most, left }) => {
      const unit = limit === "amount" ? currency : limit;
      return `${used} of ${most} ${unit} in ${month}, ${left} left`;
    })
    .join("\n");

const HIDDEN = "not yours to see: it needs the role tenant-admin";

function textOf({ namespace, quota, members, rules, workloads, cost, budget }: Tenant): string {
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
    ["Budget", budget ? budgetOf(budget) : "none of the month, or not yours to see: docs/cost.md"],
  ]);
}
