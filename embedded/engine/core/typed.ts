// Whether each field of a workflow is known and of the right type: JSON may hold anything where Argo wants a string.
import { ARGO_TYPES } from "./argo-types.ts";

/** What is wrong with a value; undefined where it is right. */
export type Check = (value: unknown) => string | undefined;

/** What of a type is carried out: all of it, a value that passes a check, or some fields. */
export type Shape = "all" | Check | { fields: Record<string, Shape> };

/** What is wrong with fields, each by its path: unknown ones apart from those of the wrong type. */
export interface FieldProblems {
  unsupported: string[];
  invalid: string[];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isNumber = (value: unknown) => typeof value === "number" || typeof value === "bigint";
/** A whole number in the 64 bits that Argo has for it. */
const isInteger = (value: unknown) =>
  (typeof value === "bigint" || Number.isInteger(value)) && Math.abs(Number(value)) <= 2 ** 63;
const isString = (value: unknown) => typeof value === "string";

/** The types that are no objects: what each must be, and whether a value is. */
const SCALARS: Record<string, [wanted: string, is: (value: unknown) => boolean]> = {
  any: ["anything", () => true],
  string: ["a string", isString],
  boolean: ["true or false", (value) => typeof value === "boolean"],
  integer: ["a whole number", isInteger],
  "integer-or-string": ["a whole number or a string", (value) => isString(value) || isInteger(value)],
  duration: ['a duration such as "1m30s", or seconds', (value) => isString(value) || isInteger(value)],
  quantity: ['a quantity such as "1Gi"', (value) => isString(value) || isNumber(value)],
  "any-string": [
    "a string, a number, true or false",
    (value) => isString(value) || isNumber(value) || typeof value === "boolean",
  ],
};

const TYPES = new Map(
  Object.entries(ARGO_TYPES).map(([name, text]) => [
    name,
    new Map(text.split(" ").map((field) => field.split(":") as [string, string])),
  ]),
);

/** The fields of a type with the types of them. */
export const fieldsOf = (type: string): ReadonlyMap<string, string> => TYPES.get(type) ?? new Map();

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  if (isNumber(value)) return isInteger(value) ? "a number" : "a fraction";
  return typeof value === "boolean" ? String(value) : `a ${typeof value}`;
}

/** Argo's own types write such values for fields that nobody set. */
function isUnset(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

class Fields implements FieldProblems {
  readonly unsupported: string[] = [];
  readonly invalid: string[] = [];

  #wrong(path: string, expected: string, value: unknown): void {
    this.invalid.push(`${path}: must be ${expected}, not ${kindOf(value)}`);
  }

  check(value: unknown, type: string, shape: Shape, path: string): void {
    const scalar = SCALARS[type];
    if (type.endsWith("[]")) this.#list(value, type.slice(0, -2), shape, path);
    else if (scalar && !scalar[1](value)) this.#wrong(path, scalar[0], value);
    else if (scalar) {
      const problem = typeof shape === "function" ? shape(value) : undefined;
      if (problem) this.unsupported.push(`${path}: ${problem}`);
    } else if (!isObject(value)) this.#wrong(path, "an object", value);
    else if (type.endsWith("{}")) {
      for (const [key, inner] of Object.entries(value)) this.check(inner, type.slice(0, -2), shape, `${path}.${key}`);
    } else this.#object(value, type, shape, path);
  }

  #list(value: unknown, type: string, shape: Shape, path: string): void {
    if (!Array.isArray(value)) this.#wrong(path, "a list", value);
    else for (const [index, item] of value.entries()) this.check(item, type, shape, `${path}[${index}]`);
  }

  #object(value: Record<string, unknown>, type: string, shape: Shape, path: string): void {
    const known = fieldsOf(type);
    for (const [field, inner] of Object.entries(value)) {
      const within = typeof shape === "object" ? shape.fields[field] : shape;
      const fieldType = known.get(field);
      if (inner === undefined) continue;
      if (within && fieldType) this.check(inner, fieldType, within, `${path}.${field}`);
      else if (!isUnset(inner)) this.unsupported.push(`${path}.${field}: is not supported by this workflow engine`);
    }
  }
}

/** What is wrong with the fields of a value that must be of one of Argo's types. */
export function checkFields(value: unknown, type: string, shape: Shape, path: string): FieldProblems {
  const fields = new Fields();
  fields.check(value, type, shape, path);
  return fields;
}
