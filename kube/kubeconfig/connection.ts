// The connection that a kubeconfig's context means.
import { createSecureContext } from "node:tls";
import type { Connection } from "../connection/connection.ts";
import { inCluster, isInCluster } from "../connection/in-cluster.ts";
import { type Context, contextOf, textOf } from "./context.ts";
import { NoKubeconfig, type ReadOptions, readKubeconfig } from "./read.ts";
import { credentialsOf, impersonation } from "./user.ts";

export interface ConnectionOptions extends ReadOptions {
  /** Name of a context; "" or undefined means the current one. */
  context?: string | undefined;
  /** Name of a cluster to use instead of the context's; "" or undefined means the context's. */
  cluster?: string | undefined;
}

/**
 * The connection of a context of the given kubeconfig, else of KUBECONFIG or ~/.kube/config, else, in a pod, of its service
 * account, which is kubectl's order. Throws with the file's name and the field's path where something is missing, wrong or not
 * supported.
 */
export function connectionOf({ kubeconfig, context, cluster, env = process.env }: ConnectionOptions = {}): Connection {
  try {
    return connectionOfContext(contextOf(readKubeconfig({ kubeconfig, env }), context, cluster));
  } catch (error) {
    const fallBack =
      error instanceof NoKubeconfig && !kubeconfig && !env.KUBECONFIG && !context && !cluster && isInCluster(env);
    if (fallBack) return inCluster(env);
    throw error;
  }
}

/** The connection of a context that has been read. */
export function connectionOfContext({ namespace, cluster, user }: Context): Connection {
  const { fields, where } = cluster;
  const ca = textOf(cluster, "certificate-authority");
  if (ca !== undefined) {
    if (!ca.includes("-----BEGIN CERTIFICATE-----"))
      throw new Error(
        `${where}.certificate-authority${fields["certificate-authority"] ? "" : "-data"} holds no certificate as PEM`,
      );
    try {
      createSecureContext({ ca });
    } catch (error) {
      throw new Error(`${where}.certificate-authority can't be used: ${(error as Error).message}`);
    }
  }
  const credentials = user && credentialsOf(user, cluster);
  const server = serverOf(fields.server, {
    where: `${where}.server`,
    tls: ca !== undefined || fields["insecure-skip-tls-verify"] === true || hasCertificate(user),
  });
  if (credentials && server.protocol === "http:" && !isLoopback(server))
    throw new Error(
      `${where}.server is ${server.href}: the credentials of ${user.where} would go over the network in clear`,
    );
  const headers = user ? impersonation(user) : {};
  return {
    server: server.href.replace(/\/+$/, ""),
    ...(namespace ? { namespace } : {}),
    ...(ca === undefined ? {} : { ca }),
    ...(fields["tls-server-name"] ? { serverName: fields["tls-server-name"] } : {}),
    ...(fields["insecure-skip-tls-verify"] ? { insecure: true } : {}),
    ...(fields["proxy-url"] ? { proxy: proxyOf(fields["proxy-url"], `${where}.proxy-url`) } : {}),
    ...(Object.keys(headers).length > 0 ? { headers } : {}),
    ...(credentials ? { credentials } : {}),
  };
}

function hasCertificate(user: Context["user"]): boolean {
  return Boolean(user?.fields["client-certificate"] ?? user?.fields["client-certificate-data"]);
}

/** The server's URL; one without a scheme is https if any TLS setting is given, as in client-go, else http. */
function serverOf(server: string, { where, tls }: { where: string; tls: boolean }): URL {
  const url = URL.parse(server.includes("://") ? server : `${tls ? "https" : "http"}://${server}`);
  if (!url || !["http:", "https:"].includes(url.protocol))
    throw new Error(`${where} is '${server}': it must be a URL, by https or http`);
  if (url.username || url.password)
    throw new Error(`${where} holds a user: write it as username and password of the kubeconfig's user`);
  if (url.search || url.hash) throw new Error(`${where} is '${server}': a query or a fragment can't be part of it`);
  return url;
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]" || /^127\./.test(hostname);
}

function proxyOf(proxy: string, where: string): string {
  const url = URL.parse(proxy);
  if (!url || !["http:", "https:", "socks5:"].includes(url.protocol) || !url.hostname)
    throw new Error(`${where} must be a URL by http, https or socks5`);
  return proxy;
}
