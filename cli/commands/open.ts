// `agentic open`: the console in the browser, signed in with one's own rights.
import { CONSOLE_PAGES } from "@agentic/api/console-pages.ts";
import type { Command } from "commander";
import { addConsoleOptions, type ConsoleOptions, consoleOf, tokenOf } from "../console.ts";
import { print } from "../output.ts";
import { withSession } from "../session.ts";
import { examples } from "./options.ts";

interface OpenOptions extends ConsoleOptions {
  print?: boolean;
}

/** How long somebody is signed in by a token that is made for it. */
const TOKEN_SECONDS = 8 * 3600;

export function addOpen(program: Command): void {
  const command = addConsoleOptions(
    program
      .command("open")
      .argument("[workload]", "show this one; default the list")
      .description("open the console in the browser, signed in as the kubeconfig's user"),
  )
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
  const console = consoleOf(options);
  const { openBrowser, signedInPage } = await import("@agentic/kube/console/sign-in.ts");
  await withSession(options, async (session) => {
    const token = await tokenOf(session, options.account, TOKEN_SECONDS);
    const page = workload === undefined ? CONSOLE_PAGES.list : CONSOLE_PAGES.workload(session.namespace, workload);
    const address = await signedInPage(console, token, page);
    if (options.print || !(await openBrowser(address))) print(address);
  });
}
