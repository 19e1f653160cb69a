// The approval gate: what the policy engine is asked, how an answer is written into the Workflow, how it is read back.

import { gunzipSync, gzipSync } from "node:zlib";
import type { AgentWorkload, AgentWorkloadStatus } from "@agentic/api/agentworkload.ts";
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { DEFAULTS } from "@agentic/api/phases.ts";
import { GATE, type GateDecision } from "@agentic/api/template.ts";
import { clean, cut } from "@agentic/api/text.ts";
import type { Workflow, WorkflowNode } from "../argo.ts";
import { parameter, parseResult } from "./nodes.ts";
import type { Question } from "./types.ts";

type Approval = NonNullable<AgentWorkloadStatus["approval"]>;

/** An answer for the gate. */
export interface Verdict {
  decision: GateDecision;
  by: string;
  reason: string;
}

const MAX_REASON = 512;

/** The question to the policy engine at a gate in mode auto. */
export function gateQuestion(workload: AgentWorkload, jobId: string, gate: WorkflowNode): Question {
  const { spec, metadata } = workload;
  const analysis = analysisOf(gate);
  return {
    rule: "gate",
    input: {
      workload: { name: metadata.name, namespace: metadata.namespace, jobId, labels: metadata.labels ?? {} },
      policy: spec.approval?.policy ?? DEFAULTS.policy,
      threshold: spec.approval?.threshold ?? DEFAULTS.threshold,
      confidence: analysis?.confidence ?? null,
      findings: analysis?.findings ?? null,
      reasons: analysis?.reasons ?? [],
      targetUrls: spec.targetUrls,
    },
  };
}

/** What the analysis handed to the gate. */
function analysisOf(gate: WorkflowNode) {
  return parseResult(parameter(gate.inputs?.parameters, GATE.input));
}

/** A number between 0 and 1, or undefined. */
export function confidenceOf(gate: WorkflowNode): number | undefined {
  const value: unknown = analysisOf(gate)?.confidence;
  return typeof value === "number" && value >= 0 && value <= 1 ? value : undefined;
}

/** A person's answer, as the annotations carry it; admission has checked who wrote it. */
export function personsVerdict(workload: AgentWorkload): Verdict | "invalid" | undefined {
  const annotations = workload.metadata.annotations ?? {};
  const decision = annotations[ANNOTATIONS.approval];
  if (decision === undefined) return undefined;
  const by = annotations[ANNOTATIONS.approvedBy];
  if ((decision !== GATE.approve && decision !== GATE.deny) || !by) return "invalid";
  return { decision, by, reason: annotations[ANNOTATIONS.approvalReason] || "no reason given" };
}

/**
 * The one merge patch that decides a gate: its node alone succeeds with the decision as its output. The
 * resourceVersion has a decision on a stale Workflow refused.
 */
export function gatePatch(workflow: Workflow, gate: WorkflowNode, verdict: Verdict, at: string) {
  const output = { name: GATE.output, value: verdict.decision, valueFrom: { supplied: {}, default: GATE.deny } };
  const others = (gate.outputs?.parameters ?? []).filter(({ name }) => name !== GATE.output);
  const change = {
    phase: "Succeeded",
    message: writeVerdict(verdict),
    finishedAt: at,
    outputs: { parameters: [...others, output] },
  };
  return { metadata: { resourceVersion: workflow.metadata.resourceVersion }, ...nodesPatch(workflow, gate, change) };
}

/** The merge patch that changes one node, also where Argo has compressed them. */
export function nodesPatch(workflow: Workflow, { id }: WorkflowNode, change: object) {
  const compressed = workflow.status?.compressedNodes;
  if (!compressed) return { status: { nodes: { [id]: change } } };
  const nodes = JSON.parse(gunzipSync(Buffer.from(compressed, "base64")).toString("utf8")) as Record<string, object>;
  nodes[id] = { ...nodes[id], ...change };
  return { status: { compressedNodes: gzipSync(JSON.stringify(nodes)).toString("base64") } };
}

function writeVerdict({ decision, by, reason }: Verdict): string {
  return cut(clean(`${decision === GATE.approve ? "approved" : "denied"} by ${by}: ${reason}`), MAX_REASON);
}

/**
 * Who decided a gate that is done, and why: from the node alone, so that a restart loses nothing. Undefined where it ended
 * unanswered, because the run was stopped or came to its deadline: that is no denial.
 */
export function readVerdict(gate: WorkflowNode): Verdict | undefined {
  if (gate.phase !== "Succeeded") return undefined;
  const decision = parameter(gate.outputs?.parameters, GATE.output) === GATE.approve ? GATE.approve : GATE.deny;
  const match = /^(approved|denied) by (.+?): (.*)$/s.exec(gate.message ?? "");
  const [, verb, by, reason] = match ?? [];
  if (verb === (decision === GATE.approve ? "approved" : "denied") && by) return { decision, by, reason: reason ?? "" };
  if (decision === GATE.deny) return { decision, by: "timeout", reason: "nobody answered in time" };
  return { decision, by: "workflow", reason: gate.message || "the gate's node was changed in the Workflow" };
}

/** The status of a gate that is done. */
export function decidedApproval(gate: WorkflowNode): Approval {
  const verdict = readVerdict(gate);
  const confidence = confidenceOf(gate);
  return {
    ...(verdict ?? { reason: `the run ended before anybody answered: ${gate.message || gate.phase}` }),
    ...(confidence === undefined ? {} : { confidence }),
    ...(gate.finishedAt ? { at: gate.finishedAt } : {}),
  };
}

/** The sentence about a gate's decision. */
export function approvalMessage(workload: AgentWorkload, { decision, by, reason }: Approval): string {
  if (by === "timeout")
    return `nobody answered within ${workload.spec.approval?.timeout ?? DEFAULTS.approvalTimeout} (approval.timeout), and unanswered means denied`;
  if (decision === undefined) return reason ?? "";
  return `${decision === GATE.approve ? "approved" : "denied"} by ${by}: ${reason}`;
}

/** The status of a gate that waits. */
export function waitingApproval(gate: WorkflowNode, reason: string): Approval {
  const confidence = confidenceOf(gate);
  return { decision: "pending", reason, ...(confidence === undefined ? {} : { confidence }) };
}
