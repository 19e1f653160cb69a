// Deletes the objects of CustomResourceDefinitions that are about to be deleted.

import { ApiError } from "@agentic/kube/client/api-error.ts";
import type { Clusters } from "./clusters.ts";
import { deleteObject, StillThere } from "./delete-object.ts";
import { type Cluster, type KubeObject, keyOf, Stopped, Unreachable } from "./kubernetes/cluster.ts";
import { isOurs } from "./ours.ts";
import type { ResourceState } from "./state-types.ts";

/**
 * Deletes every object of those definitions, whoever made it, while the controllers that must remove their finalizers still
 * run: if the controller went first, a finalizer would hold the definition for ever. Adds the objects' keys to `emptied`.
 */
export async function emptyDefinitions(
  gone: readonly [string, ResourceState][],
  { clusters, applySet, emptied }: { clusters: Clusters; applySet: string; emptied: Set<string> },
): Promise<void> {
  const definitions = gone.flatMap(([, resource]) => {
    const { target, retainOnDelete, protect, pending } = resource;
    return target?.kind === "CustomResourceDefinition" && !retainOnDelete && !protect && !pending
      ? [{ target, resource }]
      : [];
  });
  await Promise.all(
    definitions.map(async ({ target, resource }) => {
      try {
        const cluster = clusters.of(resource.provider);
        const definition = await cluster.get(target);
        if (!definition || !isOurs(definition, resource, applySet)) return;
        await emptyDefinition(cluster, definition, emptied);
      } catch (error) {
        // The definition's own deletion says what is wrong, or that its cluster is gone.
        if (![ApiError, Unreachable, StillThere, Stopped].some((kind) => error instanceof kind)) throw error;
      }
    }),
  );
}

async function emptyDefinition(cluster: Cluster, definition: KubeObject, emptied: Set<string>): Promise<void> {
  const { group, names, versions } = definition.spec as {
    group: string;
    names: { kind: string };
    versions: { name: string; served: boolean }[];
  };
  const served = versions.find((version) => version.served);
  if (!served) return;
  const kind = { apiVersion: `${group}/${served.name}`, kind: names.kind };
  const objects = await cluster.list(kind, "");
  // A controller that isn't running never removes its finalizer: the wait is short, and the definition is deleted anyway.
  await Promise.all(
    objects.map(async ({ metadata: { namespace, name } }) => {
      const target = { ...kind, namespace, name };
      emptied.add(keyOf(cluster, target));
      await deleteObject(cluster, target, 60);
    }),
  );
}
