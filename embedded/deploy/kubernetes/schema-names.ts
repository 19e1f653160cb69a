// Renames keywords of an OpenAPI schema between the SDK and the API: `x_kubernetes_list_type` is `x-kubernetes-list-type`.
import type { KubeObject } from "./cluster.ts";

/** Keywords of the API by their names in the SDK (provider/pkg/gen/typegen.go). */
const apiNames: ReadonlyMap<string, string> = new Map(
  [
    "embedded_resource",
    "int_or_string",
    "list_map_keys",
    "list_type",
    "map_type",
    "preserve_unknown_fields",
    "validations",
  ].map((word) => [`x_kubernetes_${word}`, `x-kubernetes-${word.replaceAll("_", "-")}`]),
);
const sdkNames: ReadonlyMap<string, string> = new Map([...apiNames].map(([sdk, api]) => [api, sdk]));

type Fields = Record<string, unknown>;
type Names = ReadonlyMap<string, string>;

/** Keywords that hold nested schemas: by name, as a single schema, or as a list. */
const named = ["properties", "patternProperties", "definitions", "dependencies"];
const single = ["items", "additionalProperties", "additionalItems", "not"];
const listed = ["allOf", "anyOf", "oneOf", "items"];

/** An object with the API's names of schema keywords in a CustomResourceDefinition; other objects are unchanged. */
export function withApiNames<T extends Fields>(object: T): T {
  return inSchemas(object, apiNames);
}

/** An object with the SDK's names of schema keywords. */
export function withSdkNames(object: KubeObject): KubeObject {
  return inSchemas(object, sdkNames);
}

function inSchemas<T extends Fields>(object: T, names: Names): T {
  const { apiVersion, kind, spec } = object;
  if (kind !== "CustomResourceDefinition" || !String(apiVersion).startsWith("apiextensions.k8s.io/")) return object;
  if (!isFields(spec)) return object;
  const renamed = { ...spec };
  if (isFields(spec.validation)) renamed.validation = ofValidation(spec.validation, names);
  if (Array.isArray(spec.versions))
    renamed.versions = spec.versions.map((version) =>
      isFields(version) && isFields(version.schema)
        ? { ...version, schema: ofValidation(version.schema, names) }
        : version,
    );
  return { ...object, spec: renamed };
}

function ofValidation(validation: Fields, names: Names): Fields {
  const { openAPIV3Schema: schema } = validation;
  return isFields(schema) ? { ...validation, openAPIV3Schema: ofSchema(schema, names) } : validation;
}

function ofSchema(schema: Fields, names: Names): Fields {
  const inner = (value: unknown) => (isFields(value) ? ofSchema(value, names) : value);
  return Object.fromEntries(
    Object.entries(schema).map(([word, value]) => {
      const name = names.get(word) ?? word;
      if (named.includes(word) && isFields(value))
        return [name, Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inner(item)]))];
      if (listed.includes(word) && Array.isArray(value)) return [name, value.map(inner)];
      return [name, single.includes(word) ? inner(value) : value];
    }),
  );
}

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
