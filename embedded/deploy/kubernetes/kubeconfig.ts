// Reads a kubeconfig: where the API server is and how to be somebody there.
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { parse } from "yaml";

/** What a connection needs. */
export interface Connection {
  server: string;
  ca?: Buffer;
  cert?: Buffer;
  key?: Buffer;
  serverName?: string;
  insecure: boolean;
  /** Value of the Authorization header; asked for each time, since tokens expire. */
  authorization?: () => Promise<string | undefined>;
}

interface Entry<T extends string, B> {
  name: string;
  value?: never;
  body?: Record<T, B>;
}

type Fields = Record<string, unknown>;
interface Kubeconfig {
  "current-context"?: string;
  contexts?: (Entry<"context", Fields> & { context?: { cluster?: string; user?: string } })[];
  clusters?: (Entry<"cluster", Fields> & { cluster?: Fields })[];
  users?: (Entry<"user", Fields> & { user?: Fields })[];
}

/**
 * Finds the connection of a context. `kubeconfig` is a path or the content itself; "" means KUBECONFIG or
 * ~/.kube/config. Throws with the file's and the context's name where something is missing.
 */
export function connectionOf(kubeconfig: string, context = ""): Connection {
  const path = kubeconfig || process.env.KUBECONFIG || join(homedir(), ".kube", "config");
  const inline = path.includes("\n") || path.trimStart().startsWith("{");
  if (!inline && !existsSync(path)) throw new Error(`kubeconfig ${path} does not exist: is the cluster up?`);
  const where = inline ? "kubeconfig" : `kubeconfig ${path}`;
  const config = parse(inline ? path : readFileSync(path, "utf8")) as Kubeconfig | null;
  const wanted = context || config?.["current-context"];
  const found = config?.contexts?.find(({ name }) => name === wanted)?.context;
  if (!found) {
    const names = config?.contexts?.map(({ name }) => name).join(", ") || "none";
    throw new Error(`${where} has no context '${wanted ?? ""}': it has ${names}`);
  }
  const cluster = config?.clusters?.find(({ name }) => name === found.cluster)?.cluster;
  const user = config?.users?.find(({ name }) => name === found.user)?.user ?? {};
  if (typeof cluster?.server !== "string") throw new Error(`${where}: cluster '${found.cluster}' has no server`);
  const folder = inline ? process.cwd() : dirname(path);
  const bytes = (fields: Fields, name: string): Buffer | undefined => {
    const data = fields[`${name}-data`];
    if (typeof data === "string") return Buffer.from(data, "base64");
    const file = fields[name];
    return typeof file === "string" ? readFileSync(isAbsolute(file) ? file : join(folder, file)) : undefined;
  };
  return {
    server: cluster.server.replace(/\/$/, ""),
    ca: bytes(cluster, "certificate-authority"),
    serverName: cluster["tls-server-name"] as string | undefined,
    insecure: cluster["insecure-skip-tls-verify"] === true,
    cert: bytes(user, "client-certificate"),
    key: bytes(user, "client-key"),
    authorization: authorizationOf(user, inline ? path : readFileSync(path, "utf8"), wanted ?? ""),
  };
}

function authorizationOf(user: Fields, content: string, context: string): Connection["authorization"] {
  if (typeof user.token === "string") return async () => `Bearer ${user.token}`;
  if (typeof user.tokenFile === "string")
    return async () => `Bearer ${readFileSync(String(user.tokenFile), "utf8").trim()}`;
  if (typeof user.username === "string")
    return async () => `Basic ${Buffer.from(`${user.username}:${user.password ?? ""}`).toString("base64")}`;
  if (!user.exec && !user["auth-provider"]) return undefined;
  // Credential plugins are the client library's business; it is slow to load, so only who needs it does.
  return async () => {
    const { KubeConfig } = await import("@kubernetes/client-node");
    const config = new KubeConfig();
    config.loadFromString(content);
    config.setCurrentContext(context);
    const options = { headers: {} as Record<string, string> };
    await config.applyToHTTPSOptions(options as never);
    return options.headers.Authorization;
  };
}
