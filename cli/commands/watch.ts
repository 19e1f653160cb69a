// `agentic watch`: a workload's steps with their times, live on a terminal, until its end.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { isFinal } from "@agentic/api/phases.ts";
import { clean } from "@agentic/api/text.ts";
import { since } from "@agentic/api/times.ts";
import type { Command } from "commander";
import { stepsOf, stepTable } from "../argo.ts";
import { type Session, type SessionOptions, withSession } from "../session.ts";
import { until } from "../wait.ts";
import { endOf, waitForEnd } from "./end.ts";
import { examples } from "./options.ts";

export function addWatch(program: Command): void {
  const command = program
    .command("watch")
    .argument("<name>", "name of the workload")
    .description("watch a workload's steps until its end; the exit code is its verdict")
    .action((name: string) =>
      withSession(command.optsWithGlobals<SessionOptions>(), (session) => watchToEnd(session, name)),
    );
  examples(command, { "agentic watch prices": "its steps, drawn anew each second" });
}

/** Draws its steps until its end, or where nobody can see a picture change tells of each change. */
export const watchToEnd = (session: Session, name: string): Promise<void> =>
  process.stdout.isTTY ? draw(session, name) : waitForEnd(session, name, undefined);

async function draw(session: Session, name: string): Promise<void> {
  const { createLogUpdate } = await import("log-update");
  const picture = createLogUpdate(process.stdout);
  const ended = await until(session, name, {
    holds: ({ status }) => isFinal(status?.phase),
    seen: async (workload) => picture(await pictureOf(session, workload)),
  });
  picture.done();
  endOf(ended);
}

async function pictureOf(session: Session, workload: AgentWorkload): Promise<string> {
  const { metadata, status = {} } = workload;
  const { phase = "Pending", message = "", startedAt, completedAt } = status;
  const took = since(startedAt, completedAt);
  const steps = await stepsOf(session, workload);
  const heading = `${metadata.name}   ${phase}${took ? `   ${took}` : ""}${message ? `\n${clean(message)}` : ""}`;
  return steps.length > 0 ? `${heading}\n\n${stepTable(steps)}` : heading;
}
