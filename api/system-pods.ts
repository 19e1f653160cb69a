// Admission for kube-system where the cluster's own pods need more than Pod Security allows: only the cluster makes such pods there.
import { admissionPolicy } from "./admission.ts";
import { API_GROUP } from "./names.ts";

/** The namespace of the cluster's own pods. */
export const SYSTEM_NAMESPACE = "kube-system";

/** Capabilities that a container may add at Pod Security's level `baseline`. */
const CAPABILITIES = [
  "AUDIT_WRITE",
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
];

/** What gives a pod the node, as `baseline` says; each an expression over `variables.pod`, and over each container `c`. */
const OF_POD = [
  "variables.pod.?hostNetwork.orValue(false)",
  "variables.pod.?hostPID.orValue(false)",
  "variables.pod.?hostIPC.orValue(false)",
  "variables.pod.?volumes.orValue([]).exists(v, has(v.hostPath))",
  "variables.pod.?securityContext.?windowsOptions.?hostProcess.orValue(false)",
  "variables.pod.?securityContext.?seccompProfile.?type.orValue('') == 'Unconfined'",
  "variables.pod.?securityContext.?appArmorProfile.?type.orValue('') == 'Unconfined'",
];
const OF_CONTAINER = [
  "c.?securityContext.?privileged.orValue(false)",
  `c.?securityContext.?capabilities.?add.orValue([]).exists(k, !(k in [${CAPABILITIES.map((name) => `'${name}'`).join(", ")}]))`,
  "c.?securityContext.?procMount.orValue('Default') != 'Default'",
  "c.?securityContext.?windowsOptions.?hostProcess.orValue(false)",
  "c.?securityContext.?seccompProfile.?type.orValue('') == 'Unconfined'",
  "c.?securityContext.?appArmorProfile.?type.orValue('') == 'Unconfined'",
  "c.?ports.orValue([]).exists(p, p.?hostPort.orValue(0) != 0)",
];

/**
 * Who makes the cluster's own pods: users `system:…`, such as the nodes for static pods, GKE's `system:addon-manager` and k3s'
 * `system:k3s-supervisor`; k3s' load balancer; and the accounts of kube-system, such as `daemon-set-controller`. `system:admin` is the user
 * of k3s' kubeconfig, which people and deployers have.
 */
const IS_CLUSTER = [
  "(request.userInfo.username.startsWith('system:') && !request.userInfo.username.startsWith('system:serviceaccount:') && !(request.userInfo.username in ['system:admin', 'system:anonymous']))",
  "request.userInfo.username == 'k3s-cloud-controller-manager'",
  `'system:serviceaccounts:${SYSTEM_NAMESPACE}' in request.userInfo.?groups.orValue([])`,
].join(" || ");

const podOf = (object: string) =>
  `(request.kind.kind == 'Pod' ? ${object}.spec : request.kind.kind == 'CronJob' ? ${object}.spec.jobTemplate.spec.template.spec : ${object}.spec.template.spec)`;

/** The ValidatingAdmissionPolicy: of pods and of what makes pods. What is there already stays, and can be restarted and scaled. */
export function systemPodsPolicy() {
  return admissionPolicy({
    name: `system-pods.${API_GROUP}`,
    resources: {
      apiGroups: ["", "apps", "batch"],
      apiVersions: ["v1"],
      resources: [
        "pods",
        "pods/ephemeralcontainers",
        "replicationcontrollers",
        "daemonsets",
        "deployments",
        "replicasets",
        "statefulsets",
        "jobs",
        "cronjobs",
      ],
    },
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": SYSTEM_NAMESPACE } },
    matchConditions: [{ name: "not-the-cluster", expression: `!(${IS_CLUSTER})` }],
    variables: [
      { name: "pod", expression: podOf("object") },
      {
        name: "containers",
        expression:
          "variables.pod.containers + variables.pod.?initContainers.orValue([]) + variables.pod.?ephemeralContainers.orValue([])",
      },
      {
        name: "changed",
        expression: `oldObject == null || ${podOf("oldObject")} != variables.pod`,
      },
      {
        name: "isPrivileged",
        expression: `${OF_POD.join(" || ")} || variables.containers.exists(c, ${OF_CONTAINER.join(" || ")})`,
      },
    ],
    validations: [
      {
        expression: "!variables.changed || !variables.isPrivileged",
        messageExpression: `request.userInfo.username + " may not make a pod in ${SYSTEM_NAMESPACE} that reaches the node: only the cluster's own components do; leave out host namespaces, ports and folders, privileged, and capabilities"`,
        reason: "Forbidden",
      },
    ],
  });
}
