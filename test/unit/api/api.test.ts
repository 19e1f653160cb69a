// The contract: artifact URIs, the definition of AgentWorkload, and names.
import { AgentWorkloadSpecSchema } from "@agentic/api/agentworkload.ts";
import { ARTIFACTS, defaultPrefix, parseS3Uri, s3Uri, screenshotKey } from "@agentic/api/artifacts.ts";
import { agentWorkloadCrd, type StructuralSchema, structuralSchema } from "@agentic/api/crd.ts";
import { LABELS, tenantNamespace } from "@agentic/api/names.ts";
import { isFinal, PHASES } from "@agentic/api/phases.ts";
import { AGENT_ENV, isReservedParameter, OPTIONAL_PARAMETERS, PARAMETERS } from "@agentic/api/template.ts";
import { TENANT_PARAMETERS } from "@agentic/api/tenant-settings.ts";
import fc from "fast-check";
import { Type } from "typebox";
import { describe, expect, it } from "vitest";
import { nonEmpty } from "../../non-empty.ts";

describe("artifact URIs", () => {
  it("come back as they were made", () => {
    const segment = fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" }).filter((text) => !text.includes("/"));
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), (segments) => {
        const key = segments.join("/");
        expect(parseS3Uri(s3Uri("artifacts", key))).toEqual({ bucket: "artifacts", key });
      }),
    );
  });

  it("join a prefix and a key", () => {
    expect(s3Uri("artifacts", defaultPrefix("x"), screenshotKey(0))).toBe("s3://artifacts/job_x/screenshots/0.png");
    expect(s3Uri("artifacts", "job_x", ARTIFACTS.report)).toBe("s3://artifacts/job_x/report.md");
  });

  it.each([
    "",
    "http://a/b",
    "s3://",
    "s3://artifacts",
    "s3://artifacts/",
    "s3:///key",
    "s3://UPPER/key",
    "s3://ab/k",
    "s3://artifacts/%zz",
  ])("are not %j", (text) => {
    expect(() => parseS3Uri(text)).toThrow("not a valid artifact URI");
  });

  it("are not made of what they can't name", () => {
    expect(() => s3Uri("Bad Bucket", "k")).toThrow("not a valid bucket name");
    expect(() => s3Uri("artifacts", "")).toThrow("not a valid object key");
    expect(() => s3Uri("artifacts", "/k")).toThrow("not a valid object key");
    for (const n of [-1, 0.5, Number.NaN]) expect(() => screenshotKey(n)).toThrow("0 or more");
  });
});

describe("the CRD", () => {
  const schema = agentWorkloadCrd().spec.versions[0]?.schema.openAPIV3Schema;

  function* walk(node: StructuralSchema, path: string): Generator<[string, StructuralSchema]> {
    yield [path, node];
    for (const [name, child] of Object.entries(node.properties ?? {})) yield* walk(child, `${path}.${name}`);
    if (node.items) yield* walk(node.items, `${path}[]`);
    if (node.additionalProperties) yield* walk(node.additionalProperties, `${path}[*]`);
  }

  it("has a type everywhere but for values of any JSON", () => {
    const untyped = [...walk(schema as StructuralSchema, "")].filter(([, node]) => node.type === undefined);
    expect(untyped.map(([path]) => path)).toEqual([".spec.parameters[*]"]);
    expect(untyped[0]?.[1]["x-kubernetes-preserve-unknown-fields"]).toBe(true);
  });

  it("bounds every text, list and map of the spec, so that rules stay cheap", () => {
    for (const [path, node] of nonEmpty(walk(schema?.properties.spec as StructuralSchema, "spec"))) {
      if (node.type === "string" && !node.enum) expect(node.maxLength, path).toBeGreaterThan(0);
      if (node.type === "array") expect(node.maxItems, path).toBeGreaterThan(0);
      if (node.additionalProperties) expect(node.maxProperties, path).toBeGreaterThan(0);
    }
  });

  it("describes every field of the spec", () => {
    for (const [name, node] of nonEmpty(Object.entries(structuralSchema(AgentWorkloadSpecSchema).properties ?? {}))) {
      const described = node.description ?? Object.values(node.properties ?? {}).every((child) => child.description);
      expect(described, name).toBeTruthy();
    }
  });

  it("is not made of what a CRD can't express", () => {
    expect(() => structuralSchema(Type.Object({ a: Type.Literal("x") }), "spec")).toThrow(
      "spec.a: a CRD's schema can't express \"const\"",
    );
    const two = { type: "object", patternProperties: { a: Type.String(), b: Type.String() } };
    expect(() => structuralSchema(two)).toThrow("one kind of value");
    expect(structuralSchema(Type.Object({ a: Type.Optional(Type.String()) }))).not.toHaveProperty("required");
  });
});

describe("names", () => {
  it("of labels are ours", () => {
    for (const label of Object.values(LABELS)) expect(label).toMatch(/^agentic\.io\/[a-z-]+$/);
    expect(tenantNamespace("demo")).toBe("tenant-demo");
  });

  it("of phases tell the final ones", () => {
    expect(PHASES.filter(isFinal)).toEqual(["Completed", "Failed", "Denied"]);
    expect(isFinal(undefined)).toBe(false);
  });

  it("of parameters that steer the platform are reserved", () => {
    const unreserved = Object.values(PARAMETERS).filter((name) => !isReservedParameter(name));
    expect(unreserved).toEqual(["model"]);
    for (const name of ["any_url", "my_dsn", "x_image", "memory_limit"])
      expect(isReservedParameter(name), name).toBe(true);
    for (const name of ["depth", "urls", "language"]) expect(isReservedParameter(name), name).toBe(false);
  });

  it("of tenants' settings and of the agents' environment are parameters", () => {
    const parameters: readonly string[] = [...Object.values(PARAMETERS), ...Object.values(OPTIONAL_PARAMETERS)];
    for (const name of [...TENANT_PARAMETERS, ...Object.values(AGENT_ENV)]) expect(parameters).toContain(name);
  });
});
