// `agentic resubmit`: a workload again, as a new one with a run of its own.
import { createWorkload, sameAgain } from "@agentic/kube/workloads/create.ts";
import { whoami } from "@agentic/kube/workloads/whoami.ts";
import type { Command } from "commander";
import { print, yamlOf } from "../output.ts";
import { getWorkload, type SessionOptions, withSession } from "../session.ts";
import { waitForEnd } from "./end.ts";
import { examples } from "./options.ts";
import { addSpecFlags, changesOf, type SpecFlags } from "./spec-flags.ts";

interface ResubmitOptions extends SessionOptions, SpecFlags {
  as?: string;
  dryRun?: boolean;
  wait?: boolean;
}

export function addResubmit(program: Command): void {
  const command = program
    .command("resubmit")
    .argument("<name>", "name of the workload to run again")
    .description("submit a workload again under a new name, perhaps with changes")
    .option("--as <name>", "the new name; default: the old one and five characters");
  addSpecFlags(command, { template: "the same", model: "the same" })
    .option("--dry-run", "show what would be made, as the API server completes it, and make nothing")
    .option("--wait", "wait for its end; the exit code is its verdict")
    .action((name: string) => resubmit(name, command.optsWithGlobals()));
  examples(command, {
    "agentic resubmit prices": "the same once more",
    "agentic resubmit prices --as prices-large --model large --wait": "with another model, until its end",
    "agentic resubmit prices -p depth=3 -p region=eu --dry-run": "what it would be with other parameters",
  });
}

async function resubmit(name: string, options: ResubmitOptions): Promise<void> {
  await withSession(options, async (session) => {
    const { client, namespace } = session;
    const before = await getWorkload(session, name);
    const again = sameAgain(before, { name: options.as, changes: changesOf(options, before.spec) });
    const { username: me } = await whoami(client);
    if (options.dryRun) {
      print(`---\n${await yamlOf(await createWorkload(client, again, { me, namespace, dryRun: true }))}`);
      return;
    }
    const { metadata } = await createWorkload(client, again, { me, namespace });
    print(`${metadata.name}: submitted by ${me}`);
    if (options.wait) await waitForEnd(session, metadata.name, undefined);
  });
}
