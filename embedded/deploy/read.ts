// Reads what the program doesn't make: existing objects, and outputs of other stacks.
import type { Clusters } from "./clusters.ts";
import type { Engine } from "./engine.ts";
import { Cluster, label } from "./kubernetes/cluster.ts";
import { kindOfType } from "./kubernetes/kinds.ts";
import { outputsOf } from "./kubernetes/manifest.ts";
import { isKubernetes } from "./recording.ts";
import { clusterStore, stackNames } from "./state.ts";
import { type Properties, reveal, type SecretPath, unknown, withSecretsAt } from "./values.ts";

/**
 * Answers `.get` and StackReference from the clusters. In a dry run, an object that doesn't exist has unknown properties, since
 * the run itself may make it; otherwise that is an error.
 */
export function reader(clusters: Clusters, home: Cluster, project: string, dryRun: boolean): Engine["read"] {
  return async ({ type, id, provider, inputs }) => {
    if (type === "pulumi:pulumi:StackReference")
      return await stackOutputs(home, String(reveal(inputs.name ?? "")), project);
    if (!isKubernetes(type)) throw new Error(`${type}: only kubernetes:* objects can be read by this deployer`);
    const [name = "", namespace, ...more] = id.split("/").reverse();
    if (!name || namespace === "" || more.length > 0)
      throw new Error(`'${id}' is not a valid object id: it must be <namespace>/<name>, or <name> alone`);
    const { apiVersion, kind } = kindOfType(type);
    const target = { apiVersion, kind, name, namespace: namespace ?? clusters.namespaceOf(provider) };
    const cluster = clusters.of(provider);
    const isServed = (await cluster.namespaced(apiVersion, kind)) !== undefined;
    const live = isServed ? await cluster.get(target) : undefined;
    if (live) return outputsOf(live, inputs);
    if (!dryRun) throw new Error(`there is no ${label(target)} to read`);
    return { ...inputs, metadata: { name, namespace: target.namespace, uid: unknown } };
  };
}

/**
 * Answers only StackReference, for runs that make nothing: a program without one needs no cluster. Other resources
 * that it reads get their inputs as outputs.
 */
export function referenceReader(
  { kubeconfig = "", context }: { kubeconfig?: string; context?: string },
  project: string,
): { read: Engine["read"]; close: () => Promise<void> } {
  let home: Cluster | undefined;
  return {
    read: async ({ type, inputs }) => {
      if (type !== "pulumi:pulumi:StackReference") return inputs;
      home ??= new Cluster(kubeconfig, context);
      return await stackOutputs(home, String(reveal(inputs.name ?? "")), project);
    },
    close: async () => await home?.close(),
  };
}

/**
 * Another stack's outputs from its last successful run; secret outputs stay secret. `name` is `stack` (of the
 * same project), `project/stack` or `organization/project/stack`. Throws with the names of the existing stacks.
 */
async function stackOutputs(home: Cluster, name: string, project: string): Promise<Properties> {
  const parts = name.split("/");
  if (parts.length > 3 || parts.some((part) => part === ""))
    throw new Error(
      `'${name}' is not a valid stack name: write it as stack, project/stack or organization/project/stack`,
    );
  const [stack = "", owner = project] = parts.reverse();
  const found = await clusterStore(home, owner, stack).load();
  if (!found.exists) {
    const names = await stackNames(home);
    throw new Error(
      `there is no stack '${owner}/${stack}' in this cluster: it has ${names.join(", ") || "none"}; bring it up first, or name another`,
    );
  }
  const { secretOutputs, secretPaths = secretOutputs.map((key): SecretPath => [key]) } = found;
  const outputs = withSecretsAt(found.outputs as Properties, secretPaths);
  return { name, outputs, secretOutputNames: secretOutputs };
}
