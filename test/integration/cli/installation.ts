// What the doctor sees of a healthy installation, on a bare API server: namespaces, parts that are ready, policies, a tenant.
import { admissionPolicy, INCLUDE_LABEL } from "@agentic/api/admission.ts";
import { LABELS, NAMESPACES } from "@agentic/api/names.ts";
import { PLATFORM_POLICIES } from "@agentic/api/platform-policies.ts";
import { MEMBER_RULES, memberRoleName } from "@agentic/api/roles.ts";
import { templateAdmissionPolicy } from "@agentic/api/template-admission.ts";
import { enforce, workloadPolicies } from "../admission.ts";
import { type Cluster, startCluster } from "../operator/cluster.ts";

export const TENANT = "tenant-acme";
const RBAC = "rbac.authorization.k8s.io";
const { system, argoWorkflows } = NAMESPACES;

/** Path of an object, or of the objects of a kind. */
export const at = (api: string, plural: string, namespace: string, name = ""): string =>
  `/${api.includes("/") ? "apis" : "api"}/${api}/namespaces/${namespace}/${plural}${name && `/${name}`}`;

/** Starts it. Its people are `vera`, the viewer of the tenant, and `tara`, its administrator. */
export async function startInstallation(): Promise<Cluster> {
  const cluster = await startCluster();
  const { client } = cluster;
  await cluster.tenant(TENANT);
  await client.create("/api/v1/namespaces", { metadata: { name: argoWorkflows } });
  const restricted = { "pod-security.kubernetes.io/enforce": "restricted" };
  for (const [space, labels] of Object.entries({
    [system]: {},
    [argoWorkflows]: {},
    [TENANT]: { [INCLUDE_LABEL]: "true" },
  })) {
    await client.patch(`/api/v1/namespaces/${space}`, { metadata: { labels: { ...restricted, ...labels } } });
    await client.create(at("networking.k8s.io/v1", "networkpolicies", space), {
      metadata: { name: "default-deny" },
      spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    });
  }
  for (const [space, name] of [
    [system, "agentic-operator"],
    [argoWorkflows, "workflow-engine"],
  ] as const) {
    await client.create(at("apps/v1", "deployments", space), deployment(name));
    await client.patch(`${at("apps/v1", "deployments", space, name)}/status`, {
      status: { replicas: 1, readyReplicas: 1, availableReplicas: 1 },
    });
  }
  await client.create(at("discovery.k8s.io/v1", "endpointslices", "kube-system"), dnsSlice(true));
  await enforce(client, policies());
  await client.create(at("v1", "resourcequotas", TENANT), {
    metadata: { name: "quota", labels: { [LABELS.tenant]: TENANT } },
    spec: { hard: { pods: "10", "services.nodeports": "0" } },
  });
  await client.patch(`${at("v1", "resourcequotas", TENANT, "quota")}/status`, {
    status: { hard: { pods: "10", "services.nodeports": "0" }, used: { pods: "2", "services.nodeports": "0" } },
  });
  for (const [role, name] of [
    ["viewer", "vera"],
    ["tenant-admin", "tara"],
  ] as const) {
    const metadata = { name: memberRoleName(role) };
    await client.create(at(`${RBAC}/v1`, "roles", TENANT), { metadata, rules: MEMBER_RULES[role] });
    await client.create(at(`${RBAC}/v1`, "rolebindings", TENANT), {
      metadata,
      roleRef: { apiGroup: RBAC, kind: "Role", name: memberRoleName(role) },
      subjects: [{ kind: "User", apiGroup: RBAC, name }],
    });
  }
  return cluster;
}

/** Those about workloads and their runs; in the place of others something of their name, as the doctor looks at no more of them. */
function policies() {
  const own = [...workloadPolicies(), templateAdmissionPolicy()];
  const names = new Set(own.map(({ metadata }) => metadata.name));
  const resources = { apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"] };
  const others = PLATFORM_POLICIES.filter((name) => !names.has(name)).map((name) =>
    admissionPolicy({ name, resources, operations: ["CREATE"], validations: [{ expression: "true" }] }),
  );
  return [...own, ...others];
}

export const dnsSlice = (ready: boolean): object => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { name: "kube-dns-0", labels: { "kubernetes.io/service-name": "kube-dns" } },
  addressType: "IPv4",
  endpoints: [{ addresses: ["10.0.0.10"], conditions: { ready } }],
  ports: [],
});

const deployment = (name: string) => ({
  metadata: { name },
  spec: {
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: "main", image: `${name}:1` }] } },
  },
});

/** A pod that says nothing of itself; its status is what a test writes. */
export const pod = (name: string, image = "registry.local/agents:1"): object => ({
  metadata: { name },
  spec: {
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: "main",
        image,
        resources: { requests: { cpu: "10m" }, limits: { cpu: "10m" } },
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
      },
    ],
  },
});
