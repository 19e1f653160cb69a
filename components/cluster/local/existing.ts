// A context of a kubeconfig by its name: what a stack on a cluster that is there already works with.
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { parse } from "yaml";

/** Where a context is. */
export interface ExistingContext {
  /** Path of the kubeconfig. */
  kubeconfig: string;
  context: string;
}

interface Kubeconfig {
  contexts?: { name: string }[];
}

/**
 * The context that the config names, which must be in the file. Whichever context is current is never asked: it changes with
 * every `kubectl config use-context`, and a platform in the wrong cluster is hard to take away.
 *
 * @param kubeconfig path; default KUBECONFIG, then ~/.kube/config; `~/` at its beginning is the home folder
 * @throws where the file isn't there or isn't one, and where the context is missing, with those that there are
 */
export function existingContext(kubeconfig: string | undefined, context: string | undefined): ExistingContext {
  const path = kubeconfigPath(kubeconfig);
  if (!existsSync(path))
    throw new Error(`cluster.kubeconfig: there is no file ${path}: give the path of a kubeconfig, or set KUBECONFIG`);
  const names = contextsOf(path);
  const there = names.length === 0 ? "none" : names.join(", ");
  if (!context)
    throw new Error(
      `cluster.context is missing: name one of the contexts of ${path} (${there}), such as by pulumi config set --path cluster.context ${names[0] ?? "<name>"}`,
    );
  if (!names.includes(context)) throw new Error(`cluster.context '${context}' is not in ${path}: there are ${there}`);
  return { kubeconfig: path, context };
}

function kubeconfigPath(given: string | undefined): string {
  if (given) return given.replace(/^~(?=\/)/, homedir());
  const paths = (process.env.KUBECONFIG ?? "").split(delimiter).filter((path) => path !== "");
  if (paths.length > 1)
    throw new Error(
      "cluster.kubeconfig is missing: KUBECONFIG names several files, and which one is meant can't be told",
    );
  return paths[0] ?? join(homedir(), ".kube", "config");
}

function contextsOf(path: string): string[] {
  let content: Kubeconfig | null;
  try {
    content = parse(readFileSync(path, "utf8")) as Kubeconfig | null;
  } catch (error) {
    throw new Error(`cluster.kubeconfig: ${path} can't be read as a kubeconfig: ${(error as Error).message}`);
  }
  if (typeof content !== "object" || content === null || !Array.isArray(content.contexts ?? []))
    throw new Error(`cluster.kubeconfig: ${path} is no kubeconfig`);
  return (content.contexts ?? []).map(({ name }) => name);
}
