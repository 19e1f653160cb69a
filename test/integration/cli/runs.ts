// Workloads whose runs a test plays, on an installation without an operator.
import type { AgentWorkload, AgentWorkloadSpec, AgentWorkloadStatus } from "@agentic/api/agentworkload.ts";
import type { Finding } from "@agentic/api/template.ts";
import type { Cluster } from "../operator/cluster.ts";
import { at, TENANT } from "./installation.ts";

export const WORKLOADS = at("agentic.io/v1alpha1", "agentworkloads", TENANT);
const WORKFLOWS = at("argoproj.io/v1alpha1", "workflows", TENANT);

export interface Played {
  confidence: number;
  findings: Finding[];
  cost: string;
  seconds: number;
}

export const submit = (cluster: Cluster, name: string, spec: Partial<AgentWorkloadSpec> = {}): Promise<AgentWorkload> =>
  cluster.client.create(WORKLOADS, {
    apiVersion: "agentic.io/v1alpha1",
    kind: "AgentWorkload",
    metadata: { name },
    spec: { objective: "compare prices", targetUrls: ["https://example.com/"], ...spec },
  });

/** Has the workload be in this state, with a run whose analysis has this result. */
export async function play(
  cluster: Cluster,
  name: string,
  { confidence, findings, cost, seconds }: Played,
  status: AgentWorkloadStatus,
): Promise<void> {
  const start = Date.UTC(2026, 0, 1);
  const moment = (after: number) => new Date(start + after * 1_000).toISOString().replace(".000", "");
  const result = JSON.stringify({ artifacts: {}, confidence, findings, reasons: ["prices agree"], beginning: "fresh" });
  const node = {
    id: `${name}-1`,
    displayName: "analysis",
    type: "Pod",
    phase: "Succeeded",
    startedAt: moment(0),
    finishedAt: moment(seconds),
    outputs: { parameters: [{ name: "result", value: result }] },
  };
  await cluster.client.create(WORKFLOWS, {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { name: `run-of-${name}` },
    spec: { workflowTemplateRef: { name: "visual-analysis-template" } },
    status: { phase: "Succeeded", nodes: { [node.id]: node } },
  });
  await cluster.client.patch(`${WORKLOADS}/${name}/status`, {
    status: {
      observedGeneration: 1,
      argoWorkflow: { name: `run-of-${name}`, namespace: TENANT, uid: "u" },
      startedAt: moment(0),
      completedAt: moment(seconds),
      cost: {
        ...{ currency: "USD", total: cost, parts: { model: cost }, modelCalls: 1, prices: "test" },
        tokens: { input: 100, output: 20 },
      },
      ...status,
    },
  });
}
