// What is said where a template can't take a field of a workload: by the operator in the cluster, by the client before.

/** Why a template can't take a field of the spec, and what else to do. `path` is the field's, `parameter` what it becomes. */
export function unsupported(path: string, parameter: string, template: string): string {
  const instead = path.startsWith("spec.resources.")
    ? ": Argo takes a container's resources from no parameter, run a template of another size"
    : "";
  return `${path}: template ${template} doesn't support it (it declares no parameter ${parameter})${instead}`;
}
