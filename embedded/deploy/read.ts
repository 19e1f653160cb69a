// Reads what the program does not make: objects that are there already, and other stacks' outputs.
import { basename } from "node:path";
import type { Clusters } from "./clusters.ts";
import { type Cluster, label } from "./kubernetes/cluster.ts";
import { outputsOf } from "./kubernetes/manifest.ts";
import type { Engine } from "./program.ts";
import { isKubernetes } from "./recording.ts";
import { clusterStore } from "./state.ts";
import { type Properties, reveal, Secret, unknown, type Value } from "./values.ts";

/**
 * Answers `.get` and StackReference from the clusters. In a dry run, what isn't there yet has unknown properties, since
 * the run itself may make it; otherwise that is an error.
 */
export function reader(clusters: Clusters, home: Cluster, project: string, dryRun: boolean): Engine["read"] {
  return async ({ type, id, provider, inputs }) => {
    if (type === "pulumi:pulumi:StackReference") {
      const name = String(reveal(inputs.name ?? ""));
      const [stack, owner = project] = [basename(name), name.split("/").at(-2)];
      const found = await clusterStore(home, owner, stack).load();
      if (!found.exists) throw new Error(`there is no stack '${name}' in this cluster: run up for it first`);
      const outputs = Object.entries(found.outputs).map(([key, value]) => [
        key,
        found.secretOutputs.includes(key) ? new Secret(value as Value) : (value as Value),
      ]);
      const answer: Properties = Object.fromEntries(outputs);
      return { name, outputs: answer, secretOutputNames: found.secretOutputs };
    }
    if (!isKubernetes(type)) throw new Error(`${type}: only kubernetes:* objects can be read by this deployer`);
    const [name = "", namespace] = id.split("/").reverse();
    const { apiVersion, kind } = kindOf(type);
    const target = { apiVersion, kind, name, namespace: namespace ?? clusters.namespaceOf(provider) };
    const cluster = clusters.of(provider);
    const known = (await cluster.namespaced(apiVersion, kind)) !== undefined;
    const live = known ? await cluster.get(target) : undefined;
    if (live) return outputsOf(live, inputs);
    if (!dryRun) throw new Error(`there is no ${label(target)} to read`);
    return { ...inputs, metadata: { name, namespace: target.namespace, uid: unknown } };
  };
}

/** `kubernetes:apps/v1:Deployment` → apps/v1, Deployment. */
function kindOf(type: string): { apiVersion: string; kind: string } {
  const [, module = "", kind = ""] = type.split(":");
  return { apiVersion: module.replace(/^core\//, ""), kind };
}
