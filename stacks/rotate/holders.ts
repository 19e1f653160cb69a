// Who may still hold a credential of an earlier generation: pods of agents that began with it, and tenants that don't have the new one.
import { AGENT_COMPONENT, ANNOTATIONS, LABELS } from "@agentic/api/names.ts";
import { SECRETS } from "@agentic/api/template.ts";
import type { Client } from "@agentic/kube/client/client.ts";
import type { Generations } from "../../components/tenancy/tenant.ts";

interface KubeObject {
  metadata: { name: string; namespace?: string; uid: string; annotations?: Record<string, string> };
  status?: { phase?: string };
}

/** What of a client is used. */
export type Lists = Pick<Client, "list" | "close">;

type Names = keyof Generations;

/** The namespaces of tenants. */
export async function tenantsOf(client: Lists): Promise<string[]> {
  const found = await client.list<KubeObject>("/api/v1/namespaces", { query: { labelSelector: LABELS.tenant } });
  return found.map(({ metadata }) => metadata.name).sort();
}

/** Those of the namespaces in which a Secret is of an earlier generation than these. A Secret that isn't there holds nothing. */
export async function behind(
  client: Lists,
  namespaces: readonly string[],
  generations: Required<Generations>,
): Promise<string[]> {
  const late = await Promise.all(
    namespaces.map(async (namespace) => {
      const secrets = await client.list<KubeObject>(`/api/v1/namespaces/${namespace}/secrets`);
      return secrets.some(({ metadata }) => {
        const name = (Object.keys(generations) as Names[]).find((key) => SECRETS[key].name === metadata.name);
        return name !== undefined && Number(metadata.annotations?.[ANNOTATIONS.generation] ?? 1) < generations[name];
      });
    }),
  );
  return namespaces.filter((_, i) => late[i]);
}

/** The agents' pods in these namespaces that haven't ended, by uid with their names. */
export async function agentsIn(client: Lists, namespaces: readonly string[]): Promise<Map<string, string>> {
  const labelSelector = `${LABELS.component}=${AGENT_COMPONENT}`;
  const pods = await Promise.all(
    namespaces.map((namespace) =>
      client.list<KubeObject>(`/api/v1/namespaces/${namespace}/pods`, { query: { labelSelector } }),
    ),
  );
  const running = pods.flat().filter(({ status }) => !["Succeeded", "Failed"].includes(status?.phase ?? ""));
  return new Map(running.map(({ metadata }) => [metadata.uid, `${metadata.namespace}/${metadata.name}`]));
}
