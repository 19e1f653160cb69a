// A visitor's answer or question at a gate: written with their own token, on the evidence that they were shown and no other. And replies.
import { setTimeout as sleep } from "node:timers/promises";
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { changeErrors } from "@agentic/api/changeable.ts";
import { MAX_REASON } from "@agentic/api/limits.ts";
import { GATE } from "@agentic/api/template.ts";
import { isStatus } from "@agentic/kube/client/api-error.ts";
import { answerAnnotations, changeAnnotations, replyAnnotations } from "@agentic/kube/workloads/answer.ts";
import { workloadPath } from "@agentic/kube/workloads/paths.ts";
import type { DecisionRequest, ReplyRequest } from "../contract.ts";
import { invalid, Refusal } from "../http/errors.ts";
import type { Visitor } from "../sessions/visitors.ts";
import type { Board } from "../workloads/board.ts";
import type { Key } from "../workloads/view.ts";

/** How often an answer is written again because something else of the workload has changed meanwhile. */
const TRIES = 5;
/** How long an answer is waited for to be recorded, milliseconds. */
const RECORDED_WITHIN = 5_000;

/** The request, checked. */
export function decisionIn(body: unknown): DecisionRequest {
  const {
    decision,
    reason = "",
    uid,
    evidence,
    changes = {},
  } = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  if (decision !== GATE.approve && decision !== GATE.deny && decision !== GATE.ask)
    throw invalid("decision must be approve, deny or ask");
  if (typeof reason !== "string" || reason.length > MAX_REASON)
    throw invalid(`reason must be a text of at most ${MAX_REASON} characters`);
  if (decision === GATE.ask && reason.trim() === "") throw invalid("reason is missing: it is what you ask");
  if (decision === GATE.deny && reason.trim() === "")
    throw invalid("reason is missing: a denial is recorded with it, and the submitter reads it");
  if (typeof uid !== "string") throw invalid("uid is missing: it is the gate's");
  if (!areTexts(evidence)) throw invalid("evidence is missing: it is the gate's");
  if (!areTexts(changes)) throw invalid("changes must be texts by name");
  if (decision !== GATE.approve && Object.keys(changes).length > 0)
    throw invalid("changes come with an approval alone: leave them out");
  return { decision, reason: reason.trim(), uid, evidence, changes };
}

const areTexts = (value: unknown): value is Record<string, string> =>
  typeof value === "object" && value !== null && Object.values(value).every((each) => typeof each === "string");

/** The request, checked. */
export function replyIn(body: unknown): ReplyRequest {
  const { reply, uid } = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  if (typeof reply !== "string" || reply.trim() === "" || reply.length > MAX_REASON)
    throw invalid(`reply must be a text of 1 to ${MAX_REASON} characters`);
  if (typeof uid !== "string") throw invalid("uid is missing: it is the gate's");
  return { reply: reply.trim(), uid };
}

/**
 * Writes the answer or question, and returns the workload that it was written on. Throws where the evidence or the workload is another
 * than was shown, and where the API server refuses it.
 */
export async function decide(answerer: Answerer, key: Key, request: DecisionRequest): Promise<AgentWorkload> {
  const { username } = await answerer.person();
  const { decision, reason, changes = {} } = request;
  return await write(answerer, key, (workload) => {
    demandSame(workload, request);
    const errors = changeErrors(workload.status?.approval?.changeable ?? {}, changes);
    if (errors.length > 0) throw invalid(errors.join("; "));
    return {
      ...answerAnnotations(decision, username, reason),
      ...changeAnnotations(changes, workload.metadata.annotations),
    };
  });
}

/** Writes the reply, and returns the workload that it was written on. Throws where it is another than was shown. */
export async function reply(answerer: Answerer, key: Key, request: ReplyRequest): Promise<AgentWorkload> {
  const { username } = await answerer.person();
  return await write(answerer, key, (workload) => {
    demandWaiting(workload, request.uid);
    return replyAnnotations(request.reply, username);
  });
}

/** @param annotationsOf what is written on a workload; it throws where nothing may be */
async function write(
  { client }: Answerer,
  key: Key,
  annotationsOf: (workload: AgentWorkload) => Record<string, string | null>,
): Promise<AgentWorkload> {
  const path = workloadPath(key.namespace, key.name);
  for (let tries = 1; ; tries++) {
    const workload = await client.get<AgentWorkload>(path);
    const annotations = annotationsOf(workload);
    const { uid, resourceVersion } = workload.metadata;
    try {
      // The version is the one whose evidence was compared: whatever changes in between is compared again.
      await client.patch(path, { metadata: { uid, resourceVersion, annotations } });
      return workload;
    } catch (error) {
      if (tries === TRIES || !isStatus(error, 409)) throw error;
    }
  }
}

type Answerer = { client: Pick<Visitor["client"], "get" | "patch">; person: Visitor["person"] };

function demandWaiting({ metadata, status }: AgentWorkload, uid: string): void {
  if (metadata.uid !== uid)
    throw new Refusal(409, "changed", `${metadata.name} is another workload than the one that was shown`);
  if (status?.phase !== "AwaitingApproval")
    throw new Refusal(409, "changed", `the gate doesn't wait any more: the phase is ${status?.phase ?? "Pending"}`);
}

function demandSame(workload: AgentWorkload, { uid, evidence }: DecisionRequest): void {
  demandWaiting(workload, uid);
  const now = workload.status?.approval?.evidence ?? {};
  const steps = new Set([...Object.keys(now), ...Object.keys(evidence)]);
  const changed = [...steps].filter((step) => now[step] !== evidence[step]);
  if (changed.length > 0)
    throw new Refusal(
      409,
      "evidence-changed",
      `what you were shown isn't what is there now: step ${changed.sort().join(", ")} has written something else since`,
      { advice: "Look at the gate again, and decide on what is there." },
    );
}

/** How much people have said at the gate, as far as it is recorded. */
const saidAt = ({ status }: AgentWorkload): number => {
  const { answers = [], questions = [] } = status?.approval ?? {};
  return answers.length + questions.length + questions.filter(({ reply: said }) => said !== undefined).length;
};

/** Waits until the operator has recorded what was written on a workload, or for a while. */
export async function recorded(board: Board, key: Key, before: AgentWorkload): Promise<void> {
  const name = `${key.namespace}/${key.name}`;
  const signal = AbortSignal.timeout(RECORDED_WITHIN);
  const isRecorded = () => {
    const workload = board.workloads.get(name);
    return workload?.status?.phase !== "AwaitingApproval" || saidAt(workload) > saidAt(before);
  };
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = board.listen((event) => {
    if (event !== "availability" && event.key === name && isRecorded()) resolve();
  });
  if (!isRecorded())
    await Promise.race([promise, sleep(RECORDED_WITHIN, undefined, { signal }).catch(() => undefined)]);
  stop();
}
