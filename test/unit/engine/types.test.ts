// Every field that the engine takes has a type, and a value of any other type is refused by the path of its field.
import { describe, expect, test } from "vitest";
import { advance } from "../../../embedded/engine/core/advance.ts";
import { workflowSpecShape } from "../../../embedded/engine/core/schema.ts";
import type { Shape } from "../../../embedded/engine/core/typed.ts";
import { fieldsOf } from "../../../embedded/engine/core/typed.ts";
import type { Workflow } from "../../../embedded/engine/core/types.ts";
import { nonEmpty } from "../../non-empty.ts";
import { argoTypes } from "./argo-types.ts";
import { workflow } from "./simulated-cluster.ts";

const at = new Date("2026-01-01T00:00:00Z");
const status = (spec: unknown) => advance(workflow(spec as Workflow["spec"]), [], at).status;

/** A field somewhere in a spec: its path, and how to put a value there. */
interface Place {
  path: string;
  type: string;
  spec: (value: unknown) => unknown;
}

const base = { entrypoint: "main", templates: [{ name: "main", container: { image: "i" } }] };
const wrap = (field: string, inner: unknown) => ({ [field]: inner });

/** Every field of the accepted types, those in lists and maps as well. */
function places(type: string, shape: Shape, place: Place): Place[] {
  if (type.endsWith("[]") || type.endsWith("{}")) {
    const inner = type.slice(0, -2);
    const list = type.endsWith("[]");
    const item: Place = {
      path: list ? `${place.path}[0]` : `${place.path}.key`,
      type: inner,
      spec: (value) => place.spec(list ? [value] : { key: value }),
    };
    return [place, ...places(inner, shape, item)];
  }
  return [
    place,
    ...[...fieldsOf(type)].flatMap(([field, fieldType]) => {
      const fieldShape = typeof shape === "object" ? shape.fields[field] : "all";
      if (!fieldShape) return [];
      const spec = (value: unknown) => place.spec(wrap(field, value));
      return places(fieldType, fieldShape, { path: `${place.path}.${field}`, type: fieldType, spec });
    }),
  ];
}

const all = places("WorkflowSpec", workflowSpecShape, {
  path: "spec",
  type: "WorkflowSpec",
  spec: (value) =>
    typeof value === "object" && value !== null && !Array.isArray(value) ? { ...base, ...value } : value,
});

const VALUES: [kind: string, value: unknown][] = [
  ["string", "no"],
  ["integer", 7],
  ["fraction", 1.5],
  ["huge", 1e30],
  ["boolean", true],
  ["list", []],
  ["list", ["a"]],
  ["object", {}],
  ["object", { key: 1 }],
];
const TAKES: Record<string, string[]> = {
  any: ["string", "integer", "fraction", "huge", "boolean", "list", "object"],
  string: ["string"],
  boolean: ["boolean"],
  integer: ["integer"],
  "integer-or-string": ["integer", "string"],
  duration: ["integer", "string"],
  quantity: ["string", "integer", "fraction", "huge"],
  "any-string": ["string", "integer", "fraction", "huge", "boolean"],
};
const accepted = (type: string) => (type.endsWith("[]") ? ["list"] : (TAKES[type] ?? ["object"]));

describe("the types of fields", () => {
  test("are those of Argo's and Kubernetes' models", async () => {
    await expect(argoTypes()).toMatchFileSnapshot("../../../embedded/engine/core/argo-types.ts");
  });

  test("reach into every container, volume and call", () => {
    const paths = all.map(({ path }) => path);
    expect(paths.length).toBeGreaterThan(2000);
    expect(paths).toEqual(
      expect.arrayContaining([
        "spec.suspend",
        "spec.templates[0].dag.tasks[0].dependencies[0]",
        "spec.templates[0].steps[0][0].withItems",
        "spec.templates[0].script.env[0].valueFrom.secretKeyRef.optional",
        "spec.templateDefaults.initContainers[0].livenessProbe.httpGet.port",
        "spec.volumes[0].projected.sources[0].configMap.items[0].mode",
      ]),
    );
  });

  test("keep every wrong kind of value out, with the path of the field", () => {
    for (const { path, type, spec } of nonEmpty(all)) {
      for (const [kind, value] of VALUES) {
        if (accepted(type).includes(kind)) continue;
        const { phase, message } = status(spec(value));
        expect(phase, `${path} = ${JSON.stringify(value)}`).toBe("Failed");
        expect(message, JSON.stringify(value)).toContain(`invalid spec: ${path}: must be `);
      }
    }
  });

  test("take a null for a field that isn't set, but not for an item of a list", () => {
    const usual = status(base);
    for (const { path, type, spec } of nonEmpty(all.slice(1))) {
      const { phase, message } = status(spec(null));
      if (!path.endsWith("]")) expect(message ?? "", path).not.toMatch(/ not null|not supported|understood|internal/);
      else if (type !== "any") {
        expect(message, path).toMatch(/ not null$/);
        expect([phase, message?.split(": must")[0]]).toEqual(["Failed", `invalid spec: ${path}`]);
      }
    }
    expect(status({ ...base, suspend: null, onExit: null, ttlStrategy: null, podGC: { strategy: null } })).toEqual(
      usual,
    );
    expect(
      status({
        ...base,
        templates: [{ name: "main", suspend: null, steps: null, container: { image: "i", env: null } }],
      }),
    ).toEqual(usual);
  });

  test("are checked in the WorkflowTemplates that a workflow refers to", () => {
    const template = { metadata: { name: "t" }, spec: { templates: [{ name: "x", suspend: "no" }] } };
    const library = {
      workflowTemplate: (name: string) =>
        name === "t" ? (template as unknown as ReturnType<typeof workflow>) : undefined,
      clusterWorkflowTemplate: () => undefined,
    };
    const refusalOf = (spec: unknown) => advance(workflow(spec as Workflow["spec"]), [], at, library).status.message;
    const message = "invalid spec: workflow template t: spec.templates[0].suspend: must be an object, not a string";
    expect(refusalOf({ workflowTemplateRef: { name: "t" }, entrypoint: "x" })).toBe(message);
    const step = { name: "a", templateRef: { name: "t", template: "x" } };
    expect(refusalOf({ entrypoint: "main", templates: [{ name: "main", steps: [[step]] }] })).toBe(message);
  });

  test("and unknown fields are told of together", () => {
    const { phase, message } = status({ ...base, failFast: "false", suspend: "no" });
    expect(phase).toBe("Error");
    expect(message).toBe(
      "spec.failFast: is not supported by this workflow engine; spec.suspend: must be true or false, not a string",
    );
  });
});
