// One context of a kubeconfig with its cluster and its user, checked.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { isDnsLabel } from "@agentic/api/names.ts";
import { checkedFields } from "./check.ts";
import type { Entry, Kubeconfig } from "./read.ts";

/** Fields of a cluster; an absent one has no value. */
export interface ClusterFields {
  server: string;
  "tls-server-name"?: string;
  "insecure-skip-tls-verify"?: boolean;
  "certificate-authority"?: string;
  "certificate-authority-data"?: string;
  "proxy-url"?: string;
  "disable-compression"?: boolean;
  extensions?: unknown;
}

/** Fields of a credential plugin. */
export interface ExecFields {
  apiVersion: string;
  command: string;
  args?: string[];
  env?: { name: string; value: string }[];
  installHint?: string;
  provideClusterInfo?: boolean;
  interactiveMode: "Never" | "IfAvailable" | "Always";
}

/** Fields of a user. */
export interface UserFields {
  "client-certificate"?: string;
  "client-certificate-data"?: string;
  "client-key"?: string;
  "client-key-data"?: string;
  token?: string;
  tokenFile?: string;
  as?: string;
  "as-uid"?: string;
  "as-groups"?: string[];
  "as-user-extra"?: Record<string, string[]>;
  username?: string;
  password?: string;
  exec?: ExecFields;
}

/** A cluster or a user, and where in which kubeconfig it stands. */
export interface Part<T> {
  name: string;
  fields: T;
  /** Path in its kubeconfig, for messages. */
  where: string;
  /** Folder that relative paths start from. */
  folder: string;
}

export interface Context {
  name: string;
  namespace?: string;
  cluster: Part<ClusterFields>;
  /** undefined if the context names no user. */
  user: Part<UserFields> | undefined;
}

/**
 * The context of that name, or the current one; with the cluster of the kubeconfig that `clusterName` names instead of its own. Throws
 * if the context, its cluster or its user is missing, or one of their fields has the wrong type, is unknown or isn't supported.
 */
export function contextOf(config: Kubeconfig, name = "", clusterName = ""): Context {
  const contextName = name || config.currentContext;
  const entry = config.contexts.get(contextName);
  if (!entry) {
    const names = [...config.contexts.keys()].join(", ") || "none";
    if (!contextName)
      throw new Error(`${config.where} has no current-context, and no context is named: there are ${names}`);
    throw new Error(`${config.where} has no context '${contextName}': there are ${names}`);
  }
  const context = checkedFields("context", entry.fields, entry.where) as {
    cluster?: string;
    user?: string;
    namespace?: string;
  };
  const { namespace } = context;
  if (!clusterName && !context.cluster) throw new Error(`${entry.where}.cluster is missing`);
  if (namespace !== undefined && !isDnsLabel(namespace))
    throw new Error(`${entry.where}.namespace '${namespace}' is not a valid name of a namespace`);
  const cluster = clusterName
    ? partOf(config.clusters, clusterName, "the cluster to use")
    : partOf(config.clusters, context.cluster ?? "", `${entry.where}.cluster`);
  return {
    name: contextName,
    ...(namespace ? { namespace } : {}),
    cluster: { ...cluster, fields: clusterFields(cluster) },
    user: context.user ? userPart(partOf(config.users, context.user, `${entry.where}.user`)) : undefined,
  };
}

function partOf(entries: ReadonlyMap<string, Entry>, name: string, at: string): Part<unknown> {
  const entry = entries.get(name);
  if (entry) return { ...entry, name };
  const names = [...entries.keys()].join(", ") || "none";
  throw new Error(`${at} is '${name}', which the kubeconfig doesn't have: there are ${names}`);
}

function clusterFields({ fields, where }: Part<unknown>): ClusterFields {
  const cluster = checkedFields("cluster", fields, where) as Partial<ClusterFields>;
  const { server } = cluster;
  if (!server) throw new Error(`${where}.server is missing`);
  refuseBoth(cluster, ["certificate-authority", "certificate-authority-data"], where);
  if (cluster["insecure-skip-tls-verify"])
    for (const name of ["certificate-authority", "certificate-authority-data"] as const)
      if (cluster[name]) throw new Error(`${where}: insecure-skip-tls-verify and ${name} exclude each other`);
  return { ...cluster, server };
}

function userPart(part: Part<unknown>): Part<UserFields> {
  const { where } = part;
  const user = checkedFields("user", part.fields, where) as Omit<UserFields, "exec"> & { exec?: unknown };
  refuseBoth(user, ["client-certificate", "client-certificate-data"], where);
  refuseBoth(user, ["client-key", "client-key-data"], where);
  const [certificate, key] = ["client-certificate", "client-key"].map((name) =>
    [name, `${name}-data`].some((field) => field in user),
  );
  if (certificate !== key)
    throw new Error(
      `${where}: ${certificate ? "client-key" : "client-certificate"} is missing: a client certificate needs both`,
    );
  if ((user.token || user.tokenFile) && (user.username || user.password))
    throw new Error(`${where}: a token and a username exclude each other`);
  if (!user.as)
    for (const name of ["as-uid", "as-groups", "as-user-extra"] as const)
      if (user[name]) throw new Error(`${where}.${name} needs 'as', the user to impersonate`);
  const { exec, ...others } = user;
  return { ...part, fields: { ...others, ...(exec ? { exec: execFields(exec, `${where}.exec`) } : {}) } };
}

const execApiGroup = "client.authentication.k8s.io";

function execFields(value: unknown, where: string): ExecFields {
  const exec = checkedFields("exec", value, where) as Partial<Record<keyof ExecFields, unknown>>;
  const { command, apiVersion, env = [] } = exec;
  if (!command) throw new Error(`${where}.command is missing`);
  if (apiVersion !== `${execApiGroup}/v1` && apiVersion !== `${execApiGroup}/v1beta1`)
    throw new Error(
      `${where}.apiVersion is ${apiVersion ? `'${apiVersion}'` : "missing"}: it must be ${execApiGroup}/v1 or ${execApiGroup}/v1beta1`,
    );
  const interactiveMode =
    exec.interactiveMode ?? (apiVersion === `${execApiGroup}/v1beta1` ? "IfAvailable" : undefined);
  if (!["Never", "IfAvailable", "Always"].includes(interactiveMode as string))
    throw new Error(
      `${where}.interactiveMode is ${interactiveMode ? `'${interactiveMode}'` : "missing"}: it must be Never, IfAvailable or Always`,
    );
  for (const [i, variable] of (Array.isArray(env) ? env : [undefined]).entries()) {
    const { name, value: text = "" } = (variable ?? {}) as { name?: unknown; value?: unknown };
    if (typeof name !== "string" || name === "" || typeof (text ?? "") !== "string")
      throw new Error(`${where}.env[${i}] must have a name and a value, both texts (in quotes)`);
  }
  return { ...(exec as object), apiVersion, interactiveMode } as ExecFields;
}

function refuseBoth(fields: object, [first, second]: readonly [string, string], where: string): void {
  if (first in fields && second in fields) throw new Error(`${where}: ${first} and ${second} exclude each other`);
}

/** Absolute path of a file that a cluster or a user names. */
export function pathOf({ folder }: Part<unknown>, path: string): string {
  return resolve(folder, path);
}

/** The text of `<name>-data`, or of the file that `name` names; undefined if the kubeconfig has neither. */
export function textOf<T extends object>(part: Part<T>, name: string & keyof T): string | undefined {
  const data = (part.fields as Record<string, unknown>)[`${name}-data`];
  if (typeof data === "string") return Buffer.from(data, "base64").toString("utf8");
  const path = part.fields[name];
  if (typeof path !== "string") return undefined;
  return read(part, name, () => readFileSync(pathOf(part, path), "utf8"));
}

/** What `reading` returns; its error gets the field's path. */
export function read<R>(part: Part<unknown>, name: string, reading: () => R): R {
  try {
    return reading();
  } catch (error) {
    throw new Error(`${part.where}.${name}: ${(error as Error).message}`);
  }
}
