// Somebody who changes a workload, or its tenant's settings, once its run is made: the gate is to judge another spec than runs.
import type { AgentWorkload, AgentWorkloadSpec } from "@agentic/api/agentworkload.ts";
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Workflow } from "../../operator/argo.ts";
import { buildWorkflow } from "../../operator/decide/workflow.ts";
import type { Operator } from "../../operator/operator.ts";
import { until } from "../integration/operator/cluster.ts";
import { NAMESPACE, reason, type Scene, SURE, startScene, WORKLOADS } from "../integration/operator/scene.ts";
import { refusal } from "./platform.ts";

let scene: Scene;
let operator: Operator | undefined;
let count = 0;

beforeAll(async () => {
  scene = await startScene();
});
afterAll(() => scene?.stop());

/** A run as an operator leaves it that ends between the Workflow's creation and the status: what is done then comes first. */
async function createRun(
  spec: Partial<AgentWorkloadSpec>,
  meanwhile: (workload: AgentWorkload, run: Workflow) => Promise<unknown>,
) {
  await operator?.stop();
  const { client } = scene.cluster;
  const workload = await scene.create(`c-${count++}`, spec);
  const run = await client.create<Workflow>(
    `/apis/argoproj.io/v1alpha1/namespaces/${NAMESPACE}/workflows`,
    buildWorkflow(workload, { attempt: 0, parameters: [], tenant: {} }),
  );
  await meanwhile(workload, run);
  operator = await scene.operator();
  return { run, name: workload.metadata.name };
}

const edit = ({ metadata: { name } }: AgentWorkload, spec: Record<string, unknown>) =>
  scene.cluster.client.patch(`${WORKLOADS}/${name}`, { spec });

const approve = (name: string) =>
  scene.cluster.client.patch(`${WORKLOADS}/${name}`, {
    metadata: {
      annotations: {
        [ANNOTATIONS.approval]: "approve",
        [ANNOTATIONS.approvedBy]: "admin",
        [ANNOTATIONS.approvalReason]: "figures checked",
      },
    },
  });

const CHANGES: [string, Partial<AgentWorkloadSpec>, Record<string, unknown>, string][] = [
  ["to approval by policy", { approval: { mode: "manual" } }, { approval: { mode: "auto" } }, "spec.approval"],
  ["to a lower threshold", { approval: { threshold: "1.00" } }, { approval: { threshold: "0.10" } }, "spec.approval"],
  ["to another objective", {}, { objective: "something harmless" }, "spec.objective"],
  ["to other pages", {}, { targetUrls: ["https://harmless.example/"] }, "spec.targetUrls"],
  ["to other artifacts", {}, { artifacts: { prefix: "elsewhere" } }, "spec.artifacts"],
  ["to other parameters", { parameters: { depth: 1 } }, { parameters: { depth: 9 } }, "spec.parameters"],
];

describe("changes the spec before the status names the Workflow", () => {
  test.each(CHANGES)("%s: denied at the gate, with the field", async (_, spec, change, field) => {
    const { run, name } = await createRun(spec, async (workload, created) => {
      await scene.cluster.playGate(created, SURE);
      await edit(workload, change);
    });
    const gate = await scene.cluster.untilDecided(run);
    expect(gate.outputs?.parameters).toContainEqual(expect.objectContaining({ name: "decision", value: "deny" }));
    expect(gate.message).toContain(`denied by operator: changed after the run's start: ${field};`);
    await scene.cluster.finish(run, "Succeeded");
    const { message } = await scene.inPhase(name, "Denied");
    expect(message).toContain(`changed after the run's start: ${field}; the run goes by what it was started with`);
  });

  test.each(CHANGES)(
    "%s, before the gate: the run is stopped, and the status says why",
    async (_, spec, change, field) => {
      const { run, name } = await createRun(spec, (workload) => edit(workload, change));
      await until("the stop", async () => {
        const { spec } = await scene.cluster.client.get<Workflow>(scene.cluster.workflowPath(run));
        return spec.shutdown;
      });
      await scene.cluster.finish(run, "Failed", "Stopped with strategy 'Terminate'");
      const status = await scene.inPhase(name, "Failed");
      expect(status.message).toContain(`changed after the run's start: ${field};`);
      expect(reason(status, "Finished")).toBe("SpecChanged");
    },
  );

  test("and the run has ended before an operator looks: it is not Completed", async () => {
    const { name } = await createRun({}, async (workload, run) => {
      await edit(workload, { objective: "something harmless" });
      await scene.cluster.finish(run, "Succeeded");
    });
    expect(reason(await scene.inPhase(name, "Failed"), "Finished")).toBe("SpecChanged");
  });

  test("in fields that the run isn't made of: the gate is decided", async () => {
    const { run } = await createRun({ timeouts: { execution: "100s" } }, async (workload, created) => {
      await scene.cluster.playGate(created, SURE);
      const notify = [{ url: scene.hook.url, events: ["Completed"] }];
      await edit(workload, { timeouts: { execution: "200s" }, notify, ttlSecondsAfterFinished: 3600 });
    });
    expect((await scene.cluster.untilDecided(run)).message).toContain("approved by opa");
  });
});

describe("changes the spec of a run that has started", () => {
  test.each(CHANGES)("%s: refused by the API server", async (_, spec, change) => {
    const { name } = await createRun(spec, async () => undefined);
    await scene.status(name, ({ argoWorkflow }) => argoWorkflow !== undefined);
    const workload = await scene.cluster.client.get<AgentWorkload>(`${WORKLOADS}/${name}`);
    expect(await refusal(edit(workload, change))).toMatch(
      /the run has started: .*immutable now|the run has started, and/,
    );
  });

  test("only to suspend it: taken, and the run is suspended", async () => {
    const { run, name } = await createRun({}, async () => undefined);
    await scene.status(name, ({ argoWorkflow }) => argoWorkflow !== undefined);
    const workload = await scene.cluster.client.get<AgentWorkload>(`${WORKLOADS}/${name}`);
    await edit(workload, { suspend: true });
    const suspended = await until("the suspension", async () => {
      const { spec } = await scene.cluster.client.get<Workflow>(scene.cluster.workflowPath(run));
      return spec.suspend;
    });
    expect(suspended).toBe(true);
  });
});

describe("has the tenant's approval settings changed while a run waits", () => {
  const map = `/api/v1/namespaces/${NAMESPACE}/configmaps/agentic-tenant`;
  const set = (data: Record<string, string | null>) => scene.cluster.client.patch(map, { data });

  test.each([
    ["approval_mode", "manual"],
    ["min_threshold", "0.99"],
    ["approval_policy", "strict"],
  ])("%s: denied, whoever answers", async (key, value) => {
    try {
      const { run } = await createRun({}, async (_, created) => {
        await scene.cluster.playGate(created, SURE);
        await set({ [key]: value });
      });
      expect((await scene.cluster.untilDecided(run)).message).toContain(
        `denied by operator: changed after the run's start: the tenant's ${key};`,
      );
    } finally {
      await set({ [key]: null });
    }
  });

  test("a person's approval counts no more than the policy's: denied", async () => {
    const { run, name } = await createRun({ approval: { mode: "manual" } }, (_, created) =>
      scene.cluster.playGate(created, SURE),
    );
    await scene.inPhase(name, "AwaitingApproval");
    await operator?.stop();
    try {
      await set({ approval_policy: "strict" });
      await approve(name);
      operator = await scene.operator();
      expect((await scene.cluster.untilDecided(run)).message).toContain("denied by operator: changed after the run's");
    } finally {
      await set({ approval_policy: null });
    }
  });

  test("nothing is changed: the person's approval counts", async () => {
    const { run, name } = await createRun({ approval: { mode: "manual" } }, (_, created) =>
      scene.cluster.playGate(created, SURE),
    );
    await scene.inPhase(name, "AwaitingApproval");
    await approve(name);
    expect((await scene.cluster.untilDecided(run)).message).toBe("approved by admin: figures checked");
  });
});

test.each([
  ["takes the record off the Workflow", null],
  ["writes another record", "[]"],
])("%s: denied, because nobody knows then what was started", async (_, record) => {
  const { run } = await createRun({}, async (_, created) => {
    const annotations = { [ANNOTATIONS.startedWith]: record };
    await scene.cluster.client.patch(scene.cluster.workflowPath(created), { metadata: { annotations } });
    await scene.cluster.playGate(created, SURE);
  });
  expect((await scene.cluster.untilDecided(run)).message).toContain("doesn't say what it was started with");
});

describe("has another workload write to the same place while what was approved lies there", () => {
  const digest = `sha256:${"a".repeat(64)}`;

  test.each<[string, Partial<AgentWorkloadSpec>]>([
    ["by its job id", { jobId: "first", artifacts: { prefix: "another-place" } }],
    ["by its prefix", { jobId: "second", artifacts: { prefix: "job_first" } }],
  ])("%s: it isn't started, and its status says why", async (_, spec) => {
    const { run, name } = await createRun({ jobId: "first" }, async () => undefined);
    await scene.status(name, ({ argoWorkflow }) => argoWorkflow !== undefined);
    const other = (await scene.create(`c-${count++}`, spec)).metadata.name;
    const waiting = await scene.status(other, (now) => reason(now, "Accepted") === "ArtifactsInUse");
    expect(waiting.message).toMatch(
      `AgentWorkload ${name} has the same job id or writes its artifacts to the same place, and has not ended`,
    );
    expect(await scene.workflows(other)).toEqual([]);
    await scene.cluster.finish(run, "Succeeded");
    await scene.status(other, ({ argoWorkflow }) => argoWorkflow !== undefined);
    await scene.cluster.finish((await scene.workflows(other))[0] as Workflow, "Succeeded");
  });

  test("one with a job id and a prefix of its own is started at once", async () => {
    const { name } = await createRun({ jobId: "mine" }, async () => undefined);
    const other = await scene.create(`c-${count++}`, { jobId: "other" });
    await scene.status(other.metadata.name, ({ argoWorkflow }) => argoWorkflow !== undefined);
    expect((await scene.workflows(name)).length).toBe(1);
  });

  test("the gate's answer and the status name what is approved, for synthesis and for people", async () => {
    const manifest = { uri: "s3://demo/j/manifests/u/scrape.json", digest, count: 1, bytes: 1 };
    const value = JSON.stringify({ artifacts: { raw_html: "s3://demo/j/raw_html.json" }, manifest });
    const { run, name } = await createRun({}, async (_, created) => {
      const outputs = { parameters: [{ name: "result", value }] };
      await scene.cluster.play(created, { scrape: { type: "Pod", phase: "Succeeded", outputs } });
      await scene.cluster.playGate(created, SURE);
    });
    const gate = await scene.cluster.untilDecided(run);
    expect(gate.outputs?.parameters).toContainEqual(
      expect.objectContaining({ name: "evidence", value: JSON.stringify({ scrape: digest }) }),
    );
    const { approval, artifacts } = await scene.status(name, (now) => now.approval?.decision === "approve");
    expect(approval?.evidence).toEqual({ scrape: digest });
    expect(artifacts).toMatchObject({ manifests: { scrape: manifest.uri }, digests: { scrape: digest } });
  });
});
