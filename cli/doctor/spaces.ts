// The namespaces that the doctor looks at: the platform's own, and those of tenants.
import { KUBERNETES_NAMESPACES, LABELS, NAMESPACES, tenantNamespace } from "@agentic/api/names.ts";
import { isStatus } from "@agentic/kube/client/api-error.ts";
import type { Client } from "@agentic/kube/client/client.ts";

export interface Space {
  name: string;
  kind: "platform" | "tenant" | "other";
  labels: Readonly<Record<string, string>>;
  /** Absent where the namespace itself may not be read. */
  annotations?: Readonly<Record<string, string>>;
}

interface Namespace {
  metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> };
}

const platformNames: readonly string[] = Object.values(NAMESPACES);

function spaceOf({ metadata: { name, labels = {}, annotations = {} } }: Namespace): Space {
  const kind = platformNames.includes(name) ? "platform" : labels[LABELS.tenant] !== undefined ? "tenant" : "other";
  return { name, kind, labels, annotations };
}

export interface Spaces {
  spaces: Space[];
  /** Whether all namespaces could be listed: what isn't among them isn't there. */
  complete: boolean;
}

/** All of them, or for who may not list namespaces their own and those without which there is no platform. */
export async function spacesOf(client: Client, own: string): Promise<Spaces> {
  try {
    const all = (await client.list<Namespace>("/api/v1/namespaces")).map(spaceOf);
    const isKubernetes = (name: string) => (KUBERNETES_NAMESPACES as readonly string[]).includes(name);
    return { complete: true, spaces: all.filter(({ kind, name }) => kind !== "other" || isKubernetes(name)) };
  } catch (error) {
    if (!isStatus(error, 401, 403)) throw error;
    const kind = own.startsWith(tenantNamespace("")) ? "tenant" : "other";
    return {
      complete: false,
      spaces: [
        { name: own, kind, labels: {} },
        ...[NAMESPACES.system, NAMESPACES.argoWorkflows].map((name) => ({
          name,
          kind: "platform" as const,
          labels: {},
        })),
      ],
    };
  }
}
