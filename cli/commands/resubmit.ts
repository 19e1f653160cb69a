// `agentic resubmit`: a workload again, as a new one with a run of its own.
import { randomBytes } from "node:crypto";
import { AGENT_WORKLOAD, API_GROUP_VERSION } from "@agentic/api/names.ts";
import type { Command } from "commander";
import { print } from "../output.ts";
import { getWorkload, type SessionOptions, whoami, withSession } from "../session.ts";
import { createWorkload } from "./create.ts";
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
    const { spec } = await getWorkload(session, name);
    // A job id names artifacts, which the first run's are; and what was suspended is to run now.
    const { jobId: _, suspend: __, ...same } = spec;
    const metadata = { name: options.as ?? `${name.slice(0, 57)}-${randomBytes(3).toString("hex").slice(0, 5)}` };
    const me = await whoami(session.client);
    await createWorkload(
      session,
      {
        apiVersion: API_GROUP_VERSION,
        kind: AGENT_WORKLOAD.kind,
        metadata,
        spec: { ...same, ...(options.model ? { model: options.model } : {}) },
      },
      { me },
    );
    print(`${metadata.name}: submitted by ${me}`);
    if (options.wait) await waitForEnd(session, metadata.name, undefined);
  });
}
