// The console, which gives a person what they may see and only it can read: artifacts in the object store.
import { readFileSync } from "node:fs";
import { ApiError } from "@agentic/kube/client/api-error.ts";
import type { Client } from "@agentic/kube/client/client.ts";
import type { Command } from "commander";
import { type Session, type SessionOptions, withSession } from "./session.ts";

export interface ConsoleOptions extends SessionOptions {
  console?: string;
  consoleCa?: string;
  account?: string;
}

/** How long a token lives that is made for one command. */
const TOKEN_SECONDS = 600;

/** Adds the options by which a command finds the console, and who asks it. */
export const addConsoleOptions = (command: Command): Command =>
  command
    .option("--console <url>", "where the console is; default AGENTIC_CONSOLE")
    .option("--console-ca <file>", "the authority of its certificate; default AGENTIC_CONSOLE_CA, then the system's")
    .option("--account <name>", "ask as this service account of the namespace, for which you may make tokens");

/** Where the console is, as far as anybody has said. */
export const consoleUrl = (options: ConsoleOptions): string | undefined =>
  options.console ?? (process.env.AGENTIC_CONSOLE || undefined);

/** Where the console is, and whose certificate it has. */
export function consoleOf(options: ConsoleOptions): { url: string; ca: string | undefined } {
  const url = consoleUrl(options);
  if (!url)
    throw new Error(
      'it isn\'t known where the console is: give --console https://…, or set AGENTIC_CONSOLE (`eval "$(make -s env)"` does for the embedded node)',
    );
  const file = options.consoleCa ?? process.env.AGENTIC_CONSOLE_CA;
  return { url, ca: file ? readFileSync(file, "utf8") : undefined };
}

/** Gives an action a client of the console, which asks with the person's own token, and the namespace. */
export async function withConsole<T>(
  options: ConsoleOptions,
  act: (console: Client, namespace: string) => Promise<T>,
): Promise<T> {
  const { url, ca } = consoleOf(options);
  return await withSession(options, async (session) => {
    const token = await tokenOf(session, options.account, TOKEN_SECONDS);
    const { Client } = await import("@agentic/kube/client/client.ts");
    const server = url.replace(/\/+$/, "");
    const client = new Client({
      server,
      ...(ca ? { ca } : {}),
      credentials: async () => ({ authorization: `Bearer ${token}` }),
    });
    try {
      return await act(client, session.namespace);
    } catch (error) {
      if (error instanceof ApiError || !(error instanceof Error) || !("code" in error || error.cause)) throw error;
      throw new Error(`the console at ${server} can't be reached: ${error.message}`, { cause: error });
    } finally {
      await client.destroy();
    }
  });
}

/** The token by which the console knows the person: that of an account, made to live so long, or the kubeconfig's own. */
export async function tokenOf(session: Session, account: string | undefined, seconds: number): Promise<string> {
  return account === undefined ? await ownToken(session) : await tokenFor(session, account, seconds);
}

async function ownToken({ connection }: Session): Promise<string> {
  const { authorization = "" } = (await connection.credentials?.()) ?? {};
  const [, token] = /^Bearer (.+)$/.exec(authorization) ?? [];
  if (!token)
    throw new Error(
      "the kubeconfig's user has no token, by which the console knows people: name another one (--kubeconfig, --context), or an account that you may make tokens for (--account tenant-user)",
    );
  return token;
}

async function tokenFor({ client, namespace }: Session, account: string, seconds: number): Promise<string> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(account)}/token`;
  const { status } = await client.create<{ status: { token: string } }>(path, {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: { expirationSeconds: seconds },
  });
  return status.token;
}
