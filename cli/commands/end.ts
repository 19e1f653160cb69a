// Waits for a workload's end, tells what happens meanwhile, and ends the command by its verdict.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { isFinal } from "@agentic/api/phases.ts";
import { clean } from "@agentic/api/text.ts";
import { Ended, EXIT } from "../exit.ts";
import type { Session } from "../session.ts";
import { until } from "../wait.ts";

/** Returns where the workload has completed; throws {@link Ended} with the exit code of any other end. `output` is told what happens. */
export async function waitForEnd(
  session: Session,
  name: string,
  timeoutMs: number | undefined,
  output: NodeJS.WritableStream = process.stdout,
): Promise<void> {
  let told = "";
  const ended = await until(session, name, {
    timeoutMs,
    holds: ({ status }) => isFinal(status?.phase),
    seen: ({ status: { phase = "Pending", currentNode, message } = {} }) => {
      const line = [phase, ...(currentNode ? [currentNode] : []), ...(message ? [message] : [])].join(": ");
      if (line !== told) output.write(`${name}: ${clean(line)}\n`);
      told = line;
    },
  });
  if (!ended) {
    process.stderr.write(`agentic: ${name} has not ended within ${(timeoutMs ?? 0) / 1000} s; it goes on\n`);
    throw new Ended(EXIT.timeout);
  }
  endOf(ended);
}

/** Throws {@link Ended} with the exit code of a workload's end unless it has completed. */
export function endOf(workload: AgentWorkload | undefined): void {
  if (workload?.status?.phase === "Failed") throw new Ended(EXIT.failed);
  if (workload?.status?.phase === "Denied") throw new Ended(EXIT.denied);
}
