// Checks that each field of a workflow is supported and has the right type.
import { ARGO_TYPES } from "./argo-types.ts";

/** Returns what is wrong with a value; undefined where it is right. */
export type Check = (value: unknown) => string | undefined;

/** The supported part of a type: all of it, values that pass a check, or some fields. */
export type Shape = "all" | Check | { fields: Record<string, Shape> };

/** The problems of fields, each with its path: unsupported fields, and fields of the wrong type. */
export interface FieldProblems {
  unsupported: string[];
  invalid: string[];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isNumber = (value: unknown) => typeof value === "number" || typeof value === "bigint";
/** Whether a value is a whole number of at most 64 bits, as in Argo. */
const isInteger = (value: unknown) =>
  (typeof value === "bigint" || Number.isInteger(value)) && Math.abs(Number(value)) <= 2 ** 63;
const isString = (value: unknown) => typeof value === "string";

/** The types that are not objects: a description of their values, and the test of a value. */
const SCALARS: Record<string, [expected: string, matches: (value: unknown) => boolean]> = {
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

/** The types of a type's fields, by field. */
export const fieldsOf = (type: string): ReadonlyMap<string, string> => TYPES.get(type) ?? new Map();

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  if (isNumber(value)) return isInteger(value) ? "a number" : "a fraction";
  return typeof value === "boolean" ? String(value) : `a ${typeof value}`;
}

/** Whether a value is one that Argo's types write for a field that is not set. */
function isUnset(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

class FieldCheck implements FieldProblems {
  readonly unsupported: string[] = [];
  readonly invalid: string[] = [];

  #addInvalid(path: string, expected: string, value: unknown): void {
    this.invalid.push(`${path}: must be ${expected}, not ${kindOf(value)}`);
  }

  check(value: unknown, type: string, shape: Shape, path: string): void {
    const scalar = SCALARS[type];
    if (type.endsWith("[]")) this.#checkList(value, type.slice(0, -2), shape, path);
    else if (scalar && !scalar[1](value)) this.#addInvalid(path, scalar[0], value);
    else if (scalar) {
      const problem = typeof shape === "function" ? shape(value) : undefined;
      if (problem) this.unsupported.push(`${path}: ${problem}`);
    } else if (!isObject(value)) this.#addInvalid(path, "an object", value);
    else if (type.endsWith("{}")) {
      for (const [key, inner] of Object.entries(value)) this.check(inner, type.slice(0, -2), shape, `${path}.${key}`);
    } else this.#checkObject(value, type, shape, path);
  }

  #checkList(value: unknown, type: string, shape: Shape, path: string): void {
    if (!Array.isArray(value)) this.#addInvalid(path, "a list", value);
    else for (const [index, item] of value.entries()) this.check(item, type, shape, `${path}[${index}]`);
  }

  #checkObject(value: Record<string, unknown>, type: string, shape: Shape, path: string): void {
    const fieldTypes = fieldsOf(type);
    for (const [field, inner] of Object.entries(value)) {
      const fieldShape = typeof shape === "object" ? shape.fields[field] : shape;
      const fieldType = fieldTypes.get(field);
      if (inner === undefined) continue;
      if (fieldShape && fieldType) this.check(inner, fieldType, fieldShape, `${path}.${field}`);
      else if (!isUnset(inner)) this.unsupported.push(`${path}.${field}: is not supported by this workflow engine`);
    }
  }
}

/** The problems of the fields of a value that must have one of Argo's types. */
export function checkFields(value: unknown, type: string, shape: Shape, path: string): FieldProblems {
  const check = new FieldCheck();
  check.check(value, type, shape, path);
  return check;
}
