// The context of a kubeconfig that a stack on an existing cluster works with.
import { connectionOfContext } from "@agentic/kube/kubeconfig/connection.ts";
import { contextOf } from "@agentic/kube/kubeconfig/context.ts";
import { type Kubeconfig, kubeconfigPaths, NoKubeconfig, readKubeconfig } from "@agentic/kube/kubeconfig/read.ts";

/** Where a context is, as the provider takes it. */
export interface ExistingContext {
  /** Path of the kubeconfig; absent where KUBECONFIG names several files, which the provider merges itself. */
  kubeconfig?: string;
  context: string;
}

/**
 * The context that the config names, which must be in the file. Whichever context is current is never asked: it changes with
 * every `kubectl config use-context`, and a platform in the wrong cluster is hard to take away.
 *
 * @param kubeconfig path; default KUBECONFIG, then ~/.kube/config; `~/` at its beginning is the home folder
 * @throws where the file isn't there or isn't one, where the context is missing, with those that there are, and where it can't be used
 */
export function existingContext(kubeconfig: string | undefined, context: string | undefined): ExistingContext {
  const config = configOf(kubeconfig);
  const file = config.where.replace(/^kubeconfig /, "");
  const names = [...config.contexts.keys()];
  const choices = names.length === 0 ? "none" : names.join(", ");
  if (!context)
    throw new Error(
      `cluster.context is missing: name one of the contexts of ${file} (${choices}), such as by pulumi config set --path cluster.context ${names[0] ?? "<name>"}`,
    );
  if (!names.includes(context)) throw new Error(`cluster.context '${context}' is not in ${file}: there are ${choices}`);
  try {
    connectionOfContext(contextOf(config, context));
  } catch (error) {
    throw new Error(`cluster.context '${context}' can't be used: ${(error as Error).message}`);
  }
  const [path, ...others] = kubeconfigPaths({ kubeconfig });
  return { ...(path && others.length === 0 ? { kubeconfig: path } : {}), context };
}

function configOf(kubeconfig: string | undefined): Kubeconfig {
  try {
    return readKubeconfig({ kubeconfig });
  } catch (error) {
    const { message } = error as Error;
    throw new Error(
      `cluster.kubeconfig: ${error instanceof NoKubeconfig ? `${message.replace(/: is the cluster up\?$/, "")}: give the path of a kubeconfig, or set KUBECONFIG` : message}`,
    );
  }
}
