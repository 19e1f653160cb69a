// A workload with a run of several steps, one of them tried twice, and with artifacts and a kept log in an object store.
import type { AgentWorkload, AgentWorkloadSpec } from "@agentic/api/agentworkload.ts";
import { podName } from "@agentic/api/pod-names.ts";
import type { Workflow, WorkflowNode } from "../../../operator/argo.ts";
import type { GatePeople } from "../../attack/gate-people.ts";
import { type Objects, writeArtifacts } from "./written-artifacts.ts";

type Nodes = Record<string, Partial<WorkflowNode> & { children?: string[] }>;

/** A picture of one point. */
export const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const start = Date.now() - 60_000;
const at = (second: number): string => `${new Date(start + second * 1000).toISOString().slice(0, 19)}Z`;
const between = (from: number, to: number) => ({ startedAt: at(from), finishedAt: at(to) });

const TRY = { nodeFlag: { retried: true } };

/** Nodes as Argo has them, before the report: pages are read, at the second try, and analysed. */
const BEGINNING: Nodes = {
  run: { type: "DAG", phase: "Running", startedAt: at(0), children: ["scrape"] },
  scrape: { type: "Retry", phase: "Succeeded", ...between(0, 30), children: ["scrape(0)", "scrape(1)"] },
  "scrape(0)": { ...TRY, phase: "Failed", message: "the page didn't load in 10 s", ...between(0, 12) },
  "scrape(1)": { ...TRY, phase: "Succeeded", ...between(14, 30), children: ["analysis"] },
  analysis: { phase: "Running", startedAt: at(31) },
};

export interface Played {
  workload: AgentWorkload;
  run: Workflow;
}

/** A run whose analysis runs. */
export async function playBeginning(
  tenants: GatePeople,
  { space, spec }: { space: string; spec?: Partial<AgentWorkloadSpec> },
): Promise<Played> {
  const workload = await tenants.submit("sam", space, spec);
  const run = await tenants.cluster.runOf(workload);
  await tenants.cluster.play(run, BEGINNING);
  await tenants.statusOf(workload, ({ logs, currentNode }) => logs !== undefined && currentNode === "analysis");
  return { workload, run };
}

/** Goes on to the end: the analysis writes these artifacts by file name, its log is kept, the run ends. */
export async function playEnd(
  tenants: GatePeople,
  { workload, run }: Played,
  { objects, files, log }: { objects: Objects; files: Record<string, string | Buffer>; log: string },
): Promise<void> {
  const { logs = "" } = await tenants.statusOf(workload, (status) => status.logs !== undefined);
  const { outputs } = writeArtifacts(objects, workload, { step: "analysis", logs, files });
  const node = `${run.metadata.name}.analysis`;
  const pod = podName(run.metadata.name, node, "analysis");
  objects.set(`${logs.replace("s3://", "")}/${pod}/main.log`, Buffer.from(log));
  await tenants.cluster.play(run, {
    analysis: { phase: "Succeeded", ...between(31, 50), outputs },
  });
  await tenants.cluster.finish(run, "Succeeded");
  await tenants.statusOf(workload, ({ phase, artifacts: kept }) => phase === "Completed" && kept !== undefined);
}
