// The connection of a controller: that of its pod, or on a developer's machine the one that kubectl would use.
import type { Connection } from "./connection.ts";
import { accountFolder, inCluster, isInCluster } from "./in-cluster.ts";

/**
 * The kubeconfig of KUBECONFIG, else the pod's service account, else `~/.kube/config`: the order of controller-runtime, in which a
 * pod's home folder can't change who it is. The YAML reader is loaded only for a kubeconfig. Throws if none of the three exists.
 */
export async function connect(
  env: NodeJS.ProcessEnv = process.env,
  folder: string = accountFolder,
): Promise<Connection> {
  if (isInCluster(env) && !env.KUBECONFIG) return inCluster(env, folder);
  const { connectionOf } = await import("../kubeconfig/connection.ts");
  return connectionOf({ env });
}
