// The template run by the engine in virtual time: the gate's answer decides, and lost pods are made again.
import { REPORT_CHANGES } from "@agentic/api/changes.ts";
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
const CHANGES = '{"title":"Kettles \\"2026\\" $HOME"}';
const EVIDENCE = '{"scrape":"sha256:\\"a"}';

/** Answers at the gate as the operator does: in the gate's own node. */
function answer(cluster: SimulatedCluster, decision: string): void {
  const gate = cluster.node(GATE.name);
  if (!gate) throw new Error("no gate");
  const parameters = [
    { name: GATE.output, value: decision, valueFrom: { supplied: {} } },
    { name: GATE.evidence, value: EVIDENCE, valueFrom: { supplied: {} } },
    { name: GATE.changes, value: CHANGES, valueFrom: { supplied: {} } },
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
    const inputs = cluster.node(GATE.name)?.inputs?.parameters ?? [];
    expect(inputs[0]?.value).toBe(analysed.output);
    // As declared: the operator reads there what may be changed.
    expect(inputs.find(({ name }) => name === GATE.changeable)?.value).toBe(JSON.stringify(REPORT_CHANGES));
  });

  test("writes the report on a yes", () => {
    const { cluster, pods } = simulate();
    cluster.run(atGate);
    answer(cluster, GATE.approve);
    cluster.run();
    expect(cluster.workflow.status?.phase).toBe("Succeeded");
    expect(phases(cluster)).toEqual({ scrape: "Succeeded", synthesis: "Succeeded" });
    for (const variable of [
      { name: "GATE_EVIDENCE", value: EVIDENCE },
      { name: "GATE_CHANGES", value: CHANGES },
    ])
      expect(JSON.stringify(pods.at(-1))).toContain(JSON.stringify(variable));
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

  const failures: [string, Script, string][] = [
    ["out of memory", { exitCode: 137, reason: "OOMKilled" }, "137 main: OOMKilled (exit code 137)"],
    ["killed", { exitCode: 143 }, "143 main: Error (exit code 143): ended by signal 15 (SIGTERM)"],
    [
      "evicted",
      { exitCode: 137, podReason: "Evicted", podMessage: "The node was low on resource: memory." },
      "137 Evicted: The node was low on resource: memory.",
    ],
    ["without a service", { exitCode: 69, output: "nobody there" }, "69 main: Error (exit code 69): nobody there"],
    ["deleted", { deleted: true }, "0 pod deleted"],
  ];
  test.each(failures)("goes on with a step that was %s, and tells it why it was", (_, failure, told) => {
    const { cluster, pods } = simulate({ "analysis(0)": failure, "analysis(1)": failure, "analysis(2)": analysed });
    cluster.run(atGate);
    expect(cluster.node("analysis")?.phase).toBe("Succeeded");
    const again = pods.filter(({ metadata }) => metadata.name.includes("-analysis-"));
    const said = again.map(({ spec }) => {
      const { containers } = spec as { containers: { env: { name: string; value: string }[] }[] };
      const env = Object.fromEntries(containers[0]?.env.map(({ name, value }) => [name, value]) ?? []);
      return [env.ATTEMPT, `${env.LAST_EXIT_CODE} ${env.LAST_MESSAGE}`];
    });
    expect(said).toEqual([
      ["0", "0 "],
      ["1", told],
      ["2", told],
    ]);
  });

  test("gives up after five more tries, each later than the one before by twice the time", () => {
    const { cluster } = simulate(
      Object.fromEntries([0, 1, 2, 3, 4, 5].map((n) => [`scrape(${n})`, { exitCode: 137 } satisfies Script])),
    );
    cluster.run();
    expect(cluster.workflow.status?.message).toMatch(/^scrape\(5\): main: Error \(exit code 137\)/);
    const starts = [0, 1, 2, 3, 4, 5].map((n) => Date.parse(cluster.node(`scrape(${n})`)?.startedAt ?? "") / 1000);
    // A second of work each, and a back-off of 2, 4, 8, 16, and at most 30 seconds.
    expect(starts.slice(1).map((at, n) => at - Number(starts[n]))).toEqual([3, 5, 9, 17, 31]);
  });

  test("fails at once where the API server refuses a pod", () => {
    const { cluster } = simulate({ "scrape(0)": { refused: 'pods "x" is forbidden: violates PodSecurity' } });
    cluster.run();
    expect(cluster.workflow.status?.phase).toBe("Error");
    expect(cluster.node("scrape(1)")).toBeUndefined();
    expect(cluster.now - Date.parse("2026-01-01T00:00:00Z")).toBeLessThan(5_000);
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
