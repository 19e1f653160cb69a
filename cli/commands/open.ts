// `agentic open`: the console in the browser, signed in with one's own rights.
import { readFileSync } from "node:fs";
import { CONSOLE_PAGES } from "@agentic/api/console-pages.ts";
import type { Command } from "commander";
import { print } from "../output.ts";
import { type Session, type SessionOptions, withSession } from "../session.ts";
import { examples } from "./options.ts";

interface OpenOptions extends SessionOptions {
  console?: string;
  consoleCa?: string;
  account?: string;
  print?: boolean;
}

/** How long somebody is signed in by a token that is made for it. */
const TOKEN_SECONDS = 8 * 3600;

export function addOpen(program: Command): void {
  const command = program
    .command("open")
    .argument("[workload]", "show this one; default the list")
    .description("open the console in the browser, signed in as the kubeconfig's user")
    .option("--console <url>", "where it is; default AGENTIC_CONSOLE")
    .option("--console-ca <file>", "the authority of its certificate; default AGENTIC_CONSOLE_CA, then the system's")
    .option("--account <name>", "sign in as this service account of the namespace, for which you may make tokens")
    .option("--print", "print the address, which works once and for a minute, and open nothing")
    .action((workload: string | undefined) => open(workload, command.optsWithGlobals()));
  examples(command, {
    "agentic open": "the workloads",
    "agentic open prices -n tenant-demo": "one workload",
    "agentic open -n tenant-demo --account tenant-user": "as the tenant's user, where the kubeconfig's has no token",
    "agentic open --print": "the address alone, for a browser elsewhere",
  });
}

async function open(workload: string | undefined, options: OpenOptions): Promise<void> {
  const url = options.console ?? process.env.AGENTIC_CONSOLE;
  if (!url)
    throw new Error(
      'it isn\'t known where the console is: give --console https://…, or set AGENTIC_CONSOLE (`eval "$(make -s env)"` does for the embedded node)',
    );
  const file = options.consoleCa ?? process.env.AGENTIC_CONSOLE_CA;
  const ca = file ? readFileSync(file, "utf8") : undefined;
  const { openBrowser, signedInPage } = await import("@agentic/kube/console/sign-in.ts");
  await withSession(options, async (session) => {
    const token = options.account ? await tokenFor(session, options.account) : await ownToken(session);
    const page = workload === undefined ? CONSOLE_PAGES.list : CONSOLE_PAGES.workload(session.namespace, workload);
    const address = await signedInPage({ url, ca }, token, page);
    if (options.print || !(await openBrowser(address))) print(address);
  });
}

async function ownToken({ connection }: Session): Promise<string> {
  const { authorization = "" } = (await connection.credentials?.()) ?? {};
  const [, token] = /^Bearer (.+)$/.exec(authorization) ?? [];
  if (!token)
    throw new Error(
      "the kubeconfig's user has no token, by which people act in the console: name another one (--kubeconfig, --context), or an account that you may make tokens for (--account tenant-user)",
    );
  return token;
}

async function tokenFor({ client, namespace }: Session, account: string): Promise<string> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(account)}/token`;
  const { status } = await client.create<{ status: { token: string } }>(path, {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: { expirationSeconds: TOKEN_SECONDS },
  });
  return status.token;
}
