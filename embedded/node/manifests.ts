// The Kubernetes objects that a node applies to its cluster: cluster DNS, and the roles of the node's own programs.
import { KUBERNETES_NAMESPACES } from "@agentic/api/names.ts";
import type { KubeObject } from "./api.ts";
import { images, type NodeOptions, sandboxClass, sandboxHandler } from "./config.ts";
import { kubeletClient, nodeControllers } from "./identities.ts";
import type { Instance } from "./instance.ts";

/** Every object of the node, in the order of applying. */
export function manifests(instance: Instance, { sandbox, upstreamDns }: NodeOptions): KubeObject[] {
  return [
    ...KUBERNETES_NAMESPACES.map(restricted),
    binding("embedded-kubelet-api", "system:kubelet-api-admin", { kind: "User", name: kubeletClient }),
    ...controllers(),
    ...(sandbox ? [runtimeClass] : []),
    ...dns(instance, upstreamDns),
  ];
}

/** All that runs in the cluster's own namespaces is the node's DNS, which needs no more than other pods. */
function restricted(name: string): KubeObject {
  const level = { enforce: "restricted", "enforce-version": "latest", audit: "restricted", warn: "restricted" };
  const labels = Object.fromEntries(
    Object.entries(level).map(([mode, value]) => [`pod-security.kubernetes.io/${mode}`, value]),
  );
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}

const runtimeClass: KubeObject = {
  apiVersion: "node.k8s.io/v1",
  kind: "RuntimeClass",
  metadata: { name: sandboxClass },
  handler: sandboxHandler,
};

function binding(name: string, role: string, subject: { kind: string; name: string; namespace?: string }): KubeObject {
  const apiGroup = subject.kind === "User" ? { apiGroup: "rbac.authorization.k8s.io" } : {};
  return {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
    subjects: [{ ...apiGroup, ...subject }],
  };
}

/** The role of the programs in controllers/, and the storage class that they provision. */
function controllers(): KubeObject[] {
  const watch = ["list", "watch"];
  return [
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: nodeControllers },
      rules: [
        { apiGroups: [""], resources: ["pods", "namespaces", "persistentvolumeclaims"], verbs: watch },
        { apiGroups: [""], resources: ["persistentvolumes"], verbs: [...watch, "create", "delete"] },
        { apiGroups: [""], resources: ["events"], verbs: ["create"] },
        { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: watch },
        { apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: watch },
      ],
    },
    binding(nodeControllers, nodeControllers, { kind: "User", name: nodeControllers }),
    {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: "local", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
      provisioner: "agentic.io/local-folder",
      volumeBindingMode: "WaitForFirstConsumer",
      reclaimPolicy: "Delete",
    },
  ];
}

function dns({ network }: Instance, upstreamDns: readonly string[]): KubeObject[] {
  const namespace = "kube-system";
  const labels = { "k8s-app": "kube-dns" };
  const corefile = renderCorefile(upstreamDns);
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "coredns", namespace } },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "system:coredns" },
      rules: [
        { apiGroups: [""], resources: ["services", "namespaces"], verbs: ["list", "watch"] },
        { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
      ],
    },
    binding("system:coredns", "system:coredns", { kind: "ServiceAccount", name: "coredns", namespace }),
    { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "coredns", namespace }, data: { Corefile: corefile } },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "coredns", namespace, labels },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: "coredns",
            priorityClassName: "system-cluster-critical",
            // By default its own service would be its resolver.
            dnsPolicy: "Default",
            securityContext: {
              runAsNonRoot: true,
              runAsUser: 65532,
              runAsGroup: 65532,
              seccompProfile: { type: "RuntimeDefault" },
            },
            containers: [
              {
                name: "coredns",
                image: images.coredns,
                imagePullPolicy: "IfNotPresent",
                args: ["-conf", "/etc/coredns/Corefile"],
                ports: [
                  { name: "dns", containerPort: 53, protocol: "UDP" },
                  { name: "dns-tcp", containerPort: 53, protocol: "TCP" },
                  { name: "metrics", containerPort: 9153, protocol: "TCP" },
                ],
                resources: { requests: { cpu: "50m", memory: "32Mi" }, limits: { memory: "170Mi" } },
                // A short interval, so that DNS is ready early.
                readinessProbe: { httpGet: { path: "/ready", port: 8181 }, periodSeconds: 1, failureThreshold: 3 },
                livenessProbe: {
                  httpGet: { path: "/health", port: 8080 },
                  initialDelaySeconds: 5,
                  failureThreshold: 5,
                },
                securityContext: {
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  // In upstream's image the program's file has this capability, and doesn't start without it.
                  capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
                },
                volumeMounts: [{ name: "config", mountPath: "/etc/coredns", readOnly: true }],
              },
            ],
            volumes: [{ name: "config", configMap: { name: "coredns" } }],
          },
        },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "kube-dns", namespace, labels },
      spec: {
        clusterIP: network.dnsIp,
        selector: labels,
        ports: [
          { name: "dns", port: 53, protocol: "UDP" },
          { name: "dns-tcp", port: 53, protocol: "TCP" },
          { name: "metrics", port: 9153, protocol: "TCP" },
        ],
      },
    },
  ];
}

/** CoreDNS' configuration: the cluster's names, and others only where there are upstream resolvers. */
export function renderCorefile(upstreamDns: readonly string[]): string {
  return `.:53 {
    errors
    health
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        ttl 30
    }
    prometheus :9153
${upstreamDns.length ? `    forward . ${upstreamDns.join(" ")}\n` : ""}    cache 30
    loadbalance
    reload
}
`;
}
