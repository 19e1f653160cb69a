// A visitor's answer at a gate: written with their own token, on the evidence that they were shown and no other.
import { setTimeout as sleep } from "node:timers/promises";
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { GATE, type GateDecision } from "@agentic/api/template.ts";
import { isStatus } from "@agentic/kube/client/api-error.ts";
import { answerAnnotations } from "@agentic/kube/workloads/answer.ts";
import { workloadPath } from "@agentic/kube/workloads/paths.ts";
import type { DecisionRequest } from "../contract.ts";
import { invalid, Refusal } from "../http/errors.ts";
import type { Visitor } from "../sessions/visitors.ts";
import type { Board } from "../workloads/board.ts";
import type { Key } from "../workloads/view.ts";

/** How often an answer is written again because something else of the workload has changed meanwhile. */
const TRIES = 5;
/** How long an answer is waited for to be recorded, milliseconds. */
const RECORDED_WITHIN = 5_000;
/** As the operator cuts it. */
const MAX_REASON = 512;

export type Decision = DecisionRequest & { decision: GateDecision };

/** The request, checked. */
export function decisionIn(body: unknown): Decision {
  const {
    decision,
    reason = "",
    uid,
    evidence,
  } = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  if (decision !== GATE.approve && decision !== GATE.deny) throw invalid("decision must be approve or deny");
  if (typeof reason !== "string" || reason.length > MAX_REASON)
    throw invalid(`reason must be a text of at most ${MAX_REASON} characters`);
  if (decision === GATE.deny && reason.trim() === "")
    throw invalid("reason is missing: a denial is recorded with it, and the submitter reads it");
  if (typeof uid !== "string") throw invalid("uid is missing: it is the gate's");
  const isEvidence =
    typeof evidence === "object" &&
    evidence !== null &&
    Object.values(evidence).every((each) => typeof each === "string");
  if (!isEvidence) throw invalid("evidence is missing: it is the gate's");
  return { decision, reason: reason.trim(), uid, evidence: evidence as Record<string, string> };
}

/** Writes the answer. Throws where the evidence or the workload is another than was shown, and where the API server refuses it. */
export async function decide({ client, person }: Answerer, key: Key, request: Decision): Promise<void> {
  const { username } = await person();
  const path = workloadPath(key.namespace, key.name);
  for (let tries = 1; ; tries++) {
    const workload = await client.get<AgentWorkload>(path);
    demandSame(workload, request);
    const { uid, resourceVersion } = workload.metadata;
    try {
      const annotations = answerAnnotations(request.decision, username, request.reason);
      // The version is the one whose evidence was compared: whatever changes in between is compared again.
      await client.patch(path, { metadata: { uid, resourceVersion, annotations } });
      return;
    } catch (error) {
      if (tries === TRIES || !isStatus(error, 409)) throw error;
    }
  }
}

type Answerer = { client: Pick<Visitor["client"], "get" | "patch">; person: Visitor["person"] };

function demandSame({ metadata, status }: AgentWorkload, { uid, evidence }: DecisionRequest): void {
  if (metadata.uid !== uid)
    throw new Refusal(409, "changed", `${metadata.name} is another workload than the one that was shown`);
  if (status?.phase !== "AwaitingApproval")
    throw new Refusal(409, "changed", `the gate doesn't wait any more: the phase is ${status?.phase ?? "Pending"}`);
  const now = status.approval?.evidence ?? {};
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

/** Waits until the operator has recorded the visitor's answer, or for a while. */
export async function recorded(board: Board, key: Key, by: string): Promise<void> {
  const name = `${key.namespace}/${key.name}`;
  const signal = AbortSignal.timeout(RECORDED_WITHIN);
  const isRecorded = () => {
    const status = board.workloads.get(name)?.status;
    return status?.phase !== "AwaitingApproval" || status.approval?.answers?.some((answer) => answer.by === by);
  };
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = board.listen((event) => {
    if (event !== "availability" && event.key === name && isRecorded()) resolve();
  });
  if (!isRecorded())
    await Promise.race([promise, sleep(RECORDED_WITHIN, undefined, { signal }).catch(() => undefined)]);
  stop();
}
