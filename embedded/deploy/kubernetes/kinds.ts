// Classifies Kubernetes resource types: objects, patches and refused types; and tells which kinds are namespaced.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** A resource type and the kind of its object. */
export interface Kinded {
  /** `kubernetes:core/v1:ConfigMapPatch` */
  type: string;
  /** `ConfigMap`; undefined where there is no object. */
  kind: unknown;
}

/** Types that stand for several objects: they expand in the provider's plugin. */
const expanded = /^kubernetes:(helm\.sh|kustomize|yaml)\//;

/** Why a type can't be made here; undefined where it can. */
export function refusal(type: string): string | undefined {
  if (expanded.test(type))
    return "charts, kustomizations and YAML files expand in the provider's plugin: register their objects one by one";
  if (type === "kubernetes:core/v1:List" || (nameOf(type).endsWith("List") && isOfSdk(type)))
    return "a list is not a single object: register its items one by one";
  return undefined;
}

/**
 * Whether a resource patches an object that another program has made: its type is the object's kind with
 * the suffix `Patch`. A custom kind whose own name ends in `Patch` is an object like any other. The rule is the provider's
 * (provider/pkg/kinds/util.go, IsPatchResource).
 */
export function isPatch({ type, kind }: Kinded): boolean {
  return typeof kind === "string" && nameOf(type) === `${kind}Patch`;
}

/** apiVersion and kind of the object that a type stands for: `kubernetes:apps/v1:DeploymentPatch` → apps/v1, Deployment. */
export function kindOfType(type: string): { apiVersion: string; kind: string } {
  const [, module = ""] = type.split(":");
  const name = nameOf(type);
  const kind = name.endsWith("Patch") && isOfSdk(type) ? name.slice(0, -"Patch".length) : name;
  return { apiVersion: module.replace(/^core\//, ""), kind };
}

/** `ConfigMap` of `kubernetes:core/v1:ConfigMap`. */
const nameOf = (type: string): string => type.split(":")[2] ?? "";

const known = new Map<string, boolean>();

/** Whether the SDK has a class for a type: it has one for every built-in kind, its list and its patch. */
function isOfSdk(type: string): boolean {
  const answer = known.get(type) ?? isDeclared(type);
  known.set(type, answer);
  return answer;
}

function isDeclared(type: string): boolean {
  const [, module = ""] = type.split(":");
  const [group = "", version = ""] = module.split("/");
  const sdk = dirname(createRequire(import.meta.filename).resolve("@pulumi/kubernetes/package.json"));
  const folder = join(sdk, group.split(".")[0] ?? "", version);
  const fileName = `${nameOf(type)}.js`.toLowerCase();
  try {
    const file = readdirSync(folder).find((name) => name.toLowerCase() === fileName);
    return file !== undefined && readFileSync(join(folder, file), "utf8").includes(`'${type}'`);
  } catch {
    return false; // a group that the SDK has no folder for
  }
}

/** Built-in kinds that are cluster-scoped, by group; a test compares them with an API server's discovery. */
const clusterScoped: Record<string, readonly string[]> = {
  "": ["ComponentStatus", "Namespace", "Node", "PersistentVolume"],
  "admissionregistration.k8s.io": [
    "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding",
    "MutatingWebhookConfiguration",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
  ],
  "apiextensions.k8s.io": ["CustomResourceDefinition"],
  "apiregistration.k8s.io": ["APIService"],
  "certificates.k8s.io": ["CertificateSigningRequest", "ClusterTrustBundle"],
  "flowcontrol.apiserver.k8s.io": ["FlowSchema", "PriorityLevelConfiguration"],
  "networking.k8s.io": ["ClusterCIDR", "IPAddress", "IngressClass", "ServiceCIDR"],
  "node.k8s.io": ["RuntimeClass"],
  policy: ["PodSecurityPolicy"],
  "rbac.authorization.k8s.io": ["ClusterRole", "ClusterRoleBinding"],
  "resource.k8s.io": ["DeviceClass", "DeviceTaintRule", "ResourceClass", "ResourcePoolStatusRequest", "ResourceSlice"],
  "scheduling.k8s.io": ["PriorityClass"],
  "storage.k8s.io": ["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "VolumeAttributesClass"],
  "storagemigration.k8s.io": ["StorageVersionMigration"],
};

/** `apps` of `apps/v1`; "" for the core group. */
export const groupOf = (apiVersion: string): string =>
  apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";

/**
 * Whether a built-in kind is namespaced; undefined for kinds of other groups, whose scope only
 * their definitions say.
 */
export function isNamespaced(apiVersion: string, kind: string): boolean | undefined {
  if (clusterScoped[groupOf(apiVersion)]?.includes(kind)) return false;
  const type = `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`;
  return isOfSdk(type) ? true : undefined;
}
