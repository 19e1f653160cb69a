// The error for a field of a workload that its template has no parameter for, as the operator and the client report it.

/** Why a template doesn't support a field of the spec, and what to do instead. `path` is the field's, `parameter` the missing one. */
export function unsupported(path: string, parameter: string, template: string): string {
  const instead = path.startsWith("spec.resources.")
    ? ": Argo can't set a container's resources from a parameter, run a template of another size"
    : "";
  return `${path}: template ${template} doesn't support it (it declares no parameter ${parameter})${instead}`;
}
