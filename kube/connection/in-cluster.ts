// The connection of a pod, with the credentials of its service account.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Connection, Credentials } from "./connection.ts";
import { RenewedFile } from "./renewed-file.ts";

/** Where kubelet mounts a pod's account. */
export const accountFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Whether the process runs in a pod, as its environment says. */
export function isInCluster(env: NodeJS.ProcessEnv): boolean {
  return Boolean(env.KUBERNETES_SERVICE_HOST);
}

/** The connection of the pod's service account. Throws outside of a pod, and if no account is mounted. */
export function inCluster(env: NodeJS.ProcessEnv = process.env, folder: string = accountFolder): Connection {
  const host = env.KUBERNETES_SERVICE_HOST;
  if (!host) throw new Error("KUBERNETES_SERVICE_HOST is not set: this is not a pod of a cluster");
  const server = `https://${host.includes(":") ? `[${host}]` : host}:${env.KUBERNETES_SERVICE_PORT || "443"}`;
  const namespace = join(folder, "namespace");
  return {
    server,
    ca: readFileSync(join(folder, "ca.crt"), "utf8"),
    credentials: fromTokenFile(new RenewedFile(join(folder, "token"))),
    ...(existsSync(namespace) ? { namespace: readFileSync(namespace, "utf8").trim() } : {}),
  };
}

/** Credentials from a token file that is renewed in place. */
function fromTokenFile(file: RenewedFile): NonNullable<Connection["credentials"]> {
  let last: Credentials = {};
  return async (rejected) => {
    const authorization = `Bearer ${await file.current(rejected === last)}`;
    if (authorization !== last.authorization) last = { authorization };
    return last;
  };
}
