// The form of a template: what it asks, what it finds wrong, and the workload that it makes.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { describe, expect, test } from "vitest";
import type { TemplateView } from "../../../console/contract.ts";
import { draftOf, droppedParameters } from "../../../console/pages/start/again.ts";
import { faultsIn, faultsOf } from "../../../console/pages/start/checks.ts";
import { askedParameters, emptyDraft, type StartDraft, workloadOf } from "../../../console/pages/start/draft.ts";

describe("a template's form", () => {
  const type = ["string" as const];
  const template: TemplateView = {
    ...{ name: "visual-template", title: "Visual", description: "", owner: "", steps: [] },
    parameters: {
      type: "object",
      additionalProperties: false,
      required: ["region"],
      properties: {
        job_id: { type, readOnly: true },
        region: { type, enum: ["eu", "us"] },
        code: { type, maxLength: 4, pattern: "^[a-z]+$" },
        model: { type, "x-set-by": "spec.model" },
      },
    },
  };
  const draft = { ...emptyDraft("visual-template"), objective: "x", urls: " https://a.example/ \n\n" };
  const filled = { ...draft, parameters: { region: "eu" } };

  test("asks for what nothing else sets, under a name of its own", () => {
    expect(askedParameters(template).map(([name]) => name)).toEqual(["region", "code", "model"]);
    expect(draft.name).toMatch(/^visual-[a-z2-9]{5}$/);
    expect(faultsOf(template, filled)).toEqual({});
  });

  test.each([
    ["metadata.name", { name: "Not-One" }],
    ["metadata.name", { name: "a".repeat(64) }],
    ["spec.objective", { objective: "  " }],
    ["spec.targetUrls", { urls: "" }],
    ["spec.targetUrls", { urls: "https://a.example/\nftp://b.example/" }],
    ["spec.targetUrls", { urls: "https://a.example/\n".repeat(101) }],
    ["spec.parameters.region", { parameters: {} }],
    ["spec.parameters.code", { parameters: { region: "eu", code: "abcde" } }],
    ["spec.parameters.code", { parameters: { region: "eu", code: "A" } }],
  ])("finds %s wrong where it is %j", (field, wrong) => {
    expect(Object.keys(faultsOf(template, { ...filled, ...wrong }))).toEqual([field]);
  });

  test("makes the workload, without what was left empty", () => {
    const { spec } = workloadOf(template, "tenant-demo", filled);
    expect(spec).toEqual({
      objective: "x",
      targetUrls: ["https://a.example/"],
      orchestration: { workflowTemplateRef: { name: "visual-template" } },
      parameters: { region: "eu" },
    });
    const asked = { ...filled, mode: "manual" as const, parameters: { region: "eu", model: "small" } };
    expect(workloadOf(template, "tenant-demo", asked).spec).toMatchObject({
      model: "small",
      approval: { mode: "manual" },
    });
  });

  describe("of a workload that is run again", () => {
    const before: AgentWorkload = {
      ...{ apiVersion: "agentic.io/v1alpha1", kind: "AgentWorkload" },
      metadata: { name: "prices", namespace: "tenant-demo", uid: "u1" },
      spec: {
        ...{ objective: "y", targetUrls: ["https://a.example/", "https://b.example/"], model: "small" },
        ...{ jobId: "prices", suspend: true, budget: { amount: "0.50" }, artifacts: { bucket: "kept" } },
        parameters: { region: "us", code: 7, gone: "x" },
        approval: { mode: "auto", policy: "permissive", threshold: "0.80", timeout: "5m" },
      },
    };
    const again = draftOf(template, before);
    const { jobId: _, suspend: __, ...same } = before.spec;
    const spec = { ...same, parameters: { region: "us", code: 7 } };
    const made = (change: Partial<StartDraft>) => workloadOf(template, "tenant-demo", { ...again, ...change });

    test("begins with its values under a new name, and makes the same as another job", () => {
      const name = expect.stringMatching(/^prices-[a-z2-9]{5}$/);
      expect(again).toMatchObject({ name, parameters: { region: "us", code: "7", model: "small" } });
      const orchestration = { workflowTemplateRef: { name: "visual-template" } };
      expect(made({}).spec).toEqual({ ...spec, orchestration, approval: { ...before.spec.approval, mode: undefined } });
      expect(droppedParameters(template, before)).toEqual(["gone"]);
    });

    test("changes what is changed in it, and nothing that it has no field for", () => {
      const changed = made({ objective: "z", parameters: { region: "eu", code: "" } }).spec;
      expect(changed).toMatchObject({ objective: "z", budget: { amount: "0.50" }, artifacts: { bucket: "kept" } });
      expect([changed.parameters, changed.model]).toEqual([{ region: "eu" }, undefined]);
    });

    test("leaves the policy's settings out where a person decides, which the API server demands", () => {
      expect(made({ mode: "manual" }).spec.approval).toEqual({ timeout: "5m", mode: "manual" });
    });
  });

  test("shows beside a field what a refusal says of it", () => {
    const causes = [
      { field: "spec.targetUrls[0]", message: "wrong" },
      { field: "spec.other", message: "of no field" },
    ];
    expect(faultsIn(causes, ["spec.targetUrls", "spec.objective"])).toEqual({ "spec.targetUrls": "wrong" });
  });
});
