// Where the API server is and who the operator is to it: the pod's service account, else a kubeconfig.
import { readFile } from "node:fs/promises";

export interface Connection {
  url: string;
  ca?: string;
  cert?: string;
  key?: string;
  /** Skip the server's certificate check; only if a kubeconfig says so. */
  insecure?: boolean;
  token?: () => Promise<string | undefined>;
}

const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
/** A projected token lives an hour and is renewed by kubelet in place, so it is read anew. */
const TOKEN_TTL_MS = 60_000;

/**
 * The pod's service account if `KUBERNETES_SERVICE_HOST` is set and no `KUBECONFIG`, else the kubeconfig that
 * kubectl would take. Only the latter loads client-node, whose 60 MB a pod is spared.
 */
export async function connect(env: NodeJS.ProcessEnv = process.env, dir = SERVICE_ACCOUNT): Promise<Connection> {
  const host = env.KUBERNETES_SERVICE_HOST;
  if (host && !env.KUBECONFIG) {
    const url = `https://${host.includes(":") ? `[${host}]` : host}:${env.KUBERNETES_SERVICE_PORT ?? 443}`;
    return { url, ca: await readFile(`${dir}/ca.crt`, "utf8"), token: fileToken(`${dir}/token`) };
  }
  return kubeconfig(env);
}

/** The token in a file, read again once it is older than a minute. */
export function fileToken(path: string, now: () => number = Date.now): () => Promise<string> {
  let token = "";
  let readAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (now() - readAt > TOKEN_TTL_MS) {
      token = (await readFile(path, "utf8")).trim();
      readAt = now();
    }
    return token;
  };
}

async function kubeconfig(env: NodeJS.ProcessEnv): Promise<Connection> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  if (env.KUBECONFIG) config.loadFromFile(env.KUBECONFIG);
  else config.loadFromDefault();
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error("No cluster to talk to: set KUBECONFIG, or run in a pod with a service account");
  const options: { ca?: string; cert?: string; key?: string; headers?: Record<string, string> } = {};
  await config.applyToHTTPSOptions(options as Parameters<typeof config.applyToHTTPSOptions>[0]);
  return {
    url: cluster.server,
    ca: text(options.ca),
    cert: text(options.cert),
    key: text(options.key),
    insecure: cluster.skipTLSVerify,
    token: async () => {
      const fresh: { headers?: Record<string, string> } = {};
      await config.applyToHTTPSOptions(fresh as Parameters<typeof config.applyToHTTPSOptions>[0]);
      return fresh.headers?.Authorization?.replace(/^Bearer /, "");
    },
  };
}

function text(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : String(value);
}
