// Reads the type under which Pulumi registers a Kubernetes object.

/** API groups of Kubernetes' built-in kinds that contain a dot; older groups contain none. */
const ownGroups = new Set(
  [
    ...["admissionregistration", "apiextensions", "apiregistration", "authentication", "authorization", "certificates"],
    ...["coordination", "discovery", "events", "flowcontrol.apiserver", "internal.apiserver", "networking", "node"],
    ...["rbac.authorization", "resource", "scheduling", "storage", "storagemigration", "gateway.networking"],
  ].map((group) => `${group}.k8s.io`),
);

/** The API group of a Kubernetes resource's type, such as apps; "" for other types. */
export const groupOf = (type: string): string => type.split(":")[1]?.split("/")[0] ?? "";

/** Whether a resource's type is built into Kubernetes or the SDK, rather than a custom kind. */
export function isBuiltIn(type: string): boolean {
  const group = groupOf(type);
  return !group.includes(".") || ownGroups.has(group) || group === "helm.sh";
}

/**
 * The type of the object that a resource changes where that object is somebody else's; undefined where the resource is an
 * object of its own. The SDK's types tell by their name; a custom kind may just be called so, and tells by its `kind`, as
 * crd2pulumi sets it: a WorkflowPatch of kind Workflow is a patch, one of kind WorkflowPatch is not.
 */
export function patchedType(type: string, kind: () => unknown): string | undefined {
  if (!type.startsWith("kubernetes:") || !type.endsWith("Patch")) return undefined;
  const patched = type.slice(0, -"Patch".length);
  return isBuiltIn(type) || kind() === kindOf(patched) ? patched : undefined;
}

/** The kind of a Kubernetes resource's type, such as Deployment; undefined for other types. */
export const kindOf = (type: string): string | undefined =>
  type.startsWith("kubernetes:") ? type.slice(type.lastIndexOf(":") + 1) : undefined;

/** The type under which Pulumi would register an object. */
export const typeOf = (apiVersion: string, kind: string): string =>
  `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`;

/** Argo's kinds that describe a workflow. */
const workflowKinds: ReadonlySet<string> = new Set([
  "WorkflowTemplate",
  "ClusterWorkflowTemplate",
  "CronWorkflow",
  "Workflow",
]);

/** Whether objects of a type describe a workflow of Argo. */
export const isWorkflow = (type: string): boolean =>
  type.startsWith("kubernetes:argoproj.io/") && workflowKinds.has(kindOf(type) ?? "");
