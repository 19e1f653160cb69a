// What a tenant's people try with their kubeconfig, though each is somebody else's to do.
import { cluster, core, group, PODS, pod, TENANT, WORKFLOWS, WORKLOADS } from "./case.ts";
import { type Attack, create, get, list, patch, remove } from "./request.ts";

const SYSTEM = "agentic-system";
const RBAC = "rbac.authorization.k8s.io/v1";
const AGENTIC = "agentic.io/v1alpha1";
const ARGO = "argoproj.io/v1alpha1";
const metadata = { name: "x" };
const binding = {
  metadata,
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
};
export const userRequests: Attack[] = [
  ["reads the tenant's passwords", list("secrets", core(TENANT, "secrets"))],
  ["reads one password by its name", get("secrets", core(TENANT, "secrets/postgres"))],
  [
    "watches for passwords",
    ["watch", "secrets", (client) => client.get(core(TENANT, "secrets"), { watch: true, timeoutSeconds: 1 })],
  ],
  ["reads the tenant's settings", get("configmaps", core(TENANT, "configmaps/agentic-tenant"))],
  [
    "changes the tenant's settings",
    patch("configmaps", core(TENANT, "configmaps/agentic-tenant"), { data: { approval_mode: "auto" } }),
  ],
  ["makes a ConfigMap for a semaphore", create("configmaps", core(TENANT, "configmaps"))],
  ["makes a pod", create("pods", PODS, pod("evil"))],
  ["runs a command in a pod", create("pods/exec", core(TENANT, "pods/x/exec"))],
  ["runs a command in a pod by a GET", get("pods/exec", core(TENANT, "pods/x/exec?command=sh"))],
  ["attaches to a pod", create("pods/attach", core(TENANT, "pods/x/attach"))],
  ["forwards a pod's port", create("pods/portforward", core(TENANT, "pods/x/portforward"))],
  [
    "forwards the port of the operator that says what all tenants cost",
    create("pods/portforward", core(SYSTEM, "pods/x/portforward")),
  ],
  ["asks a pod through the API server", get("pods/proxy", core(TENANT, "pods/x:8080/proxy/"))],
  [
    "asks a service through the API server",
    get("services/proxy", core("shared-services", "services/minio:9000/proxy/")),
  ],
  ["asks the kubelet through the API server", get("nodes/proxy", "/api/v1/nodes/x/proxy/pods")],
  [
    "puts a container into a pod, to debug it",
    patch("pods/ephemeralcontainers", core(TENANT, "pods/x/ephemeralcontainers"), { spec: {} }),
  ],
  ["puts a pod onto a node", create("pods/binding", core(TENANT, "pods/x/binding"), { target: { name: "n" } })],
  ["evicts a pod", create("pods/eviction", core(TENANT, "pods/x/eviction"), { metadata })],
  ["grows a pod", patch("pods/resize", core(TENANT, "pods/x/resize"), { spec: {} })],
  [
    "says that a pod succeeded",
    patch("pods/status", core(TENANT, "pods/x/status"), { status: { phase: "Succeeded" } }),
  ],
  ["labels a pod", patch("pods", core(TENANT, "pods/x"), { metadata: { labels: { "agentic.io/component": "x" } } })],
  ["deletes all pods", remove("pods", PODS, "deletecollection")],
  [
    "takes a token of the agents' account",
    create("serviceaccounts/token", core(TENANT, "serviceaccounts/agent/token"), { spec: {} }),
  ],
  [
    "takes a token of the operator's account",
    create("serviceaccounts/token", core(SYSTEM, "serviceaccounts/agentic-operator/token"), { spec: {} }),
  ],
  [
    "makes a Secret that holds an account's token",
    create("secrets", core(TENANT, "secrets"), {
      metadata: { name: "x", annotations: { "kubernetes.io/service-account.name": "agent" } },
      type: "kubernetes.io/service-account-token",
    }),
  ],
  ["makes an account", create("serviceaccounts", core(TENANT, "serviceaccounts"))],
  [
    "gives itself a role of the cluster in the namespace",
    create("rolebindings", group(RBAC, TENANT, "rolebindings"), binding),
  ],
  ["gives itself a role of the cluster", create("clusterrolebindings", cluster(RBAC, "clusterrolebindings"), binding)],
  ["widens its own role", patch("roles", group(RBAC, TENANT, "roles/agentic-user"), { rules: [] })],
  [
    "asks whose a token is",
    create("tokenreviews", cluster("authentication.k8s.io/v1", "tokenreviews"), { spec: { token: "x" } }),
  ],
  [
    "asks for others' rights",
    create("subjectaccessreviews", cluster("authorization.k8s.io/v1", "subjectaccessreviews"), {
      spec: { user: "admin" },
    }),
  ],
  [
    "asks for a certificate",
    create("certificatesigningrequests", cluster("certificates.k8s.io/v1", "certificatesigningrequests"), {
      metadata,
      spec: { request: "eA==", signerName: "kubernetes.io/kube-apiserver-client", usages: ["client auth"] },
    }),
  ],
  [
    "approves a certificate",
    patch(
      "certificatesigningrequests/approval",
      cluster("certificates.k8s.io/v1", "certificatesigningrequests/x/approval"),
      { status: {} },
    ),
  ],
  ["forges an event", create("events", core(TENANT, "events"))],
  ["forges an event of the newer kind", create("events", group("events.k8s.io/v1", TENANT, "events"))],
  [
    "takes the operator's lease",
    patch("leases", group("coordination.k8s.io/v1", SYSTEM, "leases/agentic-operator"), {
      spec: { holderIdentity: "me" },
    }),
  ],
  [
    "remembers a delivery in the receiver's place",
    create("leases", group("coordination.k8s.io/v1", "argo-events", "leases")),
  ],
  [
    "makes a service of another name's",
    create("services", core(TENANT, "services"), {
      metadata,
      spec: { type: "ExternalName", externalName: "minio.shared-services.svc" },
    }),
  ],
  [
    "makes a service at an address outside",
    create("services", core(TENANT, "services"), {
      metadata,
      spec: { externalIPs: ["10.0.0.1"], ports: [{ port: 80 }] },
    }),
  ],
  [
    "leads a service to the metadata service",
    create("endpointslices", group("discovery.k8s.io/v1", TENANT, "endpointslices"), {
      metadata,
      addressType: "IPv4",
      endpoints: [{ addresses: ["169.254.169.254"] }],
      ports: [],
    }),
  ],
  [
    "leads another tenant's service to itself",
    patch("endpointslices", group("discovery.k8s.io/v1", "shared-services", "endpointslices/minio"), { endpoints: [] }),
  ],
  ["leads a service by the older kind", create("endpoints", core(TENANT, "endpoints"), { metadata, subsets: [] })],
  ["makes an Ingress", create("ingresses", group("networking.k8s.io/v1", TENANT, "ingresses"))],
  [
    "opens its network",
    create("networkpolicies", group("networking.k8s.io/v1", TENANT, "networkpolicies"), {
      metadata,
      spec: { podSelector: {}, egress: [{}] },
    }),
  ],
  [
    "takes the default deny off",
    remove("networkpolicies", group("networking.k8s.io/v1", TENANT, "networkpolicies/default-deny")),
  ],
  [
    "raises its quota",
    patch("resourcequotas", core(TENANT, "resourcequotas/quota"), { spec: { hard: { pods: "1000" } } }),
  ],
  [
    "raises its quota by the subresource",
    patch("resourcequotas/status", core(TENANT, "resourcequotas/quota/status"), { status: { used: {} } }),
  ],
  ["takes its limits off", remove("limitranges", core(TENANT, "limitranges/limits"))],
  [
    "makes a volume of a folder of the node",
    create("persistentvolumes", "/api/v1/persistentvolumes", { metadata, spec: { hostPath: { path: "/" } } }),
  ],
  ["claims a volume", create("persistentvolumeclaims", core(TENANT, "persistentvolumeclaims"))],
  [
    "takes Pod Security off its namespace",
    patch("namespaces", `/api/v1/namespaces/${TENANT}`, {
      metadata: { labels: { "pod-security.kubernetes.io/enforce": null } },
    }),
  ],
  ["deletes its namespace", remove("namespaces", `/api/v1/namespaces/${TENANT}`)],
  ["reads the nodes", list("nodes", "/api/v1/nodes")],
  ["reads the namespaces", list("namespaces", "/api/v1/namespaces")],
  [
    "takes an admission policy away",
    remove(
      "validatingadmissionpolicies",
      cluster("admissionregistration.k8s.io/v1", "validatingadmissionpolicies/approval.agentic.io"),
    ),
  ],
  [
    "takes an admission policy out of force",
    patch(
      "validatingadmissionpolicybindings",
      cluster("admissionregistration.k8s.io/v1", "validatingadmissionpolicybindings/approval.agentic.io"),
      { spec: { validationActions: ["Audit"] } },
    ),
  ],
  [
    "has requests changed by a webhook",
    create(
      "mutatingwebhookconfigurations",
      cluster("admissionregistration.k8s.io/v1", "mutatingwebhookconfigurations"),
    ),
  ],
  [
    "widens the schema",
    patch(
      "customresourcedefinitions",
      cluster("apiextensions.k8s.io/v1", "customresourcedefinitions/agentworkloads.agentic.io"),
      { spec: {} },
    ),
  ],
  ["serves a group of the API itself", create("apiservices", cluster("apiregistration.k8s.io/v1", "apiservices"))],
  [
    "gives itself a level of requests",
    create("flowschemas", cluster("flowcontrol.apiserver.k8s.io/v1", "flowschemas")),
  ],
  [
    "makes a RuntimeClass",
    create("runtimeclasses", cluster("node.k8s.io/v1", "runtimeclasses"), { metadata, handler: "runc" }),
  ],
  ["makes a Workflow", create("workflows", WORKFLOWS)],
  ["resumes a Workflow's gate", patch("workflows", `${WORKFLOWS}/x`, { spec: { suspend: false } })],
  ["deletes a Workflow", remove("workflows", `${WORKFLOWS}/x`)],
  [
    "changes its template",
    patch("workflowtemplates", group(ARGO, TENANT, "workflowtemplates/visual-analysis-template"), { spec: {} }),
  ],
  ["makes a template for all", create("clusterworkflowtemplates", cluster(ARGO, "clusterworkflowtemplates"))],
  ["has a Workflow made each minute", create("cronworkflows", group(ARGO, TENANT, "cronworkflows"))],
  ["forges a step's result", create("workflowtaskresults", group(ARGO, TENANT, "workflowtaskresults"))],
  ["runs a plugin's task", create("workflowtasksets", group(ARGO, TENANT, "workflowtasksets"))],
  [
    "says that its workload is approved",
    patch("agentworkloads/status", `${WORKLOADS}/x/status`, { status: { phase: "Completed" } }),
  ],
  ["deletes all workloads at once", remove("agentworkloads", WORKLOADS, "deletecollection")],
  ["reads everybody's workloads", list("agentworkloads", cluster(AGENTIC, "agentworkloads"))],
  ["reads metrics of the API server", get("/metrics", "/metrics")],
  ["reads profiles of the API server", get("/debug/pprof/", "/debug/pprof/")],
  ["reads files of the node", get("/logs/", "/logs/")],
];
