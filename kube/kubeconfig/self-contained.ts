// A kubeconfig that works on any machine: one context alone, with nothing in it that only this machine has.
import { readFileSync } from "node:fs";
import { type Context, contextOf, type Part, pathOf, read, textOf, type UserFields } from "./context.ts";
import { type ReadOptions, readKubeconfig } from "./read.ts";

/** The context needs what only this machine has. */
export class OnlyHere extends Error {}

export interface SelfContainedOptions extends ReadOptions {
  /** Name of a context; "" or undefined means the current one. */
  context?: string | undefined;
}

/**
 * The kubeconfig's content as JSON with one context: certificates, keys and tokens stand in it instead of the files that they are
 * in. A token from a file is the one of the moment.
 *
 * A credential plugin stays where it is found by PATH, as that of GKE or EKS: whoever uses the kubeconfig needs the same program.
 *
 * @throws NoKubeconfig where there is none, OnlyHere where the context needs what only this machine has (a plugin by its path, a
 * proxy on loopback), and an error that names the field where the context can't be used at all
 */
export function selfContained({ kubeconfig, context, env }: SelfContainedOptions): string {
  const found = contextOf(readKubeconfig({ kubeconfig, ...(env ? { env } : {}) }), context);
  const { name, namespace, cluster, user } = found;
  const users = user ? [{ name: user.name, user: userFields(user) }] : [];
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    contexts: [
      { name, context: { cluster: cluster.name, user: user?.name ?? "", ...(namespace ? { namespace } : {}) } },
    ],
    clusters: [{ name: cluster.name, cluster: clusterFields(cluster) }],
    users,
  });
}

function clusterFields(cluster: Context["cluster"]): object {
  const { "certificate-authority": _file, ...fields } = cluster.fields;
  const proxy = fields["proxy-url"];
  if (proxy && /^\w+:\/\/([^@/]*@)?(localhost|[\w.-]+\.localhost|127\.[\d.]+|\[::1\])(:|\/|$)/i.test(proxy))
    throw new OnlyHere(
      `${cluster.where}.proxy-url is ${proxy.replace(/:[^:@/]*@/, ":***@")}, a proxy on this machine: elsewhere there is none at that address`,
    );
  return withData(fields, cluster, "certificate-authority");
}

function userFields(user: Part<UserFields>): object {
  const { "client-certificate": _certificate, "client-key": _key, tokenFile, ...fields } = user.fields;
  const { exec } = fields;
  if (exec?.command.includes("/"))
    throw new OnlyHere(
      `${user.where}.exec.command is ${exec.command}, a program of this machine: name one that is found by PATH`,
    );
  const token = tokenFile && read(user, "tokenFile", () => readFileSync(pathOf(user, tokenFile), "utf8").trim());
  const certified = withData(fields, user, "client-certificate");
  return { ...withData(certified, user, "client-key"), ...(token ? { token } : {}) };
}

/** The fields with `<name>-data`, if the part has that or names a file. */
function withData<T extends object>(fields: object, part: Part<T>, name: string & keyof T): object {
  const data = (part.fields as Record<string, unknown>)[`${name}-data`];
  const text = data === undefined ? textOf(part, name) : undefined;
  return text === undefined ? fields : { ...fields, [`${name}-data`]: Buffer.from(text).toString("base64") };
}
