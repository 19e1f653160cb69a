// Somebody who writes `$(NAME)` where a value becomes a step's variable: the kubelet would expand it after every check.
import type { AgentWorkload, AgentWorkloadSpec } from "@agentic/api/agentworkload.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Workflow } from "../../operator/argo.ts";
import { buildWorkflow } from "../../operator/decide/workflow.ts";
import { NAMESPACE, type Scene, startScene } from "../integration/operator/scene.ts";
import { refusal } from "./platform.ts";

let scene: Scene;

beforeAll(async () => {
  scene = await startScene();
  await scene.operator();
});
afterAll(() => scene?.stop());

const WORDS = "because the kubelet would put a variable in its place";

test("in the objective: refused by the API server", async () => {
  expect(await refusal(scene.create("objective", { objective: "169.254.169.254 $(JOB_ID)" }))).toContain(WORDS);
});

test.each<[string, Partial<AgentWorkloadSpec>]>([
  ["url", { targetUrls: ["http://$(OBJECTIVE)/latest/meta-data/"] }],
  ["escaped-url", { targetUrls: ["http://$$(OBJECTIVE)/latest/meta-data/"] }],
  ["parameter", { parameters: { depth: "$(POSTGRES_DSN)" } }],
  ["nested", { parameters: { depth: { deep: ["$(POSTGRES_DSN)"] } } }],
])("in a %s: never started, and the status says why", async (name, spec) => {
  await scene.create(name, spec);
  expect((await scene.inPhase(name, "Failed")).message).toContain(WORDS);
  expect(await scene.workflows(name)).toEqual([]);
});

test("in a Workflow's arguments: refused by admission; dollars elsewhere pass", async () => {
  const { client } = scene.cluster;
  const workload = { metadata: { name: "direct", namespace: NAMESPACE, uid: "u" }, spec: { targetUrls: [] } };
  const make = (attempt: number, value: string) =>
    client.create<Workflow>(
      `/apis/argoproj.io/v1alpha1/namespaces/${NAMESPACE}/workflows`,
      buildWorkflow(workload as unknown as AgentWorkload, { attempt, parameters: [{ name: "objective", value }] }),
    );
  expect(await refusal(make(1, "$(JOB_ID)"))).toContain(WORDS);
  expect((await make(0, "5 US$ (net)")).metadata.name).toMatch(/^direct-/);
});

test("dollars without a parenthesis: started, unchanged", async () => {
  const objective = "what costs $5 or 5 US$ (net)?";
  const run = await scene.cluster.runOf(await scene.create("dollars", { objective }));
  expect(run.spec.arguments?.parameters).toContainEqual({ name: "objective", value: objective });
});
