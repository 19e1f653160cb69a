// The kubeconfig that the stack hands out: one context, complete in itself, as JSON.
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { parse } from "yaml";

type Fields = Record<string, unknown>;

interface Kubeconfig {
  "current-context"?: string;
  contexts?: { name: string; context: { cluster: string; user: string; namespace?: string } }[];
  clusters?: { name: string; cluster: Fields }[];
  users?: { name: string; user: Fields }[];
}

/**
 * The content of a kubeconfig with one context alone and the files that it names taken in. `kubeconfig` is a path or the
 * content; undefined means KUBECONFIG or ~/.kube/config. "" where that file isn't there: a program that is only rendered
 * has no cluster, and one that is deployed is told by its provider.
 */
export function selfContained(kubeconfig: string | undefined, context?: string): string {
  const given = kubeconfig || process.env.KUBECONFIG || join(homedir(), ".kube", "config");
  const inline = given.includes("\n") || given.trimStart().startsWith("{");
  if (!inline && !existsSync(given)) return "";
  const config = parse(inline ? given : readFileSync(given, "utf8")) as Kubeconfig | null;
  const wanted = context || config?.["current-context"];
  const found = config?.contexts?.find(({ name }) => name === wanted);
  const cluster = config?.clusters?.find(({ name }) => name === found?.context.cluster);
  const user = config?.users?.find(({ name }) => name === found?.context.user);
  if (!found || !cluster || !user) return "";
  const folder = inline ? process.cwd() : dirname(given);
  const complete = (fields: Fields): Fields =>
    Object.fromEntries(
      Object.entries(fields).map(([name, value]) => {
        if (!files.includes(name) || typeof value !== "string") return [name, value];
        const bytes = readFileSync(isAbsolute(value) ? value : join(folder, value));
        return [`${name}-data`, bytes.toString("base64")];
      }),
    );
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": found.name,
    contexts: [found],
    clusters: [{ name: cluster.name, cluster: complete(cluster.cluster) }],
    users: [{ name: user.name, user: complete(user.user) }],
  });
}

/** Fields that name files whose content may stand in their place, as `<field>-data`. */
const files = ["certificate-authority", "client-certificate", "client-key"];
