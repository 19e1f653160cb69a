// The form of a template: what it asks, what it finds wrong, and the workload that it makes.
import { describe, expect, test } from "vitest";
import type { TemplateView } from "../../../console/contract.ts";
import { faultsIn, faultsOf } from "../../../console/pages/start/checks.ts";
import { askedParameters, emptyDraft, workloadOf } from "../../../console/pages/start/draft.ts";

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

  test("shows beside a field what a refusal says of it", () => {
    const causes = [
      { field: "spec.targetUrls[0]", message: "wrong" },
      { field: "spec.other", message: "of no field" },
    ];
    expect(faultsIn(causes, ["spec.targetUrls", "spec.objective"])).toEqual({ "spec.targetUrls": "wrong" });
  });
});
