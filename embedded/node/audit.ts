// The API server's audit policy: it records who approved a run, who wrote or deleted what, and who read which Secret, without its content.

const writes = ["create", "update", "patch", "delete", "deletecollection"];
const workloads = { group: "agentic.io", resources: ["agentworkloads", "agentschedules", "accessrequests"] };

/** An audit policy of Kubernetes: the first matching rule applies. */
export const auditPolicy = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  omitManagedFields: true,
  rules: [
    // Kubernetes' own components send requests all the time, which only follow from those of others.
    {
      level: "None",
      users: ["system:apiserver", "system:kube-controller-manager", "system:kube-scheduler", "system:kube-proxy"],
    },
    { level: "None", userGroups: ["system:nodes", "system:serviceaccounts:kube-system"] },
    // With the request's body: an approval is a patch that holds its reason.
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

/** Flags of kube-apiserver: it keeps at most twenty log files of 50 MiB, for 90 days. `policy` and `folder` are paths. */
export function auditFlags(policy: string, folder: string): string[] {
  return [
    `--audit-policy-file=${policy}`,
    `--audit-log-path=${folder}/audit.log`,
    "--audit-log-maxsize=50",
    "--audit-log-maxbackup=20",
    "--audit-log-maxage=90",
  ];
}
