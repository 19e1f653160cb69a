// One context of a kubeconfig with its cluster and its user, checked.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { isDnsLabel } from "@agentic/api/names.ts";
import { checked } from "./check.ts";
import type { Entry, Kubeconfig } from "./read.ts";

/** Of a cluster; what is absent has no value. */
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

/** Of a credential plugin. */
export interface ExecFields {
  apiVersion: string;
  command: string;
  args?: string[];
  env?: { name: string; value: string }[];
  installHint?: string;
  provideClusterInfo?: boolean;
  interactiveMode: "Never" | "IfAvailable" | "Always";
}

/** Of a user. */
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

/** A cluster or a user with where it comes from. */
export interface Part<T> {
  name: string;
  fields: T;
  /** For messages. */
  where: string;
  /** Folder that relative paths start from. */
  folder: string;
}

export interface Context {
  name: string;
  namespace?: string;
  cluster: Part<ClusterFields>;
  /** undefined where the context names nobody. */
  user: Part<UserFields> | undefined;
}

/**
 * The context of that name, or the current one; with another cluster of the kubeconfig where one is named. Throws where it, its cluster or its user is missing, or a field of them is of the
 * wrong type, unknown, or can't be done.
 */
export function contextOf(config: Kubeconfig, name = "", clusterName = ""): Context {
  const wanted = name || config.currentContext;
  const entry = config.contexts.get(wanted);
  if (!entry) {
    const names = [...config.contexts.keys()].join(", ") || "none";
    if (!wanted) throw new Error(`${config.where} has no current-context, and no context is named: there are ${names}`);
    throw new Error(`${config.where} has no context '${wanted}': there are ${names}`);
  }
  const context = checked("context", entry.fields, entry.where) as {
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
    name: wanted,
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
  const cluster = checked("cluster", fields, where) as Partial<ClusterFields>;
  const { server } = cluster;
  if (!server) throw new Error(`${where}.server is missing`);
  oneOf(cluster, ["certificate-authority", "certificate-authority-data"], where);
  if (cluster["insecure-skip-tls-verify"])
    for (const name of ["certificate-authority", "certificate-authority-data"] as const)
      if (cluster[name]) throw new Error(`${where}: insecure-skip-tls-verify and ${name} exclude each other`);
  return { ...cluster, server };
}

function userPart(part: Part<unknown>): Part<UserFields> {
  const { where } = part;
  const user = checked("user", part.fields, where) as Omit<UserFields, "exec"> & { exec?: unknown };
  oneOf(user, ["client-certificate", "client-certificate-data"], where);
  oneOf(user, ["client-key", "client-key-data"], where);
  const [certificate, key] = ["client-certificate", "client-key"].map((name) =>
    [name, `${name}-data`].some((field) => field in user),
  );
  if (certificate !== key)
    throw new Error(
      `${where}: ${certificate ? "client-key" : "client-certificate"} is missing, for there is the other half`,
    );
  if ((user.token || user.tokenFile) && (user.username || user.password))
    throw new Error(`${where}: a token and a username exclude each other`);
  if (!user.as)
    for (const name of ["as-uid", "as-groups", "as-user-extra"] as const)
      if (user[name]) throw new Error(`${where}.${name} needs 'as': whose it is must be said`);
  const { exec, ...others } = user;
  return { ...part, fields: { ...others, ...(exec ? { exec: execFields(exec, `${where}.exec`) } : {}) } };
}

const group = "client.authentication.k8s.io";

function execFields(value: unknown, where: string): ExecFields {
  const exec = checked("exec", value, where) as Partial<Record<keyof ExecFields, unknown>>;
  const { command, apiVersion, env = [] } = exec;
  if (!command) throw new Error(`${where}.command is missing`);
  if (apiVersion !== `${group}/v1` && apiVersion !== `${group}/v1beta1`)
    throw new Error(
      `${where}.apiVersion is ${apiVersion ? `'${apiVersion}'` : "missing"}: it must be ${group}/v1 or ${group}/v1beta1`,
    );
  const interactiveMode = exec.interactiveMode ?? (apiVersion === `${group}/v1beta1` ? "IfAvailable" : undefined);
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

function oneOf(fields: object, [first, second]: readonly [string, string], where: string): void {
  if (first in fields && second in fields) throw new Error(`${where}: ${first} and ${second} exclude each other`);
}

/** Path of a file that a part names. */
export function pathOf({ folder }: Part<unknown>, path: string): string {
  return resolve(folder, path);
}

/** The text of `<name>-data`, or of the file that `name` is; undefined where there is neither. */
export function textOf<T extends object>(part: Part<T>, name: string & keyof T): string | undefined {
  const data = (part.fields as Record<string, unknown>)[`${name}-data`];
  if (typeof data === "string") return Buffer.from(data, "base64").toString("utf8");
  const path = part.fields[name];
  if (typeof path !== "string") return undefined;
  return read(part, name, () => readFileSync(pathOf(part, path), "utf8"));
}

/** What reads a field's file, with the field's path in its error. */
export function read<R>(part: Part<unknown>, name: string, reading: () => R): R {
  try {
    return reading();
  } catch (error) {
    throw new Error(`${part.where}.${name}: ${(error as Error).message}`);
  }
}
