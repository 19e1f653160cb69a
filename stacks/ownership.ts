// Which stack a platform in a cluster belongs to: a label on its namespaces says so, and another stack refuses the cluster.
import { LABELS } from "@agentic/api/names.ts";
import { uniqueName } from "@agentic/api/unique-name.ts";
import type { ConnectionOptions } from "@agentic/kube/kubeconfig/connection.ts";
import * as pulumi from "@pulumi/pulumi";
import { ClusterQueryError, getFromCluster } from "./kubernetes-api.ts";

/**
 * Value of the label: `project.stack` where that is what a label may hold and can mean no other stack; otherwise a name that only
 * this stack has.
 */
export function stackLabel(project: string, stack: string): string {
  const plain = `${project}.${stack}`;
  const isPlain = plain.length <= 63 && /^[A-Za-z0-9][A-Za-z0-9_-]*\.[A-Za-z0-9_-]*[A-Za-z0-9]$/.test(plain);
  return isPlain ? plain : uniqueName([project, stack], { readable: 30, separator: "-" });
}

/** The label that earlier releases gave, which other stacks could have, too. */
export const formerLabel = (project: string, stack: string): string =>
  `${project}.${stack}`
    .replace(/[^A-Za-z0-9._-]/g, "-")
    .slice(0, 63)
    .replace(/[^A-Za-z0-9]+$/, "");

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
 * @param cluster the kubeconfig and the context in it
 * @param stack this stack's label
 * @param former the one that an earlier release gave it
 */
export async function refuseOtherStacks(cluster: ConnectionOptions, stack: string, former = stack): Promise<void> {
  let found: Namespaces;
  try {
    found = await getFromCluster<Namespaces>(cluster, "/api/v1/namespaces", { labelSelector: LABELS.stack });
  } catch (error) {
    if (!(error instanceof ClusterQueryError)) throw error;
    await pulumi.log.warn(`whether the cluster carries another stack's platform can't be told: ${error.message}`);
    return;
  }
  const others = new Map<string, string>();
  for (const { metadata = {} } of found.items ?? []) {
    const owner = metadata.labels?.[LABELS.stack];
    if (owner && owner !== stack && owner !== former) others.set(owner, metadata.name ?? "");
  }
  const [[owner, namespace] = []] = others;
  if (owner)
    throw new Error(
      `cluster.context: this cluster carries the platform of the stack '${owner}' already (namespace ${namespace}), and this is '${stack}': ` +
        `use another cluster, or destroy that one first (pulumi destroy -s ${owner.split(".").at(-1)}; the one of make up by make clean)`,
    );
}
