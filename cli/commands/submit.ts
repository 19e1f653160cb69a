// `agentic submit`: makes AgentWorkloads, from files or from flags, in the submitter's own name.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { AGENT_WORKLOAD, API_GROUP_VERSION } from "@agentic/api/names.ts";
import { createWorkload } from "@agentic/kube/workloads/create.ts";
import { whoami } from "@agentic/kube/workloads/whoami.ts";
import type { Command } from "commander";
import { documentsOf } from "../documents.ts";
import { print, yamlOf } from "../output.ts";
import { type SessionOptions, withSession } from "../session.ts";
import { waitForEnd } from "./end.ts";
import { examples, timeoutOption } from "./options.ts";
import { addSpecFlags, changesOf, givenFlags, type SpecFlags } from "./spec-flags.ts";
import { watchToEnd } from "./watch.ts";

interface SubmitOptions extends SessionOptions, SpecFlags {
  file?: string[];
  dryRun?: boolean;
  wait?: boolean;
  watch?: boolean;
  timeout?: number;
}

export function addSubmit(program: Command): void {
  const command = program
    .command("submit")
    .argument("[name]", "name of the workload made from flags")
    .description("submit a workload that flags describe, or those of files")
    .option("-f, --file <path...>", "YAML or JSON files with AgentWorkloads; - is standard input");
  addSpecFlags(command, { template: "the platform's", model: "the tenant's" })
    .option("--dry-run", "show what would be made, as the API server completes it, and make nothing")
    .option("--wait", "wait for its end; the exit code is its verdict")
    .option("--watch", "the same, with its steps drawn meanwhile")
    .addOption(timeoutOption())
    .action((name: string | undefined) => submit(name, command.optsWithGlobals()));
  examples(command, {
    'agentic submit prices --objective "compare prices" --url https://example.com/': "from flags",
    "agentic submit -f prices.yaml --wait": "from a file; ends with the workload's verdict",
    "agentic submit deep --objective x --url https://example.com/ -p depth=2": "with a parameter of the template",
    "agentic submit -f prices.yaml --dry-run": "what the API server says of it",
  });
}

async function submit(name: string | undefined, options: SubmitOptions): Promise<void> {
  const given = options.file ? await fromFiles(name, options) : [fromFlags(name, options)];
  await withSession(options, async (session) => {
    const { client, namespace } = session;
    const { username: me } = await whoami(client);
    // All are tried before one is made, so that a mistake in the last leaves none behind.
    for (const workload of given) await createWorkload(client, workload, { me, namespace, dryRun: true });
    if (options.dryRun) {
      for (const workload of given)
        print(`---\n${await yamlOf(await createWorkload(client, workload, { me, namespace, dryRun: true }))}`);
      return;
    }
    const made: AgentWorkload[] = [];
    for (const workload of given) {
      made.push(await createWorkload(client, workload, { me, namespace }));
      print(`${workload.metadata.name}: submitted by ${me}`);
    }
    for (const { metadata } of made) {
      const theirs = { ...session, namespace: metadata.namespace ?? "" };
      if (options.watch) await watchToEnd(theirs, metadata.name);
      else if (options.wait) await waitForEnd(theirs, metadata.name, options.timeout);
    }
  });
}

function fromFlags(name: string | undefined, options: SubmitOptions): AgentWorkload {
  const { objective, url } = options;
  const missing = [...(name ? [] : ["a name"]), ...(objective ? [] : ["--objective"]), ...(url ? [] : ["--url"])];
  if (!name || !objective || !url) throw new Error(`without --file, submit needs ${missing.join(", ")}`);
  const spec = { ...changesOf(options), objective, targetUrls: url };
  return { apiVersion: API_GROUP_VERSION, kind: AGENT_WORKLOAD.kind, metadata: { name }, spec };
}

/** The workloads of all files; throws with the file and the document's number where one is something else. */
async function fromFiles(name: string | undefined, { file = [], ...flags }: SubmitOptions): Promise<AgentWorkload[]> {
  const extra = [...(name ? ["a name"] : []), ...givenFlags(flags)];
  if (extra.length > 0)
    throw new Error(`with --file, the workload is what the file says: leave out ${extra.join(", ")}`);
  const found = (await documentsOf(file)).map(({ where, value }) => checked(value, where));
  if (found.length === 0) throw new Error(`${file.join(", ")}: there is no AgentWorkload in it`);
  return found;
}

function checked(value: unknown, where: string): AgentWorkload {
  const { apiVersion, kind, metadata } = (typeof value === "object" ? value : {}) as Partial<AgentWorkload>;
  if (apiVersion !== API_GROUP_VERSION || kind !== AGENT_WORKLOAD.kind)
    throw new Error(
      `${where}: it is ${String(kind)} of ${String(apiVersion)}, not ${AGENT_WORKLOAD.kind} of ${API_GROUP_VERSION}`,
    );
  if (typeof metadata?.name !== "string") throw new Error(`${where}: metadata.name is missing`);
  return value as AgentWorkload;
}
