// `agentic approve` and `agentic deny`: a person's answer at a gate, in their own name.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { GATE } from "@agentic/api/template.ts";
import { answerAnnotations } from "@agentic/kube/workloads/answer.ts";
import { workloadPath } from "@agentic/kube/workloads/paths.ts";
import { whoami } from "@agentic/kube/workloads/whoami.ts";
import type { Command } from "commander";
import { print } from "../output.ts";
import { getWorkload, type Session, type SessionOptions, withSession } from "../session.ts";
import { until } from "../wait.ts";
import { examples } from "./options.ts";

interface AnswerOptions extends SessionOptions {
  reason?: string;
}

/** Milliseconds until the operator has recorded an answer, on a busy cluster. */
const RECORDED_WITHIN = 30_000;

export function addAnswers(program: Command): void {
  const approve = program
    .command("approve")
    .argument("<name>", "name of the workload")
    .description("approve what a workload's analysis found, so that its report is made")
    .option("-r, --reason <text>", "why; it is recorded")
    .action((name: string) => answer(name, GATE.approve, approve.optsWithGlobals()));
  examples(approve, { 'agentic approve prices --reason "figures checked"': "answer yes, in your own name" });
  const deny = program
    .command("deny")
    .argument("<name>", "name of the workload")
    .description("deny it: the workload ends, and no report is made")
    .requiredOption("-r, --reason <text>", "why; it is recorded, and its submitter reads it")
    .action((name: string) => answer(name, GATE.deny, deny.optsWithGlobals()));
  examples(deny, { 'agentic deny prices --reason "wrong currency"': "answer no" });
}

async function answer(name: string, decision: string, { reason, ...options }: AnswerOptions): Promise<void> {
  await withSession(options, async (session) => print(await answerGate(session, name, { decision, reason })));
}

/** Answers in the person's own name, and returns what became of it in words. Throws where the gate doesn't wait. */
export async function answerGate(
  session: Session,
  name: string,
  { decision, reason }: { decision: string; reason: string | undefined },
): Promise<string> {
  const before = await getWorkload(session, name);
  if (before.status?.phase !== "AwaitingApproval")
    throw new Error(
      `${name} doesn't wait for an answer: its phase is ${before.status?.phase ?? "Pending"}\nwhat waits is listed by \`agentic list --waiting\``,
    );
  const { username: me } = await whoami(session.client);
  await session.client.patch(workloadPath(session.namespace, name), {
    metadata: {
      // What is answered is what was read: a workload that has changed since is refused.
      uid: before.metadata.uid,
      annotations: answerAnnotations(decision, me, reason),
    },
  });
  const after = await recorded(session, before, me);
  return after
    ? outcomeOf(after, { decision, me })
    : `${decision} by ${me} is written; the operator hasn't recorded it yet`;
}

/** The workload once its status has the answer, or undefined if that takes too long. */
async function recorded(session: Session, before: AgentWorkload, me: string): Promise<AgentWorkload | undefined> {
  const count = (workload: AgentWorkload) =>
    workload.status?.approval?.answers?.filter(({ by }) => by === me).length ?? 0;
  return await until(session, before.metadata.name ?? "", {
    holds: (workload) => count(workload) > count(before) || workload.status?.phase !== "AwaitingApproval",
    timeoutMs: RECORDED_WITHIN,
  });
}

function outcomeOf(
  { metadata, status = {} }: AgentWorkload,
  { decision, me }: { decision: string; me: string },
): string {
  const { required = 1, answers = [] } = status.approval ?? {};
  const approvals = new Set(answers.filter((given) => given.decision === GATE.approve).map(({ by }) => by)).size;
  const rest =
    status.phase === "AwaitingApproval" && approvals < required
      ? `: ${approvals} of ${required} people have approved, the gate waits for more`
      : "";
  return `${metadata.name}: ${decision === GATE.approve ? "approved" : "denied"} by ${me}${rest}`;
}
