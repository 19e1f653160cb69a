// What a workload needs before its Workflow is created.
import type { AgentWorkloadSpec } from "@agentic/api/agentworkload.ts";
import { describe, expect, it } from "vitest";
import type { Workflow } from "../../../operator/argo.ts";
import { decide } from "../../../operator/decide/decide.ts";
import { ALLOWED, condition, kinds, observed, run, START, TEMPLATE, timeAt, workload } from "./observed.ts";

describe("a workload without a Workflow", () => {
  it("asks the policy engine before anything is made", () => {
    const decision = decide(observed());
    expect(decision.actions).toEqual([]);
    expect(decision.ask).toMatchObject({
      rule: "start",
      input: {
        workload: { name: "prices", namespace: "tenant-demo", jobId: "prices" },
        template: { name: "visual-analysis-template", clusterScope: false },
        tenant: { minio_bucket: "demo" },
        attempt: 0,
      },
    });
  });

  it("gets a Workflow with the template, the parameters and nothing else that it could steer", () => {
    const decision = decide(observed({ answers: { start: ALLOWED } }));
    expect(decision.actions).toEqual([
      {
        kind: "create",
        workflow: {
          apiVersion: "argoproj.io/v1alpha1",
          kind: "Workflow",
          metadata: {
            name: expect.stringMatching(/^prices-[0-9a-f]{8}$/),
            namespace: "tenant-demo",
            labels: { "agentic.io/workload": "prices", "agentic.io/job-id": "prices", "agentic.io/attempt": "0" },
            annotations: {
              "agentic.io/started-with": expect.stringMatching(
                /^\{"spec.objective":"[0-9a-f]{32}","spec.targetUrls":"[0-9a-f]{32}"\}$/,
              ),
            },
            ownerReferences: [
              {
                apiVersion: "agentic.io/v1alpha1",
                kind: "AgentWorkload",
                name: "prices",
                uid: "4f0c6a52-9f3c-4b0e-8a53-0d6f0c1f7c11",
                controller: true,
              },
            ],
          },
          spec: {
            workflowTemplateRef: { name: "visual-analysis-template" },
            serviceAccountName: "agent",
            activeDeadlineSeconds: 300 + 1800,
            podMetadata: {
              labels: { "agentic.io/workload": "prices", "agentic.io/job-id": "prices", "agentic.io/attempt": "0" },
            },
            arguments: {
              parameters: [
                { name: "job_id", value: "prices" },
                { name: "run_id", value: "4f0c6a52-9f3c-4b0e-8a53-0d6f0c1f7c11" },
                { name: "objective", value: "compare prices" },
                { name: "target_urls", value: '["https://example.com/"]' },
                { name: "minio_bucket", value: "demo" },
                { name: "artifact_prefix", value: "job_prices" },
                { name: "agent_image", value: "registry.local/agents:1" },
                { name: "model", value: "tenant-model" },
                { name: "approval_timeout", value: "30m" },
              ],
            },
          },
        },
      },
    ]);
  });

  it("gets the same Workflow name however often it is decided, and another one when it is replaced", () => {
    const name = (uid: string) => {
      const subject = workload();
      subject.metadata.uid = uid;
      const [action] = decide(observed({ workload: subject, answers: { start: ALLOWED } })).actions;
      return action?.kind === "create" ? action.workflow.metadata.name : "";
    };
    expect(name("a")).toBe(name("a"));
    expect(name("a")).not.toBe(name("b"));
  });

  it("tells the steps whose run it is: the same over retries, another one for a workload of the same name and job", () => {
    const runId = (uid: string, runs: Workflow[] = []) => {
      const subject = workload({ jobId: "shared", retry: { limit: 1, backoff: "1s" } });
      subject.metadata.uid = uid;
      const input = observed({ workload: subject, runs, now: START + 100_000, answers: { start: ALLOWED } });
      // A failure is written down before the next run.
      if (runs.length > 0) subject.status = decide(input).status;
      const [action] = decide(input).actions;
      if (action?.kind !== "create") throw new Error("no Workflow is made");
      return action.workflow.spec.arguments?.parameters?.find(({ name }) => name === "run_id")?.value;
    };
    const failed = run(workload({ jobId: "shared" }), [], { phase: "Failed", finishedAt: timeAt(5) });
    expect(runId("a")).toBe("a");
    expect(runId("a", [failed])).toBe("a");
    expect(runId("b")).toBe("b");
  });

  it("is denied with the policy's reasons", () => {
    const decision = decide(
      observed({ answers: { start: { ok: true, allow: false, reasons: ["too many", "not now"] } } }),
    );
    expect(decision.actions).toEqual([]);
    expect(decision.status).toMatchObject({ phase: "Denied", completedAt: timeAt(1) });
    expect(decision.status.message).toContain("too many; not now");
    expect(condition(decision, "Accepted")).toEqual({ status: "False", reason: "StartDenied" });
  });

  it("waits, ever longer, while the policy engine doesn't answer", () => {
    const decision = decide(observed({ answers: { start: { ok: false, error: "connect ECONNREFUSED" } } }));
    expect(decision).toMatchObject({ actions: [], backoff: true, status: { phase: "Pending" } });
    expect(condition(decision, "PolicyAvailable")).toEqual({ status: "False", reason: "Unreachable" });
    expect(decision.events.map(({ reason }) => reason)).toContain("PolicyUnavailable");
  });

  it("says again that the policy engine answers", () => {
    const before = decide(observed({ answers: { start: { ok: false, error: "down" } } })).status;
    const decision = decide(observed({ workload: workload({}, before), answers: { start: ALLOWED } }));
    expect(condition(decision, "PolicyAvailable")).toEqual({ status: "True", reason: "Answered" });
  });

  it("waits for its template and wakes at the end of its patience", () => {
    const decision = decide(observed({ template: undefined }));
    expect(decision.status.phase).toBe("Pending");
    expect(condition(decision, "Accepted")).toEqual({ status: "False", reason: "TemplateNotFound" });
    expect(decision.events).toHaveLength(1);
    expect(decision.wakeAt).toBe(START + 1000 + 299_000);
  });

  it("tells of a missing template once, and goes on when it appears", () => {
    const { status } = decide(observed({ template: undefined }));
    const waiting = workload({}, status);
    expect(decide(observed({ workload: waiting, template: undefined, now: START + 5000 })).events).toEqual([]);
    expect(kinds(decide(observed({ workload: waiting, answers: { start: ALLOWED } })))).toEqual(["create"]);
  });

  it("fails when it has waited longer than timeouts.pending", () => {
    const { status } = decide(observed({ template: undefined }));
    const decision = decide(observed({ workload: workload({}, status), template: undefined, now: START + 302_000 }));
    expect(decision.status).toMatchObject({ phase: "Failed", completedAt: timeAt(302) });
    expect(condition(decision, "Finished")).toEqual({ status: "True", reason: "PendingTimeout" });
  });

  it("waits for its tenant's settings where only these are missing", () => {
    const decision = decide(observed({ tenant: undefined }));
    expect(decision.status.phase).toBe("Pending");
    expect(condition(decision, "Accepted")).toEqual({ status: "False", reason: "TenantNotFound" });
  });

  it("starts nothing while suspended, and its patience begins when it is no longer", () => {
    const suspended = decide(observed({ workload: workload({ suspend: true }) }));
    expect(suspended.status.phase).toBe("Pending");
    expect(condition(suspended, "Accepted")).toEqual({ status: "Unknown", reason: "Suspended" });
    const later = START + 3_600_000;
    const resumed = workload({}, suspended.status);
    const decision = decide(observed({ workload: resumed, template: undefined, now: later }));
    expect(decision.status.phase).toBe("Pending");
    expect(decision.wakeAt).toBe(later + 300_000);
  });

  it("says what the API server has against the Workflow, and tries again", () => {
    const decision = decide(observed({ answers: { start: ALLOWED }, refusal: "exceeded quota" }));
    expect(decision).toMatchObject({ backoff: true, actions: [], status: { phase: "Pending" } });
    expect(decision.status.message).toContain("exceeded quota");
  });

  const refusals: [string, Partial<AgentWorkloadSpec>, string, string][] = [
    ["another cluster", { clusterRef: "east" }, "UnknownCluster", "spec.clusterRef: east"],
    ["a parameter that the template lacks", { parameters: { width: 3 } }, "InvalidParameters", "it has model, depth"],
    ["a parameter that the platform sets", { parameters: { agent_image: "evil" } }, "InvalidParameters", "agent_image"],
    ["an address of a service", { parameters: { litellm_url: "http://evil" } }, "InvalidParameters", "litellm_url"],
    ["a substitution tag in a parameter", { parameters: { depth: "{{workflow.uid}}" } }, "InvalidParameters", "{{"],
    ["an object for a model", { parameters: { model: { name: "m" } } }, "InvalidParameters", "it is an object"],
    [
      "a sentence for a model",
      { parameters: { model: "the best" } },
      "InvalidParameters",
      "must be the name of a model",
    ],
    ["a NUL in a parameter", { parameters: { depth: "a\0b" } }, "InvalidParameters", "NUL"],
    [
      "a byte more than a step can be given",
      { parameters: { depth: `${"日".repeat(43_605)}a` } },
      "InvalidParameters",
      "parameter depth: has 130816 bytes (UTF-8), a step takes at most 130815",
    ],
    [
      "an object that is too long as JSON",
      { parameters: { depth: { a: "ü".repeat(65_410) } } },
      "InvalidParameters",
      "parameter depth: has 130828 bytes",
    ],
    [
      "URLs that no step can be given",
      { targetUrls: Array.from({ length: 64 }, (_, i) => `https://example.com/${i}${"b".repeat(2020)}`) },
      "InvalidParameters",
      "parameter target_urls: has",
    ],
    [
      "resources that the template can't set",
      { resources: { limits: { memory: "1Gi" } } },
      "InvalidParameters",
      "memory_limit",
    ],
    ["a cache that the template doesn't have", { artifacts: { cache: true } }, "InvalidParameters", "artifact_cache"],
  ];
  it.each(refusals)("is refused with %s", (_, spec, reason, text) => {
    const decision = decide(observed({ workload: workload(spec) }));
    expect(decision.actions).toEqual([]);
    expect(decision.ask).toBeUndefined();
    expect(decision.status.phase).toBe("Failed");
    expect(condition(decision, "Finished")).toEqual({ status: "True", reason });
    expect(decision.status.message).toContain(text);
  });

  it("may have values just as long as a step can be given, of whatever characters", () => {
    for (const depth of ["a".repeat(130_815), "日".repeat(43_605)])
      expect(decide(observed({ workload: workload({ parameters: { depth } }) })).ask?.rule).toBe("start");
  });

  it("is refused where its parameters together don't fit into a Workflow", () => {
    const parameters = Object.fromEntries(["a", "b", "c"].map((name) => [name, "x".repeat(100_000)]));
    const declared = Object.keys(parameters).map((name) => ({ name }));
    const template = { ...TEMPLATE, spec: { arguments: { parameters: declared } } };
    const decision = decide(observed({ workload: workload({ parameters }), template }));
    expect(decision.status.message).toMatch(/the parameters have \d+ bytes together, at most 262144/);
  });

  it("is looked at anew when a refused spec has changed", () => {
    const { status } = decide(observed({ workload: workload({ clusterRef: "east" }) }));
    const changed = workload({}, status);
    expect(decide(observed({ workload: changed })).ask).toBeUndefined();
    changed.metadata.generation = 2;
    const decision = decide(observed({ workload: changed, answers: { start: ALLOWED } }));
    expect(kinds(decision)).toEqual(["create"]);
    expect(decision.status.completedAt).toBeUndefined();
    expect(condition(decision, "Finished")).toBeUndefined();
  });

  it("uses a cluster-scoped template where it says so", () => {
    const subject = workload({ orchestration: { workflowTemplateRef: { name: "shared", clusterScope: true } } });
    const [action] = decide(observed({ workload: subject, template: TEMPLATE, answers: { start: ALLOWED } })).actions;
    expect(action).toMatchObject({
      workflow: { spec: { workflowTemplateRef: { name: "shared", clusterScope: true } } },
    });
    const decision = decide(observed({ workload: subject, template: undefined }));
    expect(decision.status.message).toContain("ClusterWorkflowTemplate shared in the cluster");
  });

  it("is left alone once it is being deleted", () => {
    const subject = workload();
    subject.metadata.deletionTimestamp = timeAt(1);
    expect(decide(observed({ workload: subject, answers: { start: ALLOWED } }))).toMatchObject({
      actions: [],
      events: [],
    });
  });

  it("fails, and makes no second Workflow, where somebody deleted the first", () => {
    const subject = workload();
    const { status } = decide(observed({ workload: subject, runs: [run(subject)] }));
    const decision = decide(observed({ workload: workload({}, status) }));
    expect(decision.actions).toEqual([]);
    expect(condition(decision, "Finished")).toEqual({ status: "True", reason: "WorkflowDeleted" });
  });
});
