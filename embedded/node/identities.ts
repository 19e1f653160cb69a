// The identities of a node's components: their certificates and users.
import type { Instance } from "./instance.ts";
import type { Certificate } from "./pki.ts";

/** Every certificate of a node. */
export function certificates({ network, nodeName }: Instance): Certificate[] {
  const serviceNames = [
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
  ];
  return [
    {
      name: "apiserver",
      commonName: "kube-apiserver",
      hosts: [...serviceNames, "localhost", "127.0.0.1", network.nodeIp, network.apiServiceIp],
    },
    { name: "apiserver-kubelet", commonName: kubeletClient },
    { name: "kubelet-serving", commonName: `system:node:${nodeName}`, hosts: [nodeName, network.nodeIp] },
    { name: "admin", commonName: "admin", organization: ["system:masters"] },
    { name: "kubelet", commonName: `system:node:${nodeName}`, organization: ["system:nodes"] },
    ...["kube-controller-manager", "kube-scheduler", "kube-proxy"].map((user) => ({
      name: user,
      commonName: `system:${user}`,
    })),
    {
      name: "kube-quota-controller",
      // The service account to which Kubernetes binds this controller's role, with its groups.
      commonName: "system:serviceaccount:kube-system:resourcequota-controller",
      organization: ["system:serviceaccounts", "system:serviceaccounts:kube-system"],
    },
    { name: "node-controllers", commonName: nodeControllers },
  ];
}

/** Users that have a kubeconfig in the instance's `etc` folder. */
export const componentUsers = [
  "kubelet",
  "kube-controller-manager",
  "kube-quota-controller",
  "kube-scheduler",
  "kube-proxy",
  "node-controllers",
] as const;

/** The API server's user for requests to the kubelet, bound to a role in manifests.ts. */
export const kubeletClient = "kube-apiserver-kubelet-client";

/** The user of the controllers of network policies and volumes, bound to a role in manifests.ts. */
export const nodeControllers = "embedded:node-controllers";
