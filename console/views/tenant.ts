// A tenant: its quota, members, rules, queue and costs, each as far as the visitor may read it.
import { isFinal, PHASES, type WorkloadPhase } from "@agentic/api/phases.ts";
import { sumsOf, tenantFacts } from "@agentic/kube/workloads/tenant.ts";
import type { TenantView } from "../contract.ts";
import type { Visitor } from "../sessions/visitors.ts";
import type { Board } from "../workloads/board.ts";

export async function tenantView(board: Board, visitor: Visitor, namespace: string): Promise<TenantView> {
  await visitor.demand(namespace, "list");
  const [rights, facts] = await Promise.all([visitor.rights(namespace), tenantFacts(visitor.client, namespace)]);
  const rows = [...board.rows()].filter((row) => row.namespace === namespace);
  const counts = Object.fromEntries(PHASES.map((phase) => [phase, 0])) as Record<WorkloadPhase, number>;
  for (const { phase } of rows) counts[phase]++;
  return {
    namespace,
    rights,
    ...facts,
    counts,
    queue: rows
      .filter(({ phase }) => !isFinal(phase))
      .sort((one, other) => one.createdAt.localeCompare(other.createdAt)),
    cost: sumsOf(rows.map(({ cost }) => cost)),
  };
}
