// The components of a node: their flags, and the order in which they start.
import { join } from "node:path";
import { auditFlags } from "./audit.ts";
import {
  type Component,
  containerdSocket,
  type HostPaths,
  type NodeOptions,
  policySocket,
  serverUrl,
} from "./config.ts";
import type { Instance } from "./instance.ts";

/** The API server's readiness endpoint, which needs no credentials, and the file of the authority that signed its certificate. */
function readyz(instance: Instance) {
  return { url: `${serverUrl(instance)}/readyz`, ca: `${instance.dir}/pki/ca.crt` };
}

/** Programs that process 1 keeps running, in the order in which it starts them. */
export function components(instance: Instance, { bin, containerd }: HostPaths, { durable }: NodeOptions): Component[] {
  const { network, dir } = instance;
  const program = (name: string) => join(bin, name);
  const pki = join(dir, "pki");
  const etc = join(dir, "etc");
  const ready = readyz(instance);
  const kubeconfig = (user: string) => `${etc}/${user}.kubeconfig`;
  const commonFlags = (user: string) => [
    `--kubeconfig=${kubeconfig(user)}`,
    `--authentication-kubeconfig=${kubeconfig(user)}`,
    `--authorization-kubeconfig=${kubeconfig(user)}`,
    "--bind-address=127.0.0.1",
    "--leader-elect=false",
    "--profiling=false",
  ];
  return [
    {
      name: "etcd",
      argv: [
        program("etcd"),
        `--data-dir=${dir}/etcd`,
        "--listen-client-urls=http://127.0.0.1:2379",
        "--advertise-client-urls=http://127.0.0.1:2379",
        "--listen-peer-urls=http://127.0.0.1:2380",
        "--log-level=warn",
        ...(durable ? [] : ["--unsafe-no-fsync"]),
      ],
    },
    { name: "containerd", argv: [containerd, "--config", `${etc}/containerd.toml`], env: [nodePath(bin)] },
    {
      name: "kube-apiserver",
      // Half as many garbage collections: an eighth less processor time, for 34 MiB more memory at the start.
      env: ["GOGC=200"],
      argv: [
        program("kube-apiserver"),
        "--etcd-servers=http://127.0.0.1:2379",
        `--service-cluster-ip-range=${network.serviceCidr}`,
        `--bind-address=${network.nodeIp}`,
        `--advertise-address=${network.nodeIp}`,
        "--secure-port=6443",
        "--allow-privileged=true",
        "--profiling=false",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        `--authentication-config=${etc}/authentication.json`,
        `--client-ca-file=${pki}/ca.crt`,
        `--tls-cert-file=${pki}/apiserver.crt`,
        `--tls-private-key-file=${pki}/apiserver.key`,
        `--service-account-key-file=${pki}/sa.pub`,
        `--service-account-signing-key-file=${pki}/sa.key`,
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        // Under the issuer's own name: whoever verifies tokens in the cluster sends its own token nowhere else.
        "--service-account-jwks-uri=https://kubernetes.default.svc.cluster.local/openid/v1/jwks",
        `--kubelet-client-certificate=${pki}/apiserver-kubelet.crt`,
        `--kubelet-client-key=${pki}/apiserver-kubelet.key`,
        `--kubelet-certificate-authority=${pki}/ca.crt`,
        "--kubelet-preferred-address-types=InternalIP",
        `--encryption-provider-config=${pki}/encryption.json`,
        ...auditFlags(`${etc}/audit.json`, `${dir}/audit`),
      ],
    },
    {
      name: "kube-controller-manager",
      // It exits at once where the API server isn't ready.
      after: [ready],
      argv: [
        program("kube-controller-manager"),
        ...commonFlags("kube-controller-manager"),
        "--controllers=*,-resourcequota-controller",
        "--use-service-account-credentials",
        `--service-account-private-key-file=${pki}/sa.key`,
        `--root-ca-file=${pki}/ca.crt`,
        `--cluster-signing-cert-file=${pki}/ca.crt`,
        `--cluster-signing-key-file=${pki}/ca.key`,
        `--flex-volume-plugin-dir=${dir}/kubelet/volumeplugins`,
        "--kube-api-qps=100",
        "--kube-api-burst=200",
      ],
    },
    {
      // A program of its own: the controller manager's quota controller takes minutes to count a newly defined kind.
      name: "kube-quota-controller",
      after: [ready],
      argv: [program("kube-quota-controller"), `--kubeconfig=${kubeconfig("kube-quota-controller")}`],
    },
    {
      name: "kube-scheduler",
      after: [ready],
      argv: [program("kube-scheduler"), ...commonFlags("kube-scheduler"), "--kube-api-qps=100", "--kube-api-burst=200"],
    },
    {
      name: "kubelet",
      after: [{ unix: containerdSocket }, ready],
      env: [nodePath(bin)],
      argv: [
        program("kubelet"),
        `--config=${etc}/kubelet.json`,
        `--kubeconfig=${kubeconfig("kubelet")}`,
        `--root-dir=${dir}/kubelet`,
        `--hostname-override=${instance.nodeName}`,
        `--node-ip=${network.nodeIp}`,
      ],
    },
    {
      name: "kube-proxy",
      after: [ready],
      env: [nodePath(bin)],
      argv: [program("kube-proxy"), `--config=${etc}/proxy.json`],
    },
    {
      name: "node-controllers",
      after: [ready],
      env: [nodePath(bin)],
      argv: [
        program("node-controllers"),
        `--kubeconfig=${kubeconfig("node-controllers")}`,
        `--node=${instance.nodeName}`,
        `--pod-cidr=${network.podCidr}`,
        `--socket=${policySocket}`,
        "--registry=/run/netpol/sandboxes.json",
        `--volumes=${dir}/volumes`,
      ],
    },
  ];
}

function nodePath(bin: string): string {
  return `PATH=${bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
}
