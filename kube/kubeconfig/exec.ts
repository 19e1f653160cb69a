// Credential plugins (client.authentication.k8s.io): runs the program that a kubeconfig names and reads the credentials that it prints.
// Rules as in k8s.io/client-go/plugin/pkg/client/auth/exec/exec.go.
import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { parse } from "yaml";
import type { CredentialSource, Credentials } from "../connection/connection.ts";
import { isFields } from "./check.ts";
import { type ClusterFields, type Context, type ExecFields, type Part, textOf } from "./context.ts";

/** Milliseconds after which a plugin without a terminal counts as hung and is killed. */
const timeoutMs = 120_000;

/** Credentials by the plugin that gives them: one that asks a person runs once in a process, however many clients there are. */
const sources = new Map<string, CredentialSource>();

interface Plugin {
  exec: ExecFields;
  /** Path, or a name for PATH. */
  command: string;
  /** Path of `exec` in its kubeconfig, for messages. */
  where: string;
  /** The cluster's data, if `provideClusterInfo` asks for it. */
  cluster?: object;
}

/** The credentials of a user's plugin, which runs when they are first asked for, and again once they have expired or are refused. */
export function fromPlugin(
  exec: ExecFields,
  { where, folder }: Part<unknown>,
  cluster: Context["cluster"],
): CredentialSource {
  const plugin: Plugin = {
    exec,
    where: `${where}.exec`,
    command: exec.command.includes("/") ? resolve(folder, exec.command) : exec.command,
    ...(exec.provideClusterInfo ? { cluster: clusterInfo(cluster) } : {}),
  };
  const key = JSON.stringify(plugin);
  const source = sources.get(key) ?? cachedCredentials(() => run(plugin));
  sources.set(key, source);
  return source;
}

interface ExpiringCredentials {
  credentials: Credentials;
  /** Milliseconds since 1970; undefined if they never expire. */
  expires: number | undefined;
}

/** Calls `get` for the first credentials and whenever they have expired or were rejected, once for all who wait. */
export function cachedCredentials(
  get: () => Promise<ExpiringCredentials>,
  now: () => number = Date.now,
): CredentialSource {
  let last: ExpiringCredentials | undefined;
  let getting: Promise<ExpiringCredentials> | undefined;
  return async (rejected) => {
    const expired = last?.expires !== undefined && now() > last.expires;
    if (last && !expired && last.credentials !== rejected) return last.credentials;
    getting ??= get().finally(() => {
      getting = undefined;
    });
    last = await getting;
    return last.credentials;
  };
}

function clusterInfo(cluster: Part<ClusterFields>): object {
  const { fields } = cluster;
  const ca = textOf(cluster, "certificate-authority");
  const extensions = (Array.isArray(fields.extensions) ? fields.extensions : []) as {
    name?: string;
    extension?: unknown;
  }[];
  const config = extensions.find(({ name }) => name === "client.authentication.k8s.io/exec")?.extension;
  return {
    server: fields.server,
    ...pick(fields, ["tls-server-name", "insecure-skip-tls-verify", "proxy-url", "disable-compression"]),
    ...(ca === undefined ? {} : { "certificate-authority-data": Buffer.from(ca).toString("base64") }),
    ...(config === undefined ? {} : { config }),
  };
}

function pick(fields: ClusterFields, names: readonly (keyof ClusterFields)[]): object {
  return Object.fromEntries(names.flatMap((name) => (fields[name] === undefined ? [] : [[name, fields[name]]])));
}

async function run(plugin: Plugin): Promise<ExpiringCredentials> {
  const { exec, command, where, cluster } = plugin;
  const hasTerminal = process.stdin.isTTY === true;
  if (exec.interactiveMode === "Always" && !hasTerminal)
    throw new Error(`${where}: ${command} needs a terminal (interactiveMode: Always), and there is none`);
  const interactive = hasTerminal && exec.interactiveMode !== "Never";
  const info = {
    kind: "ExecCredential",
    apiVersion: exec.apiVersion,
    spec: { ...(cluster ? { cluster } : {}), interactive },
  };
  const stdout = await output(plugin, interactive, {
    ...process.env,
    ...Object.fromEntries((exec.env ?? []).map(({ name, value }) => [name, value ?? ""])),
    KUBERNETES_EXEC_INFO: JSON.stringify(info),
  });
  try {
    return credentialOf(stdout, exec.apiVersion);
  } catch (error) {
    throw new Error(`${where}: ${command} ${(error as Error).message}`);
  }
}

/** What the plugin prints. An interactive one gets the terminal; of another the end of stderr is part of the error. */
async function output({ exec, command, where }: Plugin, interactive: boolean, env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn(command, exec.args ?? [], {
    env,
    stdio: interactive ? ["inherit", "pipe", "inherit"] : ["ignore", "pipe", "pipe"],
    ...(interactive ? {} : { timeout: timeoutMs, killSignal: "SIGKILL" }),
  });
  const chunks: Buffer[] = [];
  let errorOutput = "";
  child.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => {
    errorOutput = (errorOutput + chunk.toString("utf8")).slice(-2000);
  });
  return await new Promise((done, fail) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: terminals' codes begin with one
      const hint = exec.installHint ? `: ${exec.installHint.replace(/\u001b\[[0-9;]*[A-Za-z]/g, "").trim()}` : "";
      const why = error.code === "ENOENT" ? `is not installed${hint}` : `can't be run: ${error.message}`;
      fail(new Error(`${where}: the credential plugin ${command} ${why}`));
    });
    child.once("close", (code, signal) => {
      if (code === 0) return done(Buffer.concat(chunks).toString("utf8"));
      const how = signal
        ? `was ended by ${signal} (it may take ${timeoutMs / 1000} s)`
        : `failed with exit code ${code}`;
      fail(
        new Error(
          `${where}: the credential plugin ${command} ${how}${errorOutput.trim() && `: ${errorOutput.trim()}`}`,
        ),
      );
    });
  });
}

/** The credentials of an ExecCredential. The message of an error continues a sentence that begins with the plugin's name. */
export function credentialOf(text: string, apiVersion: string): ExpiringCredentials {
  let answer: unknown;
  try {
    answer = parse(text);
  } catch {
    answer = undefined;
  }
  if (!isFields(answer) || answer.kind !== "ExecCredential")
    throw new Error("printed something else than an ExecCredential");
  if (answer.apiVersion !== apiVersion)
    throw new Error(`printed an ExecCredential of ${String(answer.apiVersion)}, and the kubeconfig says ${apiVersion}`);
  if (!isFields(answer.status)) throw new Error("printed an ExecCredential without a status");
  const {
    token,
    clientCertificateData: cert,
    clientKeyData: key,
    expirationTimestamp,
  } = answer.status as Record<string, string | undefined>;
  if (!token && !cert && !key) throw new Error("gave neither a token nor a certificate");
  if (!cert !== !key) throw new Error(`gave a certificate's ${cert ? "text without its key" : "key without its text"}`);
  const expires = expirationTimestamp ? Date.parse(expirationTimestamp) : undefined;
  if (Number.isNaN(expires)) throw new Error(`gave an expirationTimestamp that is not a time: ${expirationTimestamp}`);
  return {
    credentials: {
      ...(token ? { authorization: `Bearer ${token.trim()}` } : {}),
      ...(cert && key ? { cert, key } : {}),
    },
    expires,
  };
}
