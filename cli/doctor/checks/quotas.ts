// Quotas that are used up, or nearly so.
import { quantity } from "@agentic/api/quantities.ts";
import type { Check } from "../check.ts";
import { type Finding, problem, warning } from "../finding.ts";
import { pathOf } from "../sight.ts";

export interface ResourceQuota {
  metadata: { name: string; namespace: string };
  status?: { hard?: Record<string, string>; used?: Record<string, string> };
}

/** Share of a quota beyond which the next pod may be refused: the alert QuotaFull's. */
const NEARLY = 0.95;

export const quotas: Check = {
  name: "quotas",
  asks: "is there room left in the namespaces' quotas?",
  async look(see) {
    const findings: Finding[] = [];
    for (const { name: namespace } of [...see.platform, ...see.tenants])
      for (const quota of (await see.list<ResourceQuota>(pathOf("v1", "resourcequotas", namespace))) ?? [])
        findings.push(...fullness(quota));
    return findings;
  },
};

function fullness({ metadata, status: { hard = {}, used = {} } = {} }: ResourceQuota): Finding[] {
  return Object.entries(hard).flatMap(([resource, limit]) => {
    const share = quantity(used[resource] ?? "0") / quantity(limit);
    // A limit of 0 says that there shall be none.
    if (!(share >= NEARLY) || quantity(limit) === 0) return [];
    const where = `ResourceQuota ${metadata.namespace}/${metadata.name}`;
    const what = `${used[resource]} of ${limit} ${resource} are used`;
    const fix =
      "delete workloads that have ended, or give `tenants[].quota` more in the config: docs/runbooks/quota-full.md";
    return [share >= 1 ? problem(where, what, fix) : warning(where, what, fix)];
  });
}
