// What the type tells by which Pulumi registers a Kubernetes object.

/** Groups of Kubernetes' own kinds that have a dot in their name; the older ones have none. */
const ownGroups = new Set(
  [
    ...["admissionregistration", "apiextensions", "apiregistration", "authentication", "authorization", "certificates"],
    ...["coordination", "discovery", "events", "flowcontrol.apiserver", "internal.apiserver", "networking", "node"],
    ...["rbac.authorization", "resource", "scheduling", "storage", "storagemigration", "gateway.networking"],
  ].map((group) => `${group}.k8s.io`),
);

/** Whether a resource's type is one of Kubernetes' own, or of the SDK's: not a custom kind. */
export function isBuiltIn(type: string): boolean {
  const group = type.split(":")[1]?.split("/")[0] ?? "";
  return !group.includes(".") || ownGroups.has(group) || group === "helm.sh";
}

/** Whether a resource changes fields of an object that is somebody else's. A custom kind may just be called so. */
export const isPatch = (type: string): boolean =>
  type.startsWith("kubernetes:") && type.endsWith("Patch") && isBuiltIn(type);

/** The kind of a Kubernetes resource's type, such as Deployment, also for patches of one; undefined for other types. */
export function kindOf(type: string): string | undefined {
  if (!type.startsWith("kubernetes:")) return undefined;
  const kind = type.slice(type.lastIndexOf(":") + 1);
  return isPatch(type) ? kind.slice(0, -"Patch".length) : kind;
}

/** The type by which Pulumi would register an object. */
export const typeOf = (apiVersion: string, kind: string): string =>
  `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`;
