// `agentic approve`, `deny` and `ask`: a person's answer or question at a gate, in their own name; and `agentic reply`, what is said to it.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { type Changes, changesText } from "@agentic/api/changes.ts";
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { openQuestions } from "@agentic/api/questions.ts";
import { GATE } from "@agentic/api/template.ts";
import { answerAnnotations, changeAnnotations, replyAnnotations } from "@agentic/kube/workloads/answer.ts";
import { workloadPath } from "@agentic/kube/workloads/paths.ts";
import { whoami } from "@agentic/kube/workloads/whoami.ts";
import type { Command } from "commander";
import { documentsOf } from "../documents.ts";
import { print } from "../output.ts";
import { getWorkload, type Session, type SessionOptions, withSession } from "../session.ts";
import { until } from "../wait.ts";
import { collected, examples } from "./options.ts";

interface AnswerOptions extends SessionOptions {
  reason?: string;
  /** What is changed, by name. */
  set?: Changes;
  /** A file with more of it. */
  changes?: string;
}

/** Milliseconds until the operator has recorded an answer, on a busy cluster. */
const RECORDED_WITHIN = 30_000;

export function addAnswers(program: Command): void {
  const approve = program
    .command("approve")
    .argument("<name>", "name of the workload")
    .description("approve what a workload's analysis found, so that its report is made")
    .option("-r, --reason <text>", "why; it is recorded")
    .option("--set <name=value>", "change what the template's gate lets you, such as title; once for each", collected)
    .option("--changes <file>", "the same from a YAML or JSON file of names and values, - for standard input")
    .action((name: string) => answer(name, GATE.approve, approve.optsWithGlobals()));
  examples(approve, {
    'agentic approve prices --reason "figures checked"': "answer yes, in your own name",
    'agentic approve prices --set title="Kettles, November"': "answer yes, and change the report's title",
  });
  const deny = program
    .command("deny")
    .argument("<name>", "name of the workload")
    .description("deny it: the workload ends, and no report is made")
    .requiredOption("-r, --reason <text>", "why; it is recorded, and its submitter reads it")
    .action((name: string) => answer(name, GATE.deny, deny.optsWithGlobals()));
  examples(deny, { 'agentic deny prices --reason "wrong currency"': "answer no" });
  const ask = program
    .command("ask")
    .argument("<name>", "name of the workload")
    .argument("<question>", "what you want to know; it is recorded")
    .description("ask its submitter something before you answer; the gate goes on waiting, and its time runs on")
    .action((name: string, question: string) => answer(name, GATE.ask, { ...ask.optsWithGlobals(), reason: question }));
  examples(ask, { 'agentic ask prices "are these prices with tax?"': "ask, and wait for a reply" });
  const reply = program
    .command("reply")
    .argument("<name>", "name of the workload")
    .argument("<text>", "what you reply; it is recorded, and who has asked reads it")
    .description("reply to what was asked at a workload's gate")
    .action((name: string, text: string) => replyAt(name, text, reply.optsWithGlobals()));
  examples(reply, { 'agentic reply prices "yes, all of them"': "reply to every open question" });
}

async function replyAt(name: string, text: string, options: SessionOptions): Promise<void> {
  await withSession(options, async (session) => print(await replyAtGate(session, name, text)));
}

/** Replies in the person's own name to what is asked, and returns what became of it in words. Throws where nothing is asked. */
export async function replyAtGate(session: Session, name: string, text: string): Promise<string> {
  const before = await getWorkload(session, name);
  const open = openQuestions(before.status?.approval?.questions);
  if (open.length === 0) throw new Error(`nothing is asked of ${name}: \`agentic show ${name}\` says where it is`);
  const { username: me } = await whoami(session.client);
  await write(session, before, replyAnnotations(text, me));
  // Until the operator has taken it off, an answer would be refused.
  const isRecorded = ({ metadata, status }: AgentWorkload) =>
    openQuestions(status?.approval?.questions).length === 0 && metadata.annotations?.[ANNOTATIONS.reply] === undefined;
  const after = await recorded(session, before, isRecorded);
  return after
    ? `${name}: replied by ${me} to ${open.map(({ by }) => by).join(", ")}`
    : `the reply of ${me} is written; the operator hasn't recorded it yet`;
}

async function answer(
  name: string,
  decision: string,
  { reason, set = {}, changes: file, ...options }: AnswerOptions,
): Promise<void> {
  const changes = { ...set, ...(file === undefined ? {} : await changesOfFile(file, set)) };
  await withSession(options, async (session) => print(await answerGate(session, name, { decision, reason, changes })));
}

/** A file's changes. Throws where it isn't a mapping of names to texts, numbers or truths, or has what a flag sets too. */
async function changesOfFile(path: string, set: Changes): Promise<Changes> {
  const documents = await documentsOf([path]);
  const [found] = documents;
  const { value } = found ?? {};
  if (!found || documents.length > 1 || typeof value !== "object" || value === null || Array.isArray(value))
    throw new Error(`${path}: must be one mapping of names to values, such as \`title: Kettles\``);
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => {
      if (name in set) throw new Error(`${found.where}: ${name} is set by --set too`);
      if (!["string", "number", "boolean"].includes(typeof each))
        throw new Error(`${found.where}: ${name} must be a text, a number, true or false`);
      return [name, String(each)];
    }),
  );
}

interface GivenAnswer {
  decision: string;
  reason: string | undefined;
  /** What is changed with an approval. Default: nothing. */
  changes?: Changes;
}

/**
 * Answers in the person's own name, and returns what became of it in words. Throws where the gate doesn't wait, or what is changed can't
 * be; then nothing is written.
 */
export async function answerGate(
  session: Session,
  name: string,
  { decision, reason, changes = {} }: GivenAnswer,
): Promise<string> {
  const before = await getWorkload(session, name);
  if (before.status?.phase !== "AwaitingApproval")
    throw new Error(
      `${name} doesn't wait for an answer: its phase is ${before.status?.phase ?? "Pending"}\nwhat waits is listed by \`agentic list --waiting\``,
    );
  const { username: me } = await whoami(session.client);
  if (decision === GATE.approve) await demandChangeable(before, changes);
  const { annotations } = before.metadata;
  await write(session, before, {
    ...answerAnnotations(decision, me, reason),
    ...changeAnnotations(changes, annotations),
  });
  const count = ({ status }: AgentWorkload) =>
    [...(status?.approval?.answers ?? []), ...(status?.approval?.questions ?? [])].filter(({ by }) => by === me).length;
  const after = await recorded(session, before, (workload) => count(workload) > count(before));
  return after
    ? outcomeOf(after, { decision, me, changes })
    : `${decision} by ${me} is written; the operator hasn't recorded it yet`;
}

/** Throws where the gate doesn't let an approval change this, with what it lets change. */
async function demandChangeable({ metadata, status }: AgentWorkload, changes: Changes): Promise<void> {
  // Loaded here, so that help and completion don't wait for the checks of a schema.
  const { changeErrors, otherChanges } = await import("@agentic/api/changeable.ts");
  const errors = changeErrors(status?.approval?.changeable ?? {}, changes);
  const other = errors.length === 0 ? otherChanges(status?.approval, changes) : undefined;
  if (errors.length > 0) throw new Error(`${metadata.name} is not answered:\n${errors.join("\n")}`);
  if (other !== undefined) throw new Error(`${metadata.name} is not answered: ${other}`);
}

/** Writes on the workload that was read: another one of its name is refused. */
async function write(session: Session, { metadata }: AgentWorkload, annotations: Record<string, string | null>) {
  await session.client.patch(workloadPath(session.namespace, metadata.name), {
    metadata: { uid: metadata.uid, annotations },
  });
}

/** The workload once its status has what was written, or undefined if that takes too long. */
async function recorded(
  session: Session,
  before: AgentWorkload,
  isRecorded: (workload: AgentWorkload) => boolean,
): Promise<AgentWorkload | undefined> {
  return await until(session, before.metadata.name ?? "", {
    holds: (workload) => isRecorded(workload) || workload.status?.phase !== "AwaitingApproval",
    timeoutMs: RECORDED_WITHIN,
  });
}

function outcomeOf(
  { metadata, status = {} }: AgentWorkload,
  { decision, me, changes }: { decision: string; me: string; changes: Changes },
): string {
  if (decision === GATE.ask) return `${metadata.name}: asked by ${me}; the gate waits on`;
  const { required = 1, answers = [] } = status.approval ?? {};
  const approvals = new Set(answers.filter((given) => given.decision === GATE.approve).map(({ by }) => by)).size;
  const rest =
    status.phase === "AwaitingApproval" && approvals < required
      ? `: ${approvals} of ${required} people have approved, the gate waits for more`
      : "";
  const changed = changesText(changes);
  return `${metadata.name}: ${decision === GATE.approve ? "approved" : "denied"} by ${me}${changed ? ` with ${changed}` : ""}${rest}`;
}
