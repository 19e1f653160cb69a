// Checks a parameter's `enum`, the values that it may have: of arguments, as in Argo, and of inputs.
import { anyString } from "./globals.ts";
import type { Problems } from "./problems.ts";
import { type AnyString, type Parameter, SpecError } from "./types.ts";

const listed = (values: readonly AnyString[]) => values.map((value) => JSON.stringify(anyString(value))).join(", ");

/** Throws a SpecError with the field where the parameter has an enum without the value. */
export function requireEnumValue(parameter: Parameter, value: AnyString, field: string): void {
  const { enum: values } = parameter;
  if (values === undefined || values.some((allowed) => anyString(allowed) === anyString(value))) return;
  throw new SpecError(
    `${field}: ${JSON.stringify(anyString(value).slice(0, 100))} should be present in its enum list: ${listed(values)}`,
  );
}

/** Records what is wrong with the enum of a parameter, and with those of its values that have no variables. */
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
    problems.check(() => requireEnumValue(parameter, value, `${path}.${field}`));
  }
}
