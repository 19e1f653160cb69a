// What the API server keeps of requests: who approved, who made and removed what, who read which secret; never a secret's content.

const writes = ["create", "update", "patch", "delete", "deletecollection"];
const workloads = { group: "agentic.io", resources: ["agentworkloads"] };

/** An audit policy of Kubernetes: the first rule that fits counts. */
export const auditPolicy = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  omitManagedFields: true,
  rules: [
    // Kubernetes' own processes read all day; what they do follows from what somebody asked for.
    {
      level: "None",
      users: ["system:apiserver", "system:kube-controller-manager", "system:kube-scheduler", "system:kube-proxy"],
    },
    { level: "None", userGroups: ["system:nodes", "system:serviceaccounts:kube-system"] },
    // With its body: an approval is a patch, and says why.
    { level: "Request", verbs: writes, resources: [workloads] },
    { level: "Metadata", resources: [{ group: "", resources: ["secrets", "serviceaccounts/token"] }] },
    {
      level: "Metadata",
      resources: [
        { group: "", resources: ["pods/exec", "pods/attach", "pods/portforward", "pods/ephemeralcontainers"] },
        { group: "", resources: ["pods/proxy", "services/proxy", "nodes/proxy"] },
      ],
    },
    {
      level: "Metadata",
      verbs: writes,
      resources: [
        { group: "", resources: ["namespaces", "serviceaccounts", "configmaps", "resourcequotas", "limitranges"] },
        { group: "rbac.authorization.k8s.io" },
        { group: "admissionregistration.k8s.io" },
        { group: "apiextensions.k8s.io" },
        { group: "networking.k8s.io" },
        { group: "certificates.k8s.io" },
        { group: "policy.sigstore.dev" },
        { group: "argoproj.io", resources: ["workflowtemplates", "clusterworkflowtemplates"] },
      ],
    },
    { level: "Metadata", verbs: ["create", "delete"], resources: [{ group: "argoproj.io", resources: ["workflows"] }] },
    { level: "None" },
  ],
};

/** Flags of kube-apiserver: files of 50 MiB in a folder, of the last 90 days, twenty at most. */
export function auditFlags(policy: string, folder: string): string[] {
  return [
    `--audit-policy-file=${policy}`,
    `--audit-log-path=${folder}/audit.log`,
    "--audit-log-maxsize=50",
    "--audit-log-maxbackup=20",
    "--audit-log-maxage=90",
  ];
}
