// How full quotas are. Asked of the API server at each scrape: a watch would tell of each pod that comes and goes.
import { NAMESPACES, PLATFORM_QUOTA, tenantNamespace } from "@agentic/api/names.ts";
import { quantity } from "@agentic/api/quantities.ts";
import type { Client } from "@agentic/kube/client/client.ts";

/** How much of a resource is used in a namespace: 1 is all that the quota allows. */
export interface QuotaUse {
  space: string;
  resource: string;
  ratio: number;
}

interface ResourceQuota {
  metadata: { name: string; namespace?: string };
  status?: { hard?: Record<string, string>; used?: Record<string, string> };
}

const own: readonly string[] = Object.values(NAMESPACES);

/** Milliseconds that an answer may take: the other metrics wait for it. */
const PATIENCE_MS = 2000;

/** Each resource that a quota of the platform's or a tenant's namespace limits; what it doesn't allow at all is never full. */
export async function quotaUse(client: Pick<Client, "list">): Promise<QuotaUse[]> {
  const quotas = await client.list<ResourceQuota>("/api/v1/resourcequotas", {
    // From the API server's cache: seconds don't matter.
    query: { fieldSelector: `metadata.name=${PLATFORM_QUOTA}`, resourceVersion: "0" },
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  return quotas
    .filter(({ metadata: { namespace = "" } }) => own.includes(namespace) || namespace.startsWith(tenantNamespace("")))
    .flatMap(({ metadata: { namespace: space = "" }, status: { hard = {}, used = {} } = {} }) =>
      Object.entries(hard).flatMap(([resource, most]) => {
        const ratio = quantity(used[resource] ?? "0") / quantity(most);
        return Number.isFinite(ratio) ? [{ space, resource, ratio }] : [];
      }),
    );
}
