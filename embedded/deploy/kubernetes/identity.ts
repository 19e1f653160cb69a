// Checks that a resource identifies its object: kind, name and namespace that are valid in a request's path.
import { isDnsLabel } from "@agentic/api/names.ts";
import { isProperties, type Properties, Secret, unknown, type Value } from "../values.ts";

/** What is wrong with a resource's identity; undefined where nothing is, or it isn't known yet. */
export function identityFault(inputs: Properties, isPatch: boolean): string | undefined {
  const metadata = open(inputs.metadata);
  if (metadata === unknown) return undefined;
  const { name, namespace } = isProperties(metadata) ? metadata : {};
  const nameValue = open(name);
  if (nameValue === null || nameValue === "")
    return `metadata.name is missing: ${isPatch ? "name the object to patch" : "give the object an explicit name (generateName is not supported here)"}`;
  return nameFault(nameValue) ?? namespaceFault(open(namespace)) ?? kindFault(inputs);
}

const open = (value: Value | undefined): Value => (value instanceof Secret ? value.value : (value ?? null));

/** The rule is client-go's (rest.IsValidPathSegmentName); each kind may have further rules. */
function nameFault(name: Value): string | undefined {
  if (name === unknown) return undefined;
  if (typeof name !== "string") return `metadata.name is ${JSON.stringify(name)}: it must be a text`;
  const isSegment = name !== "." && name !== ".." && !/[/%]/.test(name);
  return isSegment ? undefined : `metadata.name is '${name}': a name can't be '.' or '..', and has no '/' or '%'`;
}

function namespaceFault(namespace: Value): string | undefined {
  if (namespace === unknown || namespace === null || namespace === "") return undefined;
  const isLabel = typeof namespace === "string" && isDnsLabel(namespace);
  return isLabel
    ? undefined
    : `metadata.namespace is ${JSON.stringify(namespace)}: a namespace's name is a-z, 0-9 and '-', at most 63`;
}

function kindFault(inputs: Properties): string | undefined {
  for (const field of ["apiVersion", "kind"]) {
    const value = open(inputs[field]);
    if (value === unknown) continue;
    if (typeof value !== "string" || value === "") return `${field} is missing: apiVersion and kind are required`;
  }
  return undefined;
}
