// What Argo's controller and server may do.
import { ARGO } from "@agentic/api/names.ts";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import { ClusterRole } from "@pulumi/kubernetes/rbac/v1/clusterRole.js";
import { ClusterRoleBinding } from "@pulumi/kubernetes/rbac/v1/clusterRoleBinding.js";
import { Role } from "@pulumi/kubernetes/rbac/v1/role.js";
import { RoleBinding } from "@pulumi/kubernetes/rbac/v1/roleBinding.js";
import type * as pulumi from "@pulumi/pulumi";
import { labels } from "../security/labels.ts";
import { roleRef } from "../security/rbac.ts";

const READ = ["get", "list", "watch"];

/** Kinds of Argo that its controller writes. */
const written = ["workflows", "workflowtasksets", "workflowartifactgctasks"];
const partsOf = (part: string, kinds: readonly string[]) => kinds.map((kind) => `${kind}/${part}`);

/** What the controller watches in the whole cluster, and the events that tell of it (from its own source, trimmed). */
export const controllerRules = [
  { apiGroups: [""], resources: ["pods"], verbs: READ },
  // A namespace's label can lower its limit of workflows: without this right the controller enforces no such limit.
  { apiGroups: [""], resources: ["configmaps", "namespaces", "serviceaccounts"], verbs: READ },
  { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
  {
    apiGroups: [ARGO.group],
    resources: [...written, "workflowtemplates", "clusterworkflowtemplates", "cronworkflows"],
    verbs: READ,
  },
  { apiGroups: [ARGO.group], resources: ["workflowtaskresults"], verbs: ["list", "watch"] },
];

/** What the controller changes where workflows run, but for commands in pods. */
export const controllerChanges = [
  { apiGroups: [""], resources: ["pods"], verbs: ["create", "update", "patch", "delete"] },
  { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
  { apiGroups: [""], resources: ["persistentvolumeclaims"], verbs: ["create", "update", "delete", "get"] },
  { apiGroups: [ARGO.group], resources: written, verbs: ["update", "patch", "delete", "create"] },
  { apiGroups: [ARGO.group], resources: ["cronworkflows"], verbs: ["update", "patch", "delete"] },
  // Of agents and of artifacts' collectors.
  { apiGroups: [ARGO.group], resources: partsOf("status", written.slice(1)), verbs: ["update", "patch"] },
  // Asked for where an owner may block its deletion, by clusters with OwnerReferencesPermissionEnforcement.
  { apiGroups: [ARGO.group], resources: partsOf("finalizers", [...written, "cronworkflows"]), verbs: ["update"] },
  { apiGroups: [ARGO.group], resources: ["workflowtaskresults"], verbs: ["deletecollection"] },
  { apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: ["create", "get", "delete"] },
];

/**
 * What the controller may in the namespaces of tenants. It ends sidecars, and what runs in a stopped workflow, by a command in
 * the pod. That right is for namespaces alone: in the whole cluster it would be the account and the Secrets of every pod.
 */
export const controllerTenantRules = [
  ...controllerChanges,
  { apiGroups: [""], resources: ["pods/exec"], verbs: ["create"] },
];

/** The server only reads: what it changes for a user it changes with that user's token. */
export const serverRules = [
  { apiGroups: [""], resources: ["pods", "pods/log", "events", "configmaps"], verbs: READ },
  {
    apiGroups: [ARGO.group],
    resources: [
      "workflows",
      "workflowtemplates",
      "clusterworkflowtemplates",
      "cronworkflows",
      "workfloweventbindings",
      "workflowtasksets",
    ],
    verbs: READ,
  },
];

/** A ServiceAccount named after its part, with `rules` in the whole cluster and `own` rules in its namespace. */
export function argoAccount(
  name: string,
  args: { part: string; namespace: pulumi.Input<string>; rules: object[]; own: object[] },
  child: pulumi.CustomResourceOptions,
): void {
  const { part, namespace, rules, own } = args;
  const metadata = { name: part, labels: labels(part) };
  const subjects = [{ kind: "ServiceAccount", name: part, namespace }];
  new ServiceAccount(
    `${name}-${part}`,
    { metadata: { ...metadata, namespace }, automountServiceAccountToken: false },
    child,
  );
  new ClusterRole(`${name}-${part}`, { metadata, rules: rules as never }, child);
  new ClusterRoleBinding(`${name}-${part}`, { metadata, roleRef: roleRef("ClusterRole", part), subjects }, child);
  new Role(`${name}-${part}`, { metadata: { ...metadata, namespace }, rules: own as never }, child);
  new RoleBinding(
    `${name}-${part}`,
    { metadata: { ...metadata, namespace }, roleRef: roleRef("Role", part), subjects },
    child,
  );
}
