// Whose platform a cluster carries: a label on the platform's namespaces says it, and another stack's is left alone.
import { LABELS } from "@agentic/api/names.ts";
import * as pulumi from "@pulumi/pulumi";
import { ApiError, getFromCluster } from "./kubernetes-api.ts";

/** Value of the label: project and stack, in what a label may hold. */
export function stackLabel(project: string, stack: string): string {
  return `${project}.${stack}`
    .replace(/[^A-Za-z0-9._-]/g, "-")
    .slice(0, 63)
    .replace(/[^A-Za-z0-9]+$/, "");
}

interface Namespaces {
  items?: { metadata?: { name?: string; labels?: Record<string, string>; deletionTimestamp?: string } }[];
}

/**
 * Throws where namespaces of the cluster belong to another stack. Two stacks in one cluster would share the cluster-wide
 * objects, and each would take the other's away.
 *
 * A cluster that doesn't answer, or doesn't let namespaces be listed, gives a warning: whether it can be used is the provider's
 * to say.
 *
 * @param kubeconfig content with one context
 * @param stack this stack's label
 */
export async function refuseOtherStacks(kubeconfig: string, stack: string): Promise<void> {
  let found: Namespaces;
  try {
    found = (await getFromCluster(
      kubeconfig,
      `/api/v1/namespaces?labelSelector=${encodeURIComponent(LABELS.stack)}`,
    )) as Namespaces;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    await pulumi.log.warn(`whether the cluster carries another stack's platform can't be told: ${error.message}`);
    return;
  }
  const others = new Map<string, string>();
  for (const { metadata = {} } of found.items ?? []) {
    const owner = metadata.labels?.[LABELS.stack];
    if (owner && owner !== stack) others.set(owner, metadata.name ?? "");
  }
  const [[owner, namespace] = []] = others;
  if (owner)
    throw new Error(
      `cluster.context: this cluster carries the platform of the stack '${owner}' already (namespace ${namespace}), and this is '${stack}': ` +
        `use another cluster, or destroy that one first (pulumi destroy -s ${owner.split(".").at(-1)}; the one of make up by make clean)`,
    );
}
