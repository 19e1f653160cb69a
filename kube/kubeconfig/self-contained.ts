// Makes a kubeconfig that works on any machine: one context, without references to this machine's files.
import { readFileSync } from "node:fs";
import { type Context, contextOf, type Part, pathOf, read, textOf, type UserFields } from "./context.ts";
import { type ReadOptions, readKubeconfig } from "./read.ts";

/** The context works on this machine only: it needs a program or a proxy of this machine. */
export class BoundToMachine extends Error {}

export interface SelfContainedOptions extends ReadOptions {
  /** Name of a context; "" or undefined means the current one. */
  context?: string | undefined;
}

/**
 * The kubeconfig's content as JSON with one context: it holds certificates, keys and tokens themselves instead of the paths of their
 * files. A token of a file is the one that the file holds now.
 *
 * A credential plugin stays where it is found by PATH, as that of GKE or EKS: whoever uses the kubeconfig needs the same program.
 *
 * @throws NoKubeconfig if no kubeconfig exists, BoundToMachine if the context needs a program or a proxy of this machine (a plugin by
 * its path, a proxy on loopback), and an error that names the field if the context can't be used at all
 */
export function selfContained({ kubeconfig, context, env }: SelfContainedOptions): string {
  const config = readKubeconfig({ kubeconfig, ...(env ? { env } : {}) });
  const { name, namespace, cluster, user } = contextOf(config, context);
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
    throw new BoundToMachine(
      `${cluster.where}.proxy-url is ${proxy.replace(/:[^:@/]*@/, ":***@")}, a proxy on this machine, which other machines can't reach`,
    );
  return withData(fields, cluster, "certificate-authority");
}

function userFields(user: Part<UserFields>): object {
  const { "client-certificate": _certificate, "client-key": _key, tokenFile, ...fields } = user.fields;
  const { exec } = fields;
  if (exec?.command.includes("/"))
    throw new BoundToMachine(
      `${user.where}.exec.command is ${exec.command}, a program of this machine: name one that is found by PATH`,
    );
  const token = tokenFile && read(user, "tokenFile", () => readFileSync(pathOf(user, tokenFile), "utf8").trim());
  const withCertificate = withData(fields, user, "client-certificate");
  return { ...withData(withCertificate, user, "client-key"), ...(token ? { token } : {}) };
}

/** The fields with `<name>-data`, if the part has that or names a file. */
function withData<T extends object>(fields: object, part: Part<T>, name: string & keyof T): object {
  const data = (part.fields as Record<string, unknown>)[`${name}-data`];
  const text = data === undefined ? textOf(part, name) : undefined;
  return text === undefined ? fields : { ...fields, [`${name}-data`]: Buffer.from(text).toString("base64") };
}
