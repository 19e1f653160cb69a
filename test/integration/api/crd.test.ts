// What the real API server takes and refuses, and what it fills in.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { workflowAdmissionPolicy } from "@agentic/api/workflow-admission.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildWorkflow } from "../../../operator/decide/workflow.ts";
import { enforce } from "../admission.ts";
import { type Cluster, startCluster } from "../operator/cluster.ts";
import { answersAtGate, type Shape } from "./gate-answers.ts";

const NAMESPACE = "default";
const PATH = `/apis/agentic.io/v1alpha1/namespaces/${NAMESPACE}/agentworkloads`;
const URL = "https://example.com/";

let cluster: Cluster;
let count = 0;

beforeAll(async () => {
  cluster = await startCluster();
});
afterAll(() => cluster.stop());

function workload({ metadata, spec }: Shape = {}) {
  return {
    apiVersion: "agentic.io/v1alpha1",
    kind: "AgentWorkload",
    metadata: { name: `w-${count++}`, ...metadata },
    spec: { objective: "find prices", targetUrls: [URL], ...spec },
  };
}

function create(shape: Shape = {}): Promise<AgentWorkload> {
  return cluster.client.create(`${PATH}?fieldValidation=Strict`, workload(shape));
}

/** 65 URLs that have so many bytes as a JSON array. */
function urlsOf(bytes: number): string[] {
  const urls = Array.from({ length: 65 }, (_, i) => `${URL}${String(i).padStart(2, "0")}${"a".repeat(1980)}`);
  const padding = bytes - Buffer.byteLength(JSON.stringify(urls));
  const perUrl = Math.trunc(padding / urls.length);
  const more = (i: number) => perUrl + (i < padding - perUrl * urls.length ? 1 : 0);
  return urls.map((url, i) => `${url}${"a".repeat(more(i))}`);
}

describe("an AgentWorkload", () => {
  it("gets the defaults of its contract", async () => {
    const { spec } = await create();
    expect(spec).toEqual({
      objective: "find prices",
      targetUrls: [URL],
      orchestration: { workflowTemplateRef: { name: "visual-analysis-template", clusterScope: false } },
      artifacts: { cache: false },
      browser: { scripts: false },
      approval: { mode: "auto", policy: "strict", threshold: "0.95", timeout: "30m" },
      timeouts: { pending: "5m" },
      retry: { limit: 0, backoff: "30s" },
      clusterRef: "local",
      suspend: false,
    });
  });

  it("keeps parameters of any JSON", async () => {
    const parameters = { text: "x", number: 3, flag: true, list: [1, { a: null }], object: { deep: { er: [] } } };
    expect((await create({ spec: { parameters } })).spec.parameters).toEqual(parameters);
  });

  it.each<[string, Shape]>([
    ["a job id with all its characters", { spec: { jobId: "Job_1-x" } }],
    ["a job id of 63 characters", { spec: { jobId: "x".repeat(63) } }],
    ["a name with a dot where the job id is given", { metadata: { name: "a.b" }, spec: { jobId: "a" } }],
    [
      "http, ports, paths and queries",
      { spec: { targetUrls: ["http://shop.demo:8080/a/b?c=d&e=%20#f", "https://[::1]/"] } },
    ],
    ["as many bytes of URLs as a step can be given", { spec: { targetUrls: urlsOf(130_815) } }],
    ["a URL of full length", { spec: { targetUrls: [`${URL}${"a".repeat(2048 - URL.length)}`] } }],
    [
      "compound durations",
      { spec: { timeouts: { execution: "1h30m", pending: "90s" }, approval: { timeout: "168h" } } },
    ],
    ["the thresholds' ends", { spec: { approval: { threshold: "1.00" } } }],
    ["mode manual alone", { spec: { approval: { mode: "manual", timeout: "1h" } } }],
    ["a nested prefix", { spec: { artifacts: { prefix: "team-a/2026/run.1" } } }],
    ["resources", { spec: { resources: { requests: { cpu: "250m", memory: "256Mi" }, limits: { memory: "1.5Gi" } } } }],
    ["a webhook", { spec: { notify: [{ url: "https://hooks.example.com/x", events: ["Completed"], secretRef: {} }] } }],
    ["an objective of 1000 characters", { spec: { objective: "x".repeat(1000) } }],
  ])("may have %s", async (_, shape) => {
    await expect(create(shape)).resolves.toBeDefined();
  });

  it.each<[string, Shape, string]>([
    ["a job id that climbs", { spec: { jobId: "../etc" } }, "spec.jobId"],
    ["a job id with a slash", { spec: { jobId: "a/b" } }, "spec.jobId"],
    ["an empty job id", { spec: { jobId: "" } }, "spec.jobId"],
    ["a job id of 64 characters", { spec: { jobId: "x".repeat(64) } }, "spec.jobId"],
    ["a name that is no job id, without one", { metadata: { name: "a.b.c" } }, "set spec.jobId"],
    ["a name of 64 characters", { metadata: { name: "x".repeat(64) } }, "at most 63 characters"],
    ["no objective", { spec: { objective: undefined } }, "spec.objective"],
    ["a blank objective", { spec: { objective: "  " } }, "spec.objective"],
    ["an objective of 1001 characters", { spec: { objective: "x".repeat(1001) } }, "spec.objective"],
    ["a substitution tag in the objective", { spec: { objective: "{{workflow.uid}}" } }, "must not contain '{{'"],
    ["no URLs", { spec: { targetUrls: [] } }, "spec.targetUrls"],
    ["101 URLs", { spec: { targetUrls: Array(101).fill(URL) } }, "spec.targetUrls"],
    ["a byte of URLs more than a step can be given", { spec: { targetUrls: urlsOf(130_816) } }, "at most 130815 bytes"],
    [
      "few characters of URLs with many bytes",
      { spec: { targetUrls: Array.from({ length: 60 }, (_, i) => `${URL}${i}${"日".repeat(1900)}`) } },
      "at most 130815 bytes",
    ],
    ["a URL with a control character", { spec: { targetUrls: ["https://example.com/\u0001"] } }, "spec.targetUrls[0]"],
    ["a file URL", { spec: { targetUrls: ["file:///etc/passwd"] } }, "spec.targetUrls[0]"],
    ["a script URL", { spec: { targetUrls: ["javascript:alert(1)"] } }, "spec.targetUrls[0]"],
    ["a URL with a password", { spec: { targetUrls: ["https://a:b@example.com/"] } }, "spec.targetUrls[0]"],
    ["a URL with a blank", { spec: { targetUrls: ["https://example.com/a b"] } }, "spec.targetUrls[0]"],
    ["a URL with a tag", { spec: { targetUrls: ["https://example.com/{{x}}"] } }, "spec.targetUrls[0]"],
    ["a URL without a host", { spec: { targetUrls: ["https:///x"] } }, "spec.targetUrls[0]"],
    ["a duration without a unit", { spec: { timeouts: { execution: "300" } } }, "spec.timeouts.execution"],
    ["a duration of nothing", { spec: { timeouts: { execution: "0s" } } }, "more than 0s"],
    ["a duration beyond a week", { spec: { approval: { timeout: "169h" } } }, "at most 168h"],
    ["a negative duration", { spec: { timeouts: { pending: "-5m" } } }, "spec.timeouts.pending"],
    ["a threshold above one", { spec: { approval: { threshold: "1.01" } } }, "spec.approval.threshold"],
    ["a threshold with one decimal", { spec: { approval: { threshold: "0.9" } } }, "spec.approval.threshold"],
    ["a threshold that is a number", { spec: { approval: { threshold: 0.95 } } }, "spec.approval.threshold"],
    ["an unknown mode", { spec: { approval: { mode: "both" } } }, "spec.approval.mode"],
    ["a policy for a person", { spec: { approval: { mode: "manual", policy: "permissive" } } }, "leave out policy"],
    ["a threshold for a person", { spec: { approval: { mode: "manual", threshold: "0.50" } } }, "leave out policy"],
    ["a prefix that climbs", { spec: { artifacts: { prefix: "a/../b" } } }, "spec.artifacts.prefix"],
    ["a prefix from the root", { spec: { artifacts: { prefix: "/a" } } }, "spec.artifacts.prefix"],
    ["a bucket with capitals", { spec: { artifacts: { bucket: "Bucket" } } }, "spec.artifacts.bucket"],
    [
      "a quantity that isn't one",
      { spec: { resources: { limits: { memory: "lots" } } } },
      "spec.resources.limits.memory",
    ],
    ["too many retries", { spec: { retry: { limit: 11 } } }, "spec.retry.limit"],
    ["a negative time to live", { spec: { ttlSecondsAfterFinished: -1 } }, "spec.ttlSecondsAfterFinished"],
    ["an event that doesn't exist", { spec: { notify: [{ url: URL, events: ["Done"] }] } }, "spec.notify[0].events[0]"],
    [
      "51 parameters",
      { spec: { parameters: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`p${i}`, i])) } },
      "spec.parameters",
    ],
    ["an unknown field", { spec: { serviceAccountName: "admin" } }, "serviceAccountName"],
    ["a pod patch", { spec: { podSpecPatch: "hostNetwork: true" } }, "podSpecPatch"],
  ])("can't have %s", async (_, shape, message) => {
    await expect(create(shape)).rejects.toThrow(message);
  });
});

describe("a change", () => {
  const change = ({ metadata }: AgentWorkload, spec: Record<string, unknown>) =>
    cluster.client.patch<AgentWorkload>(`${PATH}/${metadata.name}`, { spec });

  it.each<[string, Record<string, unknown>, string | null]>([
    ["of a job id", { jobId: "a" }, "b"],
    ["that sets a job id", {}, "a"],
    ["that takes a job id away", { jobId: "a" }, null],
  ])("%s is refused", async (_, spec, jobId) => {
    await expect(change(await create({ spec }), { jobId })).rejects.toThrow("jobId is immutable");
  });

  it("of the spec is free until there is a Workflow, then only of what doesn't make the run", async () => {
    const created = await create({ spec: { approval: { mode: "manual" } } });
    await change(created, { objective: "something else" });
    await cluster.client.patch(`${PATH}/${created.metadata.name}/status`, {
      status: { argoWorkflow: { name: "x", namespace: NAMESPACE, uid: "y" } },
    });
    for (const spec of [
      { objective: "third" },
      { targetUrls: [`${URL}2`] },
      { approval: { mode: "auto" } },
      { model: "other" },
    ]) {
      await expect(change(created, spec)).rejects.toThrow("the run has started");
    }
    await change(created, {
      suspend: true,
      ttlSecondsAfterFinished: 5,
      notify: [{ url: "https://hooks.example.com/" }],
    });
  });

  it("of the status leaves the spec, and one of the spec leaves the status", async () => {
    const { metadata } = await create();
    const path = `${PATH}/${metadata.name}`;
    await cluster.client.patch(`${path}/status`, { status: { phase: "Running" }, spec: { suspend: true } });
    await cluster.client.patch(path, { status: { phase: "Completed" } });
    const { spec, status } = await cluster.client.get<AgentWorkload>(path);
    expect(spec.suspend).toBe(false);
    expect(status?.phase).toBe("Running");
  });

  it("to a phase that doesn't exist is refused", async () => {
    const { metadata } = await create();
    const patch = cluster.client.patch(`${PATH}/${metadata.name}/status`, { status: { phase: "Done" } });
    await expect(patch).rejects.toThrow("status.phase");
  });
});

describe("kubectl's table", () => {
  it("shows phase, step, approval, cost and age", async () => {
    await create({ metadata: { name: "shown" } });
    const cost = {
      currency: "USD",
      total: "0.0042",
      parts: {},
      modelCalls: 1,
      tokens: { input: 1, output: 1 },
      prices: "x",
    };
    const status = { phase: "AwaitingApproval", currentNode: "approval-gate", approval: { decision: "pending" }, cost };
    await cluster.client.patch(`${PATH}/shown/status`, { status });
    const { stdout } = await promisify(execFile)(join(cluster.bin, "kubectl"), ["get", "aw", "shown"], {
      env: { KUBECONFIG: cluster.kubeconfig, HOME: "/nonexistent" },
    });
    const [head, row] = stdout.split("\n");
    expect(head?.split(/\s+/)).toEqual(["NAME", "PHASE", "STEP", "APPROVAL", "COST", "AGE"]);
    expect(row).toMatch(/^shown\s+AwaitingApproval\s+approval-gate\s+pending\s+0\.0042\s+\d+s/);
  });
});

answersAtGate({ cluster: () => cluster, path: PATH, workload, create });

describe("a Workflow in a tenant's namespace", () => {
  const path = "/apis/argoproj.io/v1alpha1/namespaces/tenant-admission/workflows";
  const template = { workflowTemplateRef: { name: "visual-analysis-template" } };
  const labels = { "agentic.io/workload": "prices", "agentic.io/job-id": "prices", "agentic.io/attempt": "0" };
  const submit = (spec: object) =>
    cluster.client.create(path, {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Workflow",
      metadata: { generateName: "wf-", labels },
      spec,
    });

  beforeAll(async () => {
    await enforce(cluster.client, [workflowAdmissionPolicy()]);
    await cluster.tenant("tenant-admission");
  });

  it("may be what the operator makes", async () => {
    const built = buildWorkflow(await create(), { attempt: 0, parameters: [{ name: "job_id", value: "x" }] });
    const { namespace: _, ...metadata } = built.metadata;
    await expect(cluster.client.create(path, { ...built, metadata })).resolves.toBeDefined();
  });

  const refusals: [string, object, RegExp][] = [
    ["no template", { entrypoint: "main", templates: [] }, /must use a template/],
    ["another account", { ...template, serviceAccountName: "default" }, /spec.serviceAccountName must be agent/],
    ["a patch of its pods", { ...template, podSpecPatch: "{}" }, /spec.podSpecPatch must not be set/],
    ["labels that it hasn't", { ...template, podMetadata: { labels: { "agentic.io/workload": "x" } } }, /podMetadata/],
    ["other labels", { ...template, podMetadata: { labels: { "agentic.io/component": "x" } } }, /podMetadata/],
    ["annotations", { ...template, podMetadata: { labels, annotations: { a: "b" } } }, /podMetadata/],
  ];
  it.each(refusals)("must not have %s", async (_, spec, words) => {
    await expect(submit(spec)).rejects.toThrow(words);
  });
});
