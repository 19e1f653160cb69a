// Resolves the arguments of a call, and the inputs of the called template.
import { requireEnumValue } from "./enum.ts";
import { anyString } from "./globals.ts";
import { type Lookup, pureReference, substitute } from "./substitute.ts";
import { type Parameter, type Parameters, SpecError } from "./types.ts";

/**
 * The arguments of a call after substitution. An argument that is only a reference to the output of a skipped task is null, and the
 * template's default is used instead.
 */
export function resolveArguments(args: Parameters | undefined, lookup: Lookup): Map<string, string | null> {
  const values = new Map<string, string | null>();
  for (const parameter of args?.parameters ?? []) {
    const { name, value } = parameter;
    if (value === undefined) continue;
    const reference = pureReference(value);
    const isAbsent = reference !== undefined && lookup(reference) === null;
    const text = isAbsent ? null : substitute(anyString(value), lookup);
    if (text !== null) requireEnumValue(parameter, text, `arguments.parameters.${name}`);
    values.set(name, text);
  }
  return values;
}

/** The inputs of a call: the caller's arguments, else the template's own values. A null argument is an output that does not exist. */
export function resolveInputs(
  declared: Parameter[] | undefined,
  args: ReadonlyMap<string, string | null>,
  lookup: (text: string) => string,
): Parameter[] {
  return (declared ?? []).map((parameter) => {
    const declaredValue = parameter.value ?? parameter.default;
    const fallback = declaredValue === undefined ? undefined : lookup(anyString(declaredValue));
    const argument = args.get(parameter.name);
    const value = argument ?? fallback;
    if (value !== undefined) requireEnumValue(parameter, value, `inputs.parameters.${parameter.name}`);
    if (value === undefined) {
      throw new SpecError(
        argument === null
          ? `inputs.parameters.${parameter.name}: argument references an absent optional (skipped/omitted node output with no default)`
          : `inputs.parameters.${parameter.name} was not supplied`,
      );
    }
    const { name, value: _, default: byDefault, ...parameterFields } = parameter;
    return { name, ...(byDefault === undefined ? {} : { default: anyString(byDefault) }), value, ...parameterFields };
  });
}
