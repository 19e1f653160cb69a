// One question to a cluster's API server, as a kubeconfig's only context says how to ask it.
import { execFile } from "node:child_process";
import { request as requestInClear } from "node:http";
import { request as requestByTls } from "node:https";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** The API server didn't give what was asked for. */
export class ApiError extends Error {}

interface User {
  token?: string;
  username?: string;
  password?: string;
  "client-certificate-data"?: string;
  "client-key-data"?: string;
  exec?: { command: string; args?: string[]; env?: { name: string; value: string }[]; apiVersion: string };
  "auth-provider"?: object;
}

interface Kubeconfig {
  clusters: [
    {
      cluster: {
        server: string;
        "certificate-authority-data"?: string;
        "insecure-skip-tls-verify"?: boolean;
        "tls-server-name"?: string;
        "proxy-url"?: string;
      };
    },
  ];
  users: [{ user: User }];
}

interface Credentials {
  token?: string;
  clientCertificateData?: string;
  clientKeyData?: string;
}

/** Milliseconds until a server that says nothing is taken for gone. */
const patience = 5_000;

/**
 * The parsed answer to a GET.
 *
 * @param kubeconfig content with one context, as `selfContained` gives it
 * @throws ApiError where there is no answer, or another one than 200
 */
export async function getFromCluster(kubeconfig: string, path: string): Promise<unknown> {
  const config = JSON.parse(kubeconfig || "{}") as Partial<Kubeconfig>;
  const cluster = config.clusters?.[0]?.cluster;
  const user = config.users?.[0]?.user;
  if (!cluster || !user) throw new ApiError("the context lacks a cluster or a user");
  if (cluster["proxy-url"]) throw new ApiError("it is reached by a proxy (proxy-url), which isn't asked");
  const { token, clientCertificateData: cert, clientKeyData: key } = await credentials(user);
  const server = new URL(cluster.server);
  // kubectl proxy and its like speak HTTP on loopback.
  const request = server.protocol === "http:" ? requestInClear : requestByTls;
  const pem = (data: string | undefined) => data && Buffer.from(data, "base64");
  return await new Promise((resolve, reject) => {
    const fail = (error: Error) =>
      reject(new ApiError(`${cluster.server}: ${error.message || (error as NodeJS.ErrnoException).code}`));
    const ask = request(
      new URL(server.pathname.replace(/\/$/, "") + path, server),
      {
        ca: pem(cluster["certificate-authority-data"]),
        cert: cert ?? pem(user["client-certificate-data"]),
        key: key ?? pem(user["client-key-data"]),
        servername: cluster["tls-server-name"],
        rejectUnauthorized: cluster["insecure-skip-tls-verify"] !== true,
        timeout: patience,
        headers: { accept: "application/json", ...(token ? { authorization: token } : {}) },
      },
      (answer) => {
        const parts: Buffer[] = [];
        answer.on("data", (part: Buffer) => parts.push(part));
        answer.once("error", fail);
        answer.once("end", () => {
          const text = Buffer.concat(parts).toString();
          if (answer.statusCode !== 200) return fail(new Error(`it answers ${answer.statusCode} to GET ${path}`));
          try {
            resolve(JSON.parse(text));
          } catch {
            fail(new Error("its answer isn't JSON"));
          }
        });
      },
    );
    ask.once("timeout", () => ask.destroy(new Error(`no answer within ${patience / 1000} s`)));
    ask.once("error", fail);
    ask.end();
  });
}

/** What a user shows: a token as the header's value, or a certificate of a plugin. */
async function credentials(user: User): Promise<Credentials> {
  if (user.exec) return await fromPlugin(user.exec);
  if (user["auth-provider"]) throw new ApiError("its user has an auth-provider, which Kubernetes no longer knows");
  if (user.token) return { token: `Bearer ${user.token}` };
  if (user.username !== undefined)
    return { token: `Basic ${Buffer.from(`${user.username}:${user.password ?? ""}`).toString("base64")}` };
  return {};
}

/** Runs a credential plugin, such as GKE's (client.authentication.k8s.io). */
async function fromPlugin({
  command,
  args = [],
  env = [],
  apiVersion,
}: NonNullable<User["exec"]>): Promise<Credentials> {
  const info = { apiVersion, kind: "ExecCredential", spec: { interactive: false } };
  const variables = Object.fromEntries(env.map(({ name, value }) => [name, value]));
  try {
    const { stdout } = await execute(command, args, {
      env: { ...process.env, ...variables, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
      timeout: 30_000,
    });
    const { status = {} } = JSON.parse(stdout) as { status?: Credentials };
    return { ...status, ...(status.token ? { token: `Bearer ${status.token}` } : {}) };
  } catch (error) {
    throw new ApiError(`the credential plugin ${command} failed: ${(error as Error).message.split("\n")[0]}`);
  }
}
