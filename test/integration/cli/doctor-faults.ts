// Faults of an installation, each made and mended on purpose, with what the doctor says of it.
import { bindingOf } from "@agentic/api/admission.ts";
import { gateAdmissionPolicy } from "@agentic/api/gate-admission.ts";
import { gateRulesText } from "@agentic/api/gate-rules.ts";
import { ANNOTATIONS, NAMESPACES } from "@agentic/api/names.ts";
import { APPLY_PATCH } from "@agentic/kube/client/client.ts";
import { issue, newKey } from "../../../embedded/deploy/x509.ts";
import type { Cluster } from "../operator/cluster.ts";
import { at, dnsSlice, pod, TENANT } from "./installation.ts";

const { system, argoWorkflows } = NAMESPACES;
let cluster: Cluster;

/** Says of which installation the faults are. */
export function faultsAreOf(installation: Cluster): void {
  cluster = installation;
}

const DAYS = 86_400_000;
const inDays = (days: number) => new Date(Date.now() + days * DAYS);
const apply = (path: string, object: object) =>
  cluster.client.patch(path, object, { contentType: APPLY_PATCH, query: { fieldManager: "test", force: true } });
export const remove = (path: string) => cluster.client.delete(path);
export const OPERATOR = at("apps/v1", "deployments", system, "agentic-operator");
export const ready = (path: string, readyReplicas: number) =>
  cluster.client.patch(`${path}/status`, { status: { replicas: 1, readyReplicas, availableReplicas: readyReplicas } });

async function tlsOf(notAfter: Date): Promise<{ "tls.crt": string; "tls.key": string }> {
  const key = newKey({ algorithm: "ECDSA", size: 256, encoding: "PKCS8" });
  const nobody = { organizations: [], dnsNames: ["operator"], ipAddresses: [], uris: [], usages: [], isCa: false };
  return { "tls.key": key, "tls.crt": await issue({ ...nobody, notBefore: inDays(-1), notAfter }, key) };
}

export interface Fault {
  make: () => Promise<unknown>;
  mend: () => Promise<unknown>;
  /** The one finding. */
  says: RegExp;
}

const podWith = (name: string, status: object): Pick<Fault, "make" | "mend"> => ({
  make: async () => {
    await cluster.client.create(at("v1", "pods", TENANT), pod(name, "registry.local/gone:1"));
    await cluster.client.patch(`${at("v1", "pods", TENANT, name)}/status`, { status });
  },
  mend: () => cluster.client.delete(at("v1", "pods", TENANT, name), { gracePeriodSeconds: 0 }),
});

const gateRules = (text: string | null): Pick<Fault, "make" | "mend"> => {
  const write = (value: string | null) =>
    cluster.client.patch(`/api/v1/namespaces/${TENANT}`, {
      metadata: { annotations: { [ANNOTATIONS.gateRules]: value } },
    });
  return { make: () => write(text), mend: () => write(gateRulesText({})) };
};

const waiting = (reason: string, message: string) => ({
  phase: "Pending",
  containerStatuses: [
    {
      ...{ name: "main", image: "registry.local/gone:1", imageID: "", ready: false, restartCount: 7 },
      state: { waiting: { reason, message } },
    },
  ],
});

const gateSince = (minutes: number) => ({
  phase: "AwaitingApproval",
  observedGeneration: 1,
  message: "waits for a person",
  conditions: [
    {
      type: "Approved",
      status: "Unknown",
      reason: "AwaitingApproval",
      message: "waits for a person",
      lastTransitionTime: `${new Date(Date.now() - minutes * 60_000).toISOString().slice(0, 19)}Z`,
    },
  ],
});

const WORKLOADS = at("agentic.io/v1alpha1", "agentworkloads", TENANT);

export const faults: Record<string, Fault> = {
  "an operator that isn't ready": {
    make: () => ready(OPERATOR, 0),
    mend: () => ready(OPERATOR, 1),
    says: /^components problem: Deployment agentic-system\/agentic-operator: 0 of 1 pods are ready: .*describe pods .*operator-down\.md/,
  },
  "an engine that is scaled to nothing": {
    make: () =>
      cluster.client.patch(at("apps/v1", "deployments", argoWorkflows, "workflow-engine"), { spec: { replicas: 0 } }),
    mend: () =>
      cluster.client.patch(at("apps/v1", "deployments", argoWorkflows, "workflow-engine"), { spec: { replicas: 1 } }),
    says: /^components problem: Deployment argo-workflows\/workflow-engine: it is scaled to 0.*kubectl scale/,
  },
  "a certificate that ends soon": {
    make: async () =>
      cluster.client.create(at("v1", "secrets", system), {
        metadata: { name: "operator-tls" },
        type: "kubernetes.io/tls",
        stringData: await tlsOf(inDays(2.5)),
      }),
    mend: () => remove(at("v1", "secrets", system, "operator-tls")),
    says: /^certificates problem: Secret agentic-system\/operator-tls: its certificate ends in 2 days: .*certificate-ends\.md/,
  },
  "a cluster's DNS without pods": {
    make: () => apply(at("discovery.k8s.io/v1", "endpointslices", "kube-system", "kube-dns-0"), dnsSlice(false)),
    mend: () => apply(at("discovery.k8s.io/v1", "endpointslices", "kube-system", "kube-dns-0"), dnsSlice(true)),
    says: /^dns problem: Service kube-system\/kube-dns: no pod of it is ready/,
  },
  "a quota that is nearly used": {
    make: () =>
      cluster.client.patch(`${at("v1", "resourcequotas", TENANT, "quota")}/status`, {
        status: { used: { pods: "10" } },
      }),
    mend: () =>
      cluster.client.patch(`${at("v1", "resourcequotas", TENANT, "quota")}/status`, {
        status: { used: { pods: "2" } },
      }),
    says: /^quotas problem: ResourceQuota tenant-acme\/quota: 10 of 10 pods are used: .*tenants\[\]\.quota/,
  },
  "a namespace that nothing closes": {
    make: () => remove(at("networking.k8s.io/v1", "networkpolicies", TENANT, "default-deny")),
    mend: () =>
      cluster.client.create(at("networking.k8s.io/v1", "networkpolicies", TENANT), {
        metadata: { name: "default-deny" },
        spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
      }),
    says: /^network problem: Namespace tenant-acme: no NetworkPolicy denies .*ingress and egress is open/,
  },
  "a policy that opens a namespace again": {
    make: () =>
      cluster.client.create(at("networking.k8s.io/v1", "networkpolicies", TENANT), {
        metadata: { name: "debug" },
        spec: { podSelector: {}, policyTypes: ["Egress"], egress: [{}] },
      }),
    mend: () => remove(at("networking.k8s.io/v1", "networkpolicies", TENANT, "debug")),
    says: /^network warning: NetworkPolicy tenant-acme\/debug: it lets every pod/,
  },
  "a namespace that takes privileged pods": {
    make: () =>
      cluster.client.patch(`/api/v1/namespaces/${TENANT}`, {
        metadata: { labels: { "pod-security.kubernetes.io/enforce": "privileged" } },
      }),
    mend: () =>
      cluster.client.patch(`/api/v1/namespaces/${TENANT}`, {
        metadata: { labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
      }),
    says: /^network problem: Namespace tenant-acme: it lets pods have more .*enforce is privileged/,
  },
  "an image that can't be pulled": {
    ...podWith("no-image", waiting("ImagePullBackOff", "not found")),
    says: /^pods problem: Pod tenant-acme\/no-image: the image registry\.local\/gone:1 can't be pulled \(ImagePullBackOff\): not found/,
  },
  "a container that ends again and again": {
    ...podWith("crashes", waiting("CrashLoopBackOff", "back-off 5m0s")),
    says: /^pods problem: Pod tenant-acme\/crashes: container main: CrashLoopBackOff, started 7 times again.*--previous/,
  },
  "a pod that no node takes": {
    ...podWith("no-room", {
      phase: "Pending",
      conditions: [
        { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/1 nodes: Insufficient cpu" },
      ],
    }),
    says: /^pods warning: Pod tenant-acme\/no-room: no node takes it.*Insufficient cpu/,
  },
  "a gate that has waited for long": {
    make: async () => {
      await cluster.client.create(WORKLOADS, {
        apiVersion: "agentic.io/v1alpha1",
        kind: "AgentWorkload",
        metadata: { name: "slow" },
        spec: { objective: "x", targetUrls: ["https://example.com/"], approval: { mode: "manual" } },
      });
      await cluster.client.patch(`${WORKLOADS}/slow/status`, { status: gateSince(25) });
    },
    mend: () => remove(`${WORKLOADS}/slow`),
    says: /^workloads warning: AgentWorkload tenant-acme\/slow: its gate has waited 25m\S* for an answer, and denies by itself in 4m.*agentic approve slow -n tenant-acme/,
  },
  "a rule for gates that isn't enforced": {
    make: () => remove("/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/gates.agentic.io"),
    mend: async () => {
      await cluster.client.create(
        "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings",
        bindingOf(gateAdmissionPolicy()),
      );
    },
    says: /^admission problem: ValidatingAdmissionPolicy gates\.agentic\.io: no binding enforces it/,
  },
  "a tenant without rules for gates, at which nobody can answer": {
    ...gateRules(null),
    says: /^gates problem: Namespace tenant-acme: its annotation agentic\.io\/gate-rules is missing: every answer .* is refused: .*pulumi up/,
  },
  "rules for gates that can't be read": {
    ...gateRules("four_eyes=perhaps"),
    says: /^gates problem: Namespace tenant-acme: its annotation agentic\.io\/gate-rules isn't as the platform writes it/,
  },
  "rules for gates that are others than the operator's": {
    ...gateRules("four_eyes=true\nquorum=3"),
    says: /^gates problem: Namespace tenant-acme: its annotation .* says four_eyes=true, quorum=3, its settings say four_eyes=false, quorum=1: /,
  },
  "a webhook that nobody answers for": {
    make: () =>
      cluster.client.create("/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", {
        metadata: { name: "policy.sigstore.dev" },
        webhooks: [
          {
            name: "policy.sigstore.dev",
            clientConfig: { service: { namespace: "cosign-system", name: "webhook" } },
            rules: [
              { apiGroups: ["example.com"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["nothings"] },
            ],
            sideEffects: "None",
            admissionReviewVersions: ["v1"],
          },
        ],
      }),
    mend: () => remove("/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/policy.sigstore.dev"),
    says: /^admission problem: webhook policy\.sigstore\.dev of policy\.sigstore\.dev: nobody answers for it: cosign-system\/webhook .*is refused/,
  },
};
