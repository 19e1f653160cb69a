// `agentic list`: the workloads of a tenant, or of all, and what each waits for.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { PHASES } from "@agentic/api/phases.ts";
import { workloadsPath } from "@agentic/kube/workloads/paths.ts";
import { type Command, Option } from "commander";
import { type Format, print, printWorkloads } from "../output.ts";
import { type SessionOptions, withSession } from "../session.ts";
import { columns, namespaceColumn, templateOf } from "./columns.ts";
import { examples, outputOption } from "./options.ts";

interface ListOptions extends SessionOptions {
  output: Format;
  phase?: string;
  template?: string;
  waiting?: boolean;
}

/** Newest first. */
const byAge = (one: AgentWorkload, other: AgentWorkload): number =>
  (other.metadata.creationTimestamp ?? "").localeCompare(one.metadata.creationTimestamp ?? "");

export function addList(program: Command): void {
  const command = program
    .command("list")
    .alias("ls")
    .description("list workloads, the newest first, and what each waits for")
    .option("-A, --all-namespaces", "of all namespaces")
    .addOption(new Option("--phase <phase>", "only those in this phase").choices(PHASES))
    .option("--template <name>", "only those of this template")
    .option("--waiting", "only those that wait for a person's answer")
    .addOption(outputOption())
    .action(() => list(command.optsWithGlobals()));
  examples(command, {
    "agentic list -n tenant-demo": "what the tenant runs",
    "agentic list -A --waiting": "every gate that waits for an answer",
    "agentic list --phase Failed -o name": "names only, for scripts",
  });
}

async function list(options: ListOptions): Promise<void> {
  await withSession(options, async ({ client, namespace }) => {
    const all = await client.list<AgentWorkload>(workloadsPath(options.allNamespaces ? undefined : namespace));
    const phase = options.waiting ? "AwaitingApproval" : options.phase;
    const shown = all
      .filter((workload) => !phase || (workload.status?.phase ?? "Pending") === phase)
      .filter((workload) => !options.template || templateOf(workload) === options.template)
      .sort(byAge);
    if (shown.length === 0 && ["table", "wide"].includes(options.output)) {
      const where = options.allNamespaces ? "in any namespace" : `in namespace ${namespace}`;
      print(all.length === 0 ? `no workloads ${where}` : `none of ${all.length} workloads ${where} is such`);
      return;
    }
    await printWorkloads(shown, options.output, options.allNamespaces ? [namespaceColumn, ...columns] : columns);
  });
}
