// The template run by the engine in virtual time: the gate's answer decides, and lost pods are made again.
import { GATE, RESULT, type StepResult } from "@agentic/api/template.ts";
import { describe, expect, test } from "vitest";
import { emptyLibrary, type Pod, type Workflow, type WorkflowTemplate } from "../../../embedded/engine/core/types.ts";
import { visualAnalysis } from "../../../workflows/visual-analysis.ts";
import { byNode, type Script, SimulatedCluster } from "../engine/simulated-cluster.ts";

const values: Record<string, string> = {
  job_id: "kettles",
  run_id: "4f0c6a52",
  objective: "Compare",
  target_urls: '["http://x/"]',
  artifact_prefix: "job_kettles",
  agent_image: "registry.local/agents:1",
  approval_timeout: "10m",
};
const submitted: Workflow = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Workflow",
  metadata: { name: "kettles-0a1b2c3d", namespace: "tenant-demo", uid: "u", creationTimestamp: "2026-01-01T00:00:00Z" },
  spec: {
    workflowTemplateRef: { name: visualAnalysis.metadata.name },
    arguments: { parameters: Object.entries(values).map(([name, value]) => ({ name, value })) },
  },
};
const library = { ...emptyLibrary, workflowTemplate: () => visualAnalysis as unknown as WorkflowTemplate };

const result = (more: Partial<StepResult> = {}): Script => ({ output: JSON.stringify({ artifacts: {}, ...more }) });
const analysed = result({ confidence: 0.5, reasons: ["two pages say little"] });

function simulate(scripts: Record<string, Script | Script[]> = {}): { cluster: SimulatedCluster; pods: Pod[] } {
  const pods: Pod[] = [];
  const script = byNode(scripts, result());
  const cluster = new SimulatedCluster(
    submitted,
    (pod) => {
      pods.push(pod);
      return script(pod);
    },
    library,
  );
  return { cluster, pods };
}

/** With signs that a substitution must not change. */
const EVIDENCE = '{"scrape":"sha256:\\"a"}';

/** Answers at the gate as the operator does: in the gate's own node. */
function answer(cluster: SimulatedCluster, decision: string): void {
  const gate = cluster.node(GATE.name);
  if (!gate) throw new Error("no gate");
  const parameters = [
    { name: GATE.output, value: decision, valueFrom: { supplied: {} } },
    { name: GATE.evidence, value: EVIDENCE, valueFrom: { supplied: {} } },
  ];
  const node = {
    ...gate,
    phase: "Succeeded" as const,
    outputs: { parameters },
    finishedAt: new Date(cluster.now).toISOString(),
  };
  const { status } = cluster.workflow;
  cluster.workflow = { ...cluster.workflow, status: { ...status, nodes: { ...status?.nodes, [gate.id]: node } } };
}

const atGate = (cluster: SimulatedCluster) => cluster.node(GATE.name)?.phase === "Running";
const phases = (cluster: SimulatedCluster) =>
  Object.fromEntries(["scrape", "synthesis"].map((name) => [name, cluster.node(name)?.phase]));

describe("visual-analysis-template", () => {
  test("takes screenshots, then structure and analysis side by side, and shows the analysis to the gate", () => {
    const { cluster, pods } = simulate({ "analysis(0)": analysed });
    cluster.run(atGate);
    expect(pods).toHaveLength(4);
    expect(cluster.mostPods).toBe(2);
    expect(cluster.node(GATE.name)?.inputs?.parameters?.[0]?.value).toBe(analysed.output);
  });

  test("writes the report on a yes", () => {
    const { cluster, pods } = simulate();
    cluster.run(atGate);
    answer(cluster, GATE.approve);
    cluster.run();
    expect(cluster.workflow.status?.phase).toBe("Succeeded");
    expect(phases(cluster)).toEqual({ scrape: "Succeeded", synthesis: "Succeeded" });
    expect(JSON.stringify(pods.at(-1))).toContain(JSON.stringify({ name: "GATE_EVIDENCE", value: EVIDENCE }));
  });

  test.each(["deny", "approve' || 'x' == 'x"])("writes none on %s", (decision) => {
    const { cluster, pods } = simulate();
    cluster.run(atGate);
    answer(cluster, decision);
    cluster.run();
    expect(phases(cluster).synthesis).not.toBe("Succeeded");
    expect(pods).toHaveLength(4);
  });

  test("writes none when nobody answers in time", () => {
    const { cluster } = simulate();
    cluster.run();
    expect(cluster.workflow.status?.phase).toBe("Succeeded");
    expect(phases(cluster).synthesis).toBe("Skipped");
    expect(cluster.now - Date.parse("2026-01-01T00:00:00Z")).toBeGreaterThan(10 * 60_000);
  });

  test("makes a lost pod, and one that asks for it, again, but none that failed for good", () => {
    const { cluster } = simulate({
      "scrape(0)": { deleted: true },
      "dom(0)": { exitCode: 75 },
      "analysis(0)": { exitCode: 1 },
    });
    cluster.run();
    expect(cluster.node("scrape(1)")?.phase).toBe("Succeeded");
    expect(cluster.node("dom(1)")?.phase).toBe("Succeeded");
    expect(cluster.node("analysis(1)")).toBeUndefined();
    expect(cluster.node(GATE.name)?.phase).toBe("Omitted");
    expect(cluster.workflow.status?.phase).toBe("Failed");
  });

  test("gives pods the parameters, whose run it is and no API token", () => {
    const { cluster, pods } = simulate();
    cluster.run(atGate);
    const spec = pods[0]?.spec as {
      automountServiceAccountToken?: boolean;
      serviceAccountName?: string;
      containers: { env: { name: string; value: string }[]; image: string; terminationMessagePath?: string }[];
    };
    const [container] = spec.containers;
    const env = Object.fromEntries(container?.env.map(({ name, value }) => [name, value]) ?? []);
    expect(env).toMatchObject({
      JOB_ID: "kettles",
      RUN_ID: "4f0c6a52",
      WORKFLOW: "tenant-demo/u",
      ARTIFACT_CACHE: "false",
      MODEL: "default",
    });
    expect(JSON.stringify(pods)).not.toContain("{{");
    expect(container).toMatchObject({ image: "registry.local/agents:1", terminationMessagePath: RESULT.path });
    expect(spec).toMatchObject({ automountServiceAccountToken: false, serviceAccountName: "agent" });
  });
});
