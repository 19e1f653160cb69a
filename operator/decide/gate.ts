// The approval gate: the question for the policy engine, and how an answer is written into the Workflow and read back.

import { gzipSync } from "node:zlib";
import type { AgentWorkload, AgentWorkloadStatus } from "@agentic/api/agentworkload.ts";
import type { Changes } from "@agentic/api/changes.ts";
import { MAX_REASON } from "@agentic/api/limits.ts";
import { DEFAULTS } from "@agentic/api/phases.ts";
import { nodesIn } from "@agentic/api/run-nodes.ts";
import { type Evidence, GATE, type GateDecision } from "@agentic/api/template.ts";
import { clean, cut } from "@agentic/api/text.ts";
import type { Parameter, Workflow, WorkflowNode } from "../argo.ts";
import { parameter, parseResult } from "./nodes.ts";
import type { Question } from "./types.ts";

export type Approval = NonNullable<AgentWorkloadStatus["approval"]>;

/** An answer for the gate. */
export interface Verdict {
  decision: GateDecision;
  by: string;
  reason: string;
  /** What is changed with an approval. Default: nothing. */
  changes?: Changes;
}

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

/** The analysis's result, which is the gate's input. */
function analysisOf(gate: WorkflowNode) {
  return parseResult(parameter(gate.inputs?.parameters, GATE.input));
}

/** A number between 0 and 1, or undefined. */
export function confidenceOf(gate: WorkflowNode): number | undefined {
  const value: unknown = analysisOf(gate)?.confidence;
  return typeof value === "number" && value >= 0 && value <= 1 ? value : undefined;
}

/**
 * The merge patch that decides a gate: only the gate's node succeeds, with the decision as its output. It carries the
 * resourceVersion, so that the API server refuses a decision on a stale Workflow.
 */
export function gatePatch(
  workflow: Workflow,
  gate: WorkflowNode,
  decided: Verdict & { evidence: Evidence; at: string },
) {
  const supplied: Parameter[] = [
    { name: GATE.output, value: decided.decision, valueFrom: { supplied: {}, default: GATE.deny } },
    { name: GATE.evidence, value: JSON.stringify(decided.evidence), valueFrom: { supplied: {}, default: "" } },
    ...(parameter(gate.inputs?.parameters, GATE.changeable) === undefined
      ? []
      : [
          {
            name: GATE.changes,
            value: JSON.stringify(decided.changes ?? {}),
            valueFrom: { supplied: {}, default: "{}" },
          },
        ]),
  ];
  const others = (gate.outputs?.parameters ?? []).filter(({ name }) => !supplied.some((own) => own.name === name));
  const change = {
    phase: "Succeeded",
    message: writeVerdict(decided),
    finishedAt: decided.at,
    outputs: { parameters: [...others, ...supplied] },
  };
  return { metadata: { resourceVersion: workflow.metadata.resourceVersion }, ...nodesPatch(workflow, gate, change) };
}

/** The merge patch that changes one node, also where Argo has compressed the nodes. */
export function nodesPatch(workflow: Workflow, { id }: WorkflowNode, change: object) {
  if (!workflow.status?.compressedNodes) return { status: { nodes: { [id]: change } } };
  const nodes = nodesIn<object>(workflow.status);
  nodes[id] = { ...nodes[id], ...change };
  return { status: { compressedNodes: gzipSync(JSON.stringify(nodes)).toString("base64") } };
}

function writeVerdict({ decision, by, reason }: Verdict): string {
  return cut(clean(`${decision === GATE.approve ? "approved" : "denied"} by ${by}: ${reason}`), MAX_REASON);
}

/**
 * Who decided a gate that is done, and why: read from the node alone, so that a restart loses nothing. Undefined where the
 * run was stopped or reached its deadline before an answer, which is not a denial.
 */
export function readVerdict(gate: WorkflowNode): Omit<Verdict, "changes"> | undefined {
  if (gate.phase !== "Succeeded") return undefined;
  const decision = parameter(gate.outputs?.parameters, GATE.output) === GATE.approve ? GATE.approve : GATE.deny;
  const match = /^(approved|denied) by (.+?): (.*)$/s.exec(gate.message ?? "");
  const [, verb, by, reason] = match ?? [];
  if (verb === (decision === GATE.approve ? "approved" : "denied") && by) return { decision, by, reason: reason ?? "" };
  if (decision === GATE.deny) return { decision, by: "timeout", reason: "nobody answered in time" };
  return { decision, by: "workflow", reason: gate.message || "the gate's node was changed in the Workflow" };
}

/** An output of a gate that is done, texts by name; undefined where it isn't that. */
function textsOf(gate: WorkflowNode, output: string): Readonly<Record<string, string>> | undefined {
  try {
    const value: unknown = JSON.parse(parameter(gate.outputs?.parameters, output) ?? "");
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return Object.values(value).every((text) => typeof text === "string") ? (value as Changes) : undefined;
  } catch {
    return undefined;
  }
}

/** What was changed at a gate that is approved, as later steps get it. */
export const changesOf = (gate: WorkflowNode): Changes => textsOf(gate, GATE.changes) ?? {};

/** The status of a gate that is done. */
export function decidedApproval(gate: WorkflowNode): Approval {
  const verdict = readVerdict(gate);
  const confidence = confidenceOf(gate);
  const evidence = textsOf(gate, GATE.evidence);
  return {
    ...(verdict ?? { reason: `the run ended before anybody answered: ${gate.message || gate.phase}` }),
    ...(confidence === undefined ? {} : { confidence }),
    ...(evidence ? { evidence } : {}),
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
export function waitingApproval(gate: WorkflowNode, reason: string, evidence: Evidence): Approval {
  const confidence = confidenceOf(gate);
  return {
    decision: "pending",
    reason,
    ...(confidence === undefined ? {} : { confidence }),
    ...(Object.keys(evidence).length > 0 ? { evidence } : {}),
  };
}
