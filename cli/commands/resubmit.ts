// `agentic resubmit`: a workload again, as a new one with a run of its own.
import { createWorkload, sameAgain } from "@agentic/kube/workloads/create.ts";
import { whoami } from "@agentic/kube/workloads/whoami.ts";
import type { Command } from "commander";
import { print } from "../output.ts";
import { getWorkload, type SessionOptions, withSession } from "../session.ts";
import { waitForEnd } from "./end.ts";
import { examples } from "./options.ts";

interface ResubmitOptions extends SessionOptions {
  as?: string;
  model?: string;
  wait?: boolean;
}

export function addResubmit(program: Command): void {
  const command = program
    .command("resubmit")
    .argument("<name>", "name of the workload to run again")
    .description("submit a workload again under a new name, perhaps with another model")
    .option("--as <name>", "the new name; default: the old one and five characters")
    .option("--model <name>", "the model to take instead")
    .option("--wait", "wait for its end; the exit code is its verdict")
    .action((name: string) => resubmit(name, command.optsWithGlobals()));
  examples(command, {
    "agentic resubmit prices": "the same once more",
    "agentic resubmit prices --as prices-large --model large --wait": "with another model, until its end",
  });
}

async function resubmit(name: string, options: ResubmitOptions): Promise<void> {
  await withSession(options, async (session) => {
    const { client, namespace } = session;
    const again = sameAgain(await getWorkload(session, name), {
      name: options.as,
      changes: options.model ? { model: options.model } : {},
    });
    const { username: me } = await whoami(client);
    const { metadata } = await createWorkload(client, again, { me, namespace });
    print(`${metadata.name}: submitted by ${me}`);
    if (options.wait) await waitForEnd(session, metadata.name, undefined);
  });
}
