// The controller against a real API server; the test plays the kubelet.
import { afterAll, beforeAll, expect, test } from "vitest";
import { engineRules, engineTenantRules } from "../../../components/argo/builtin-engine.ts";
import * as paths from "../../../embedded/engine/controller/paths.ts";
import { tail } from "../../../embedded/engine/controller/tail.ts";
import type { Workflow } from "../../../embedded/engine/core/types.ts";
import { RecordedRights } from "../rights.ts";
import { Cluster, until } from "./cluster.ts";
import { cronTests, eventOn } from "./crons.ts";
import { NS, single, step } from "./specs.ts";
import { workflowTests } from "./workflows.ts";

let cluster: Cluster;
const rights = new RecordedRights("system:serviceaccount:default:engine");

beforeAll(async () => {
  cluster = await Cluster.start({ flags: rights.flags });
  await cluster.namespace(NS);
  await cluster.startEngine([], await cluster.asEngine());
});
afterAll(async () => {
  await cluster?.stop();
  rights.remove();
});

workflowTests(() => cluster);
cronTests(() => cluster);

test("a pod that the API server refuses ends its workflow with the reason, though its result is used", async () => {
  const resources = { requests: { cpu: "2" }, limits: { cpu: "1" } };
  const steps = [
    [{ name: "a", template: "s" }],
    [{ name: "b", template: "s", when: "{{steps.a.outputs.result}} == yes" }],
  ];
  await cluster.submit(NS, "unwanted", {
    entrypoint: "main",
    templates: [
      { name: "main", steps },
      { name: "s", script: { image: "i", command: ["sh"], source: "echo yes", resources } },
    ],
  });
  const workflow = await cluster.phase(NS, "unwanted", "Failed");
  expect(workflow.status?.message).toMatch(
    /^child 'unwanted-\d+' failed: a: Pod .* is invalid: .*must be less than or equal to cpu limit/,
  );
  expect(cluster.node(workflow, "a").phase).toBe("Error");
});

test("numbers of 64 bits reach the pod, and the user's spec stays as it was written", async () => {
  const value = 9223372036854775807n;
  const spec: Workflow["spec"] = {
    entrypoint: "main",
    arguments: { parameters: [{ name: "id", value }] },
    templates: [
      { name: "main", steps: [[{ name: "a", template: "use", withItems: [12345678901234567n, { id: value }] }]] },
      { name: "use", container: { image: "i", args: ["{{workflow.parameters.id}}"] } },
    ],
  };
  const use = spec.templates?.[0]?.steps?.[0]?.[0];
  if (use) use.arguments = { parameters: [{ name: "v", value: "{{item}}" }] };
  Object.assign(spec.templates?.[1] ?? {}, { inputs: { parameters: [{ name: "v" }] } });
  const specText = async () => {
    const text = await tail(cluster.client, paths.workflow(NS, "digits"), {}, 1 << 20);
    return text.slice(text.indexOf('"spec":'), text.indexOf('"status":') < 0 ? undefined : text.indexOf('"status":'));
  };
  await cluster.submit(NS, "digits", spec);
  const first = await cluster.pod(NS, "a(0:12345678901234567)");
  const second = await cluster.pod(NS, "a(1:id:9223372036854775807)");
  expect(first.spec.containers).toMatchObject([{ args: ["9223372036854775807"] }]);
  await cluster.end(first);
  await cluster.end(second);
  const workflow = await cluster.phase(NS, "digits", "Succeeded");
  expect(cluster.node(workflow, "a(1:id:9223372036854775807)").inputs?.parameters?.[0]?.value).toBe(
    '{"id":9223372036854775807}',
  );
  const after = await specText();
  expect(after).toContain('"value":9223372036854775807');
  expect(after).toContain('[12345678901234567,{"id":9223372036854775807}]');
});

test("an object of a kind that isn't carried out is told so, by an event and a condition", async () => {
  const bindings = paths.ofKind("workfloweventbindings", NS);
  await cluster.client.create(bindings, {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "WorkflowEventBinding",
    metadata: { namespace: NS, name: "on-push" },
    spec: {},
  });
  expect(await eventOn(cluster, "on-push")).toMatchObject({
    involvedObject: { kind: "WorkflowEventBinding" },
    type: "Warning",
    reason: "NotServed",
  });
  const binding = await until("the condition", async () => {
    const stored = await cluster.client.get<{ status?: object; spec: object }>(`${bindings}/on-push`);
    return stored.status && stored;
  });
  expect(binding).toMatchObject({
    spec: {},
    status: { conditions: [{ type: "NotServed", status: "True", message: expect.stringContaining("on an event") }] },
  });
});

test("templates are found the moment that they exist, in the namespace and in the cluster", async () => {
  const template = cluster.template(NS, "tmpl", {
    ...single(),
    workflowMetadata: { labels: { "from-template": "yes" } },
  });
  const shared = cluster.template(undefined, "shared", { templates: [step] });
  await Promise.all([template, shared]);
  await cluster.submit(NS, "byref", { workflowTemplateRef: { name: "tmpl" } });
  await cluster.submit(NS, "bycluster", {
    entrypoint: "main",
    templates: [
      { name: "main", steps: [[{ name: "a", templateRef: { name: "shared", template: "c", clusterScope: true } }]] },
    ],
  });
  await cluster.end(await cluster.pod(NS, "byref"));
  await cluster.end(await cluster.pod(NS, "bycluster[0].a"));
  const workflow = await cluster.phase(NS, "byref", "Succeeded");
  expect(workflow.metadata.labels).toMatchObject({
    "from-template": "yes",
    "workflows.argoproj.io/workflow-template": "tmpl",
  });
  await cluster.phase(NS, "bycluster", "Succeeded");
});

test("a restarted engine carries on where it was, and makes no second pod", async () => {
  await cluster.submit(NS, "carry", {
    entrypoint: "main",
    templates: [{ name: "main", steps: [[{ name: "a", template: "c" }], [{ name: "b", template: "c" }]] }, step],
  });
  const first = await cluster.pod(NS, "carry[0].a");
  await cluster.stopEngine();
  await cluster.end(first);
  await cluster.startEngine();
  await cluster.end(await cluster.pod(NS, "carry[1].b"));
  await cluster.phase(NS, "carry", "Succeeded");
  const leftPods = (await cluster.pods(NS)).filter(
    ({ metadata }) => metadata.labels?.["workflows.argoproj.io/workflow"] === "carry",
  );
  expect(leftPods).toHaveLength(2);
  expect(leftPods.find(({ metadata }) => metadata.name === first.metadata.name)?.metadata.uid).toBe(first.metadata.uid);
});

test("a pod that is missing though its node waits for it is made again", async () => {
  await cluster.submit(NS, "lost", single());
  const pod = await cluster.pod(NS, "lost");
  await cluster.remove(pod);
  const next = await until("another pod", async () =>
    (await cluster.pods(NS)).find(({ metadata }) => metadata.name === "lost" && metadata.uid !== pod.metadata.uid),
  );
  await cluster.end(next);
  const workflow = await cluster.phase(NS, "lost", "Succeeded");
  expect(cluster.node(workflow, "lost").phase).toBe("Succeeded");
});

test("an engine for some namespaces leaves the others alone", async () => {
  await cluster.namespace("other");
  await cluster.stopEngine();
  await cluster.startEngine(["other"]);
  await cluster.submit(NS, "outside", single());
  await cluster.submit("other", "inside", single());
  await cluster.end(await cluster.pod("other", "inside"));
  await cluster.phase("other", "inside", "Succeeded");
  expect((await cluster.workflow(NS, "outside")).status).toBeUndefined();
  await cluster.stopEngine();
  await cluster.startEngine();
  await cluster.end(await cluster.pod(NS, "outside"));
  await cluster.phase(NS, "outside", "Succeeded");
});

test("serves health and metrics", async () => {
  const { healthPort, metricsPort } = cluster.engine;
  expect((await fetch(`http://127.0.0.1:${healthPort}/healthz`)).status).toBe(200);
  expect((await fetch(`http://127.0.0.1:${healthPort}/other`)).status).toBe(404);
  await cluster.end(await cluster.submit(NS, "counted", single()).then(() => cluster.pod(NS, "counted")));
  await cluster.phase(NS, "counted", "Succeeded");
  const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  expect(metrics).toMatch(/argo_workflows_gauge\{phase="Succeeded"\} [1-9]/);
  expect(metrics).toMatch(/argo_workflows_pods_total_count\{phase="Succeeded",namespace="tenant"\} [1-9]/);
});

test("has no right that it neither uses nor has a reason for", () => {
  const unserved = "such objects are told that they have no effect; this cluster doesn't have the kind";
  const reasons = {
    "get workflows.argoproj.io": "another wrote the Workflow meanwhile",
    "get workflowtemplates.argoproj.io": "a template that is newer than the cache",
    "get clusterworkflowtemplates.argoproj.io": "a template that is newer than the cache",
    "get pods": "the pod is there already, of an engine that crashed",
    "get pods/log": "a step whose result is what it prints",
    "list workflowartifactgctasks.argoproj.io": unserved,
    "watch workflowartifactgctasks.argoproj.io": unserved,
    "list workflowtaskresults.argoproj.io": unserved,
    "watch workflowtaskresults.argoproj.io": unserved,
    "list workflowtasksets.argoproj.io": unserved,
    "watch workflowtasksets.argoproj.io": unserved,
  };
  expect(rights.unexplained([...engineRules, ...engineTenantRules], reasons)).toEqual([]);
});
