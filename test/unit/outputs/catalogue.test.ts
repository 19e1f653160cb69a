// The catalogue's JSON Schema says of parameters what the operator says of them.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { catalogueTemplate, parameterErrors, unsupportedFields } from "../../../api/catalogue.ts";
import { mergeParameters } from "../../../operator/decide/parameters.ts";
import { workflowTemplates } from "../../../workflows/index.ts";

const described = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "WorkflowTemplate",
  metadata: { name: "own", namespace: "n" },
  spec: {
    entrypoint: "main",
    arguments: {
      parameters: [
        { name: "job_id" },
        { name: "objective" },
        { name: "depth" },
        { name: "tone", value: "calm", enum: ["calm", "bold"], description: "How it sounds" },
        { name: "model", value: "default" },
      ],
    },
    templates: [{ name: "main", dag: { tasks: [{ name: "one" }, { name: "two" }] } }],
  },
};
const entry = catalogueTemplate(described);

describe("an entry", () => {
  it("says what each parameter may be and where it comes from", () => {
    const { properties, required } = entry.parameters;
    expect(required).toEqual(["depth"]);
    expect(properties.tone).toEqual({
      type: ["string"],
      default: "calm",
      enum: ["calm", "bold"],
      description: "How it sounds",
    });
    expect(properties.job_id).toMatchObject({ readOnly: true, "x-set-by": "spec.jobId" });
    expect(properties.model).toMatchObject({ default: "default", "x-set-by": "spec.model" });
    expect(entry.steps).toEqual(["one", "two"]);
  });

  it("is there for each template, with words for people", () => {
    for (const template of workflowTemplates.map(catalogueTemplate)) {
      expect(template.description.length, template.name).toBeGreaterThan(20);
      expect(template.owner, template.name).not.toBe("");
      expect(template.steps.length, template.name).toBeGreaterThan(0);
      for (const [name, schema] of Object.entries(template.parameters.properties))
        expect(schema.description, `${template.name} ${name}`).toBeTruthy();
    }
  });
});

it.each([
  [{}, "spec.parameters.depth: template own needs it"],
  [{ depth: 1, tone: "loud" }, "spec.parameters.tone: must be equal to one of the allowed values"],
  [{ depth: 1, dpth: 2 }, "spec.parameters.dpth: template own declares no such parameter: it has depth, tone, model"],
  [{ depth: 1, job_id: "x" }, "spec.parameters.job_id: is set by spec.jobId: leave it out here"],
  [{ depth: 1, minio_url: "x" }, "spec.parameters.minio_url: is set by the platform: leave it out here"],
  [{ depth: 1, model: "" }, "spec.parameters.model: must match pattern"],
  [{ depth: "{{workflow.name}}" }, `spec.parameters.depth: must not contain '{{'`],
])("%j is refused in words that name the way out", (parameters, message) => {
  expect(parameterErrors(entry, parameters).join("\n")).toContain(message);
});

it("agrees with the operator on every set of parameters", () => {
  const name = fc.constantFrom("depth", "tone", "model", "job_id", "objective", "other", "some_url");
  const value = fc.oneof(
    fc.constantFrom("calm", "bold", "{{x}}", "text", "", " "),
    fc.integer(),
    fc.jsonValue({ maxDepth: 2 }),
  );
  fc.assert(
    fc.property(fc.dictionary(name, value, { maxKeys: 4 }), (parameters) => {
      const spec = { objective: "o", targetUrls: ["http://a.test/"], parameters };
      const workload = { apiVersion: "", kind: "", metadata: { name: "w" }, spec };
      const merged = mergeParameters(workload, described as never, {});
      const isNull = Object.values(parameters).includes(null);
      if (!isNull) expect(parameterErrors(entry, parameters).length === 0).toBe(merged.ok);
    }),
    { numRuns: 300 },
  );
});

it("tells which fields a template has no parameter for", () => {
  expect(unsupportedFields(entry, { model: "m", artifacts: { cache: false } })).toEqual([]);
  expect(unsupportedFields(entry, { resources: { limits: { cpu: "1" } }, artifacts: { cache: true } })).toEqual([
    "spec.artifacts.cache: template own doesn't support it (it declares no parameter artifact_cache)",
    "spec.resources.limits.cpu: template own doesn't support it (it declares no parameter cpu_limit): Argo can't set a container's resources from a parameter, run a template of another size",
  ]);
});
