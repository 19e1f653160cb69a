// The connection of a controller: its pod's, or the one that kubectl would take on a developer's machine.
import type { Connection } from "./connection.ts";
import { accountFolder, inCluster, isInCluster } from "./in-cluster.ts";

/**
 * The kubeconfig of KUBECONFIG, else the pod's service account, else `~/.kube/config`: the order of controller-runtime, in which a
 * pod's home folder can't change who it is. Only a kubeconfig loads what reads YAML. Throws where there is no cluster to talk to.
 */
export async function connect(
  env: NodeJS.ProcessEnv = process.env,
  folder: string = accountFolder,
): Promise<Connection> {
  if (isInCluster(env) && !env.KUBECONFIG) return inCluster(env, folder);
  const { connectionOf } = await import("../kubeconfig/connection.ts");
  return connectionOf({ env });
}
