// A parameter's `enum`: the values that it may have. Argo checks those of arguments; here an input's binds as well.
import { anyString } from "./globals.ts";
import type { Problems } from "./problems.ts";
import { type AnyString, type Parameter, SpecError } from "./types.ts";

const listed = (values: readonly AnyString[]) => values.map((value) => JSON.stringify(anyString(value))).join(", ");

/** Throws a SpecError that names the field when the value isn't among those that the parameter may have. */
export function requireListed(parameter: Parameter, value: AnyString, field: string): void {
  const { enum: values } = parameter;
  if (values === undefined || values.some((allowed) => anyString(allowed) === anyString(value))) return;
  throw new SpecError(
    `${field}: ${JSON.stringify(anyString(value).slice(0, 100))} should be present in its enum list: ${listed(values)}`,
  );
}

/** Files what is wrong with the enum of a parameter and with the values that are known already. */
export function checkEnum(problems: Problems, parameter: Parameter, path: string): void {
  if (parameter.enum === undefined) return;
  problems.require(parameter.enum.length > 0, `${path}.enum`, "should contain at least one value");
  if (parameter.enum.length === 0) return;
  const values = {
    value: parameter.value,
    default: parameter.default,
    "valueFrom.default": parameter.valueFrom?.default,
  };
  for (const [field, value] of Object.entries(values)) {
    if (value === undefined || (typeof value === "string" && value.includes("{{"))) continue;
    problems.check(() => requireListed(parameter, value, `${path}.${field}`));
  }
}
