// Where the API server is and how to speak for ourselves there: in a cluster, or by the kubeconfig that kubectl takes.
import { readFile } from "node:fs/promises";

export interface Connection {
  url: string;
  ca?: string;
  cert?: string;
  key?: string;
  insecure: boolean;
  /** The bearer token of the moment, if it is by a token that we authenticate. */
  token(): Promise<string | undefined>;
}

const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
/** A mounted token is renewed in place, long before it expires. */
const TOKEN_AGE_MS = 60_000;

function tokenFile(path: string): () => Promise<string> {
  let token = "";
  let readAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (performance.now() - readAt > TOKEN_AGE_MS) {
      token = (await readFile(path, "utf8")).trim();
      readAt = performance.now();
    }
    return token;
  };
}

async function fromKubeconfig(env: NodeJS.ProcessEnv): Promise<Connection> {
  // Only here is client-node loaded: a pod is spared its 60 MB.
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  if (env.KUBECONFIG) config.loadFromFile(env.KUBECONFIG);
  else config.loadFromDefault();
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error("no cluster to talk to: set KUBECONFIG, or run in a pod with a service account");
  type Options = Parameters<typeof config.applyToHTTPSOptions>[0];
  const options: Options = {};
  await config.applyToHTTPSOptions(options);
  const text = (value: unknown) => (value === undefined || value === null ? {} : { value: String(value) });
  const ca = text(options.ca).value;
  const cert = text(options.cert).value;
  const key = text(options.key).value;
  return {
    url: cluster.server,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    insecure: cluster.skipTLSVerify ?? false,
    token: async () => {
      if (cert !== undefined) return undefined;
      const fresh: Options = {};
      await config.applyToHTTPSOptions(fresh);
      const header = (fresh.headers as Record<string, string> | undefined)?.Authorization;
      return header?.replace(/^Bearer /, "");
    },
  };
}

/** Throws when there is no cluster to talk to. */
export async function connect(env: NodeJS.ProcessEnv = process.env, account = ACCOUNT): Promise<Connection> {
  const host = env.KUBERNETES_SERVICE_HOST;
  if (!host || env.KUBECONFIG) return fromKubeconfig(env);
  return {
    url: `https://${host.includes(":") ? `[${host}]` : host}:${env.KUBERNETES_SERVICE_PORT ?? "443"}`,
    ca: await readFile(`${account}/ca.crt`, "utf8"),
    insecure: false,
    token: tokenFile(`${account}/token`),
  };
}
