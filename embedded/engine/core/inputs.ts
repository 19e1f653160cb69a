// What a call gives to a template, and what the template begins with.
import { requireListed } from "./enum.ts";
import { anyString } from "./globals.ts";
import { type Lookup, pureReference, substitute } from "./substitute.ts";
import { type Parameter, type Parameters, SpecError } from "./types.ts";

/**
 * The arguments of a call with the caller's variables put in. One that is nothing but a reference to the output of a
 * skipped task is null: the template's own default stands in for it.
 */
export function resolveArguments(args: Parameters | undefined, lookup: Lookup): Map<string, string | null> {
  const values = new Map<string, string | null>();
  for (const parameter of args?.parameters ?? []) {
    const { name, value } = parameter;
    if (value === undefined) continue;
    const reference = pureReference(value);
    const absent = reference !== undefined && lookup(reference) === null;
    const text = absent ? null : substitute(anyString(value), lookup);
    if (text !== null) requireListed(parameter, text, `arguments.parameters.${name}`);
    values.set(name, text);
  }
  return values;
}

/** The inputs of a call: what the caller gives, else what the template says; null is an output that never came to be. */
export function resolveInputs(
  declared: Parameter[] | undefined,
  args: ReadonlyMap<string, string | null>,
  lookup: (text: string) => string,
): Parameter[] {
  return (declared ?? []).map((parameter) => {
    const own = parameter.value ?? parameter.default;
    const fallback = own === undefined ? undefined : lookup(anyString(own));
    const argument = args.get(parameter.name);
    const value = argument ?? fallback;
    if (value !== undefined) requireListed(parameter, value, `inputs.parameters.${parameter.name}`);
    if (value === undefined) {
      throw new SpecError(
        argument === null
          ? `inputs.parameters.${parameter.name}: argument references an absent optional (skipped/omitted node output with no default)`
          : `inputs.parameters.${parameter.name} was not supplied`,
      );
    }
    const { name, value: _, default: defaulted, ...parameterFields } = parameter;
    return { name, ...(defaulted === undefined ? {} : { default: anyString(defaulted) }), value, ...parameterFields };
  });
}
