// Objects must be of API versions that Kubernetes still serves.
import { placedRule } from "../../kinds/nested.ts";

interface RemovedVersion {
  /** Absent: every kind. */
  kinds?: readonly string[];
  /** The version of Kubernetes that no longer serves it. */
  removedIn: string;
  /** What to use instead. */
  instead: string;
}

/** By group and version, from https://kubernetes.io/docs/reference/using-api/deprecation-guide/. */
const removed: Readonly<Record<string, readonly RemovedVersion[]>> = {
  "extensions/v1beta1": [
    { kinds: ["Ingress"], removedIn: "1.22", instead: "networking.k8s.io/v1" },
    { kinds: ["NetworkPolicy"], removedIn: "1.16", instead: "networking.k8s.io/v1" },
    { kinds: ["PodSecurityPolicy"], removedIn: "1.16", instead: "Pod Security" },
    { removedIn: "1.16", instead: "apps/v1" },
  ],
  "apps/v1beta1": [{ removedIn: "1.16", instead: "apps/v1" }],
  "apps/v1beta2": [{ removedIn: "1.16", instead: "apps/v1" }],
  "admissionregistration.k8s.io/v1beta1": [
    {
      kinds: ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"],
      ...{ removedIn: "1.22", instead: "admissionregistration.k8s.io/v1" },
    },
  ],
  "apiextensions.k8s.io/v1beta1": [{ removedIn: "1.22", instead: "apiextensions.k8s.io/v1" }],
  "apiregistration.k8s.io/v1beta1": [{ removedIn: "1.22", instead: "apiregistration.k8s.io/v1" }],
  "authentication.k8s.io/v1beta1": [{ kinds: ["TokenReview"], removedIn: "1.22", instead: "authentication.k8s.io/v1" }],
  "authorization.k8s.io/v1beta1": [{ removedIn: "1.22", instead: "authorization.k8s.io/v1" }],
  "autoscaling/v2beta1": [{ removedIn: "1.25", instead: "autoscaling/v2" }],
  "autoscaling/v2beta2": [{ removedIn: "1.26", instead: "autoscaling/v2" }],
  "batch/v1beta1": [{ removedIn: "1.25", instead: "batch/v1" }],
  "certificates.k8s.io/v1beta1": [
    { kinds: ["CertificateSigningRequest"], removedIn: "1.22", instead: "certificates.k8s.io/v1" },
  ],
  "coordination.k8s.io/v1beta1": [{ kinds: ["Lease"], removedIn: "1.22", instead: "coordination.k8s.io/v1" }],
  "discovery.k8s.io/v1beta1": [{ removedIn: "1.25", instead: "discovery.k8s.io/v1" }],
  "events.k8s.io/v1beta1": [{ removedIn: "1.25", instead: "events.k8s.io/v1" }],
  "flowcontrol.apiserver.k8s.io/v1beta1": [{ removedIn: "1.26", instead: "flowcontrol.apiserver.k8s.io/v1" }],
  "flowcontrol.apiserver.k8s.io/v1beta2": [{ removedIn: "1.29", instead: "flowcontrol.apiserver.k8s.io/v1" }],
  "flowcontrol.apiserver.k8s.io/v1beta3": [{ removedIn: "1.32", instead: "flowcontrol.apiserver.k8s.io/v1" }],
  "networking.k8s.io/v1beta1": [
    { kinds: ["Ingress", "IngressClass"], removedIn: "1.22", instead: "networking.k8s.io/v1" },
  ],
  "node.k8s.io/v1beta1": [{ removedIn: "1.25", instead: "node.k8s.io/v1" }],
  "policy/v1beta1": [
    { kinds: ["PodSecurityPolicy"], removedIn: "1.25", instead: "Pod Security" },
    { removedIn: "1.25", instead: "policy/v1" },
  ],
  "rbac.authorization.k8s.io/v1beta1": [{ removedIn: "1.22", instead: "rbac.authorization.k8s.io/v1" }],
  "scheduling.k8s.io/v1beta1": [{ kinds: ["PriorityClass"], removedIn: "1.22", instead: "scheduling.k8s.io/v1" }],
  "storage.k8s.io/v1beta1": [
    { kinds: ["CSIStorageCapacity"], removedIn: "1.27", instead: "storage.k8s.io/v1" },
    {
      kinds: ["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"],
      ...{ removedIn: "1.22", instead: "storage.k8s.io/v1" },
    },
  ],
};

/** What took away a type, such as `kubernetes:policy/v1beta1:PodDisruptionBudget`; undefined for one that is served. */
function removalOf(type: string): RemovedVersion | undefined {
  const [, version = "", kind = ""] = type.split(":");
  return removed[version]?.find(({ kinds }) => (kinds ? kinds.includes(kind) : !kind.endsWith("List")));
}

export const deprecatedApis = placedRule({
  name: "deprecated-apis",
  area: "objects",
  severity: "high",
  description: "Objects are of API versions that Kubernetes still serves.",
  remedy: "Use the version that the message names; its fields may differ.",
  appliesTo: (type) => removalOf(type) !== undefined,
  check: ({ type, path }, report) => {
    const [, version] = type.split(":");
    const removal = removalOf(type);
    if (removal)
      report(`${path}apiVersion`, `Kubernetes ${removal.removedIn} took ${version} away`, `use ${removal.instead}`);
  },
});
