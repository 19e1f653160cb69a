// Values that a CRD's schema allows, for property tests.
import type { StructuralSchema } from "@agentic/api/crd.ts";
import fc from "fast-check";

/** An arbitrary value of a schema; rules in CEL and patterns of custom formats are the API server's, not looked at here. */
export function fromSchema(schema: StructuralSchema): fc.Arbitrary<unknown> {
  const { enum: values, type } = schema;
  if (values) return fc.constantFrom(...values);
  if (type === "object") return objectOf(schema);
  if (type === "array")
    return fc.array(fromSchema(schema.items ?? {}), {
      minLength: number(schema.minItems) ?? 0,
      maxLength: Math.min(number(schema.maxItems) ?? 3, 3),
    });
  if (type === "boolean") return fc.boolean();
  if (type === "integer")
    return fc.integer({ min: number(schema.minimum) ?? 0, max: Math.min(number(schema.maximum) ?? 1e6, 1e6) });
  if (type === "string") return stringOf(schema);
  return fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown>;
}

function objectOf({ properties = {}, required = [], additionalProperties }: StructuralSchema): fc.Arbitrary<object> {
  if (additionalProperties)
    return fc.dictionary(fc.stringMatching(/^[a-z_]{1,12}$/), fromSchema(additionalProperties), { maxKeys: 3 });
  const members = Object.fromEntries(Object.entries(properties).map(([name, child]) => [name, fromSchema(child)]));
  return fc.record(members, { requiredKeys: required.filter((name) => name in members) });
}

function stringOf({ pattern, minLength, maxLength }: StructuralSchema): fc.Arbitrary<string> {
  const [min, max] = [number(minLength) ?? 0, Math.min(number(maxLength) ?? 40, 40)];
  const fits = (text: string) => text.length >= min && text.length <= (number(maxLength) ?? 1e6);
  if (typeof pattern !== "string") return fc.string({ minLength: min, maxLength: max });
  return fc.stringMatching(new RegExp(pattern), { size: "small" }).filter(fits);
}

function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
