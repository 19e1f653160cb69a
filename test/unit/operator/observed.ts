// Worlds for the tests of the decision: a workload, its template and tenant, Workflows as the engine would leave them.
import type { AgentWorkload, AgentWorkloadSpec, AgentWorkloadStatus } from "@agentic/api/agentworkload.ts";
import { browserMinute, PRICE_TABLES } from "@agentic/api/price-tables.ts";
import type { Prices } from "@agentic/api/prices.ts";
import type { Workflow, WorkflowNode, WorkflowTemplate } from "../../../operator/argo.ts";
import { decide } from "../../../operator/decide/decide.ts";
import type { Decision, Observed, PolicyAnswer } from "../../../operator/decide/types.ts";
import { buildWorkflow } from "../../../operator/decide/workflow.ts";

export const START = Date.parse("2026-01-01T00:00:00Z");

/** Seconds after the workload's creation, as a time. */
export function timeAt(seconds: number): string {
  return new Date(START + seconds * 1000).toISOString().replace(".000Z", "Z");
}

export function workload(spec: Partial<AgentWorkloadSpec> = {}, status?: AgentWorkloadStatus): AgentWorkload {
  return {
    apiVersion: "agentic.io/v1alpha1",
    kind: "AgentWorkload",
    metadata: {
      name: "prices",
      namespace: "tenant-demo",
      uid: "4f0c6a52-9f3c-4b0e-8a53-0d6f0c1f7c11",
      resourceVersion: "10",
      generation: 1,
      creationTimestamp: timeAt(0),
    },
    spec: { objective: "compare prices", targetUrls: ["https://example.com/"], ...spec },
    ...(status ? { status } : {}),
  };
}

export const TEMPLATE: WorkflowTemplate = {
  metadata: { name: "visual-analysis-template", namespace: "tenant-demo" },
  spec: {
    arguments: {
      parameters: [
        { name: "job_id" },
        { name: "run_id", value: "" },
        { name: "objective" },
        { name: "target_urls" },
        { name: "minio_bucket" },
        { name: "artifact_prefix" },
        { name: "agent_image" },
        { name: "model", value: "default" },
        { name: "approval_timeout", value: "30m" },
        { name: "depth", value: "1" },
      ],
    },
  },
};

export const TENANT = { minio_bucket: "demo", agent_image: "registry.local/agents:1", model: "tenant-model" };

const table = PRICE_TABLES["on-premises"];
export const PRICES: Prices = {
  ...table,
  ...{ table: "on-premises", browserMinute: browserMinute(table), models: {}, retentionDays: 30 },
};

export function observed(changes: Partial<Observed> = {}): Observed {
  return {
    workload: workload(),
    runs: [],
    template: TEMPLATE,
    tenant: TENANT,
    answers: {},
    deliveries: [],
    now: START + 1000,
    ...changes,
  };
}

export const ALLOWED: PolicyAnswer = { ok: true, allow: true, reasons: [] };

export interface RunOptions {
  attempt?: number;
  phase?: string;
  message?: string;
  finishedAt?: string;
  spec?: Partial<Workflow["spec"]>;
  annotations?: Record<string, string>;
  /** The tenant's settings that it was started with. */
  tenant?: Record<string, string>;
}

/** A Workflow of the workload with these nodes, as the cache holds it. */
export function run(owner: AgentWorkload, nodes: Partial<WorkflowNode>[] = [], options: RunOptions = {}): Workflow {
  const { attempt = 0, phase = nodes.length > 0 ? "Running" : undefined, message, finishedAt } = options;
  const run = buildWorkflow(owner, { attempt, parameters: [], tenant: options.tenant });
  const fullNodes = nodes.map((node, index): WorkflowNode => {
    const name = node.name ?? `${run.metadata.name}.${node.displayName ?? index}`;
    return { id: `n-${index}`, name, displayName: node.displayName ?? name, type: "Pod", phase: "Running", ...node };
  });
  return {
    ...run,
    metadata: {
      ...run.metadata,
      uid: `wf-${attempt}`,
      resourceVersion: "77",
      creationTimestamp: timeAt(1),
      annotations: { ...run.metadata.annotations, ...options.annotations },
    },
    spec: { ...options.spec },
    ...(phase
      ? {
          status: {
            phase,
            startedAt: timeAt(2),
            ...(message ? { message } : {}),
            ...(finishedAt ? { finishedAt } : {}),
            nodes: Object.fromEntries(fullNodes.map((node) => [node.id, node])),
          },
        }
      : {}),
  };
}

/** A gate's node; `decision` makes it a decided one. */
export function gate(analysis: unknown, node: Partial<WorkflowNode> = {}): Partial<WorkflowNode> {
  return {
    id: "gate",
    displayName: "approval-gate",
    templateName: "approval-gate",
    type: "Suspend",
    startedAt: timeAt(60),
    inputs: { parameters: [{ name: "analysis", value: JSON.stringify(analysis) }] },
    outputs: { parameters: [{ name: "decision", valueFrom: { supplied: {}, default: "deny" } }] },
    ...node,
  };
}

/** A gate that has been decided. */
export function decided(decision: "approve" | "deny", message?: string): Partial<WorkflowNode> {
  return gate(
    { confidence: 0.9 },
    {
      phase: "Succeeded",
      finishedAt: timeAt(90),
      ...(message ? { message } : {}),
      outputs: { parameters: [{ name: "decision", value: decision }] },
    },
  );
}

export function condition(decision: Decision, type: string) {
  const matching = decision.status.conditions?.find((entry) => entry.type === type);
  return matching && { status: matching.status, reason: matching.reason };
}

export function kinds(decision: Decision): string[] {
  return decision.actions.map((action) => (action.kind === "patch" ? `patch:${action.why}` : action.kind));
}

/** The decision on observed objects. Deciding again with the status that it wrote must change nothing. */
export function settledDecision(input: Observed): { first: Decision; second: Decision } {
  const first = decide(input);
  const second = decide({ ...input, workload: { ...input.workload, status: first.status } });
  return { first, second };
}
