// The components of a node: their flags, and the order in which they start.
import { join } from "node:path";
import { auditFlags } from "./audit.ts";
import { type Component, containerdSocket, type NodeOptions, type Places, policySocket, serverUrl } from "./config.ts";
import type { Instance } from "./instance.ts";

/** Address of the API server's readiness, which is open to all, and who signed its certificate. */
function readyz(instance: Instance) {
  return { url: `${serverUrl(instance)}/readyz`, ca: `${instance.dir}/pki/ca.crt` };
}

/** Programs that process 1 keeps running, in the order in which it starts them. */
export function components(instance: Instance, { bin, containerd }: Places, { durable }: NodeOptions): Component[] {
  const { network, dir } = instance;
  const program = (name: string) => join(bin, name);
  const pki = join(dir, "pki");
  const etc = join(dir, "etc");
  const ready = readyz(instance);
  const config = (user: string) => `${etc}/${user}.kubeconfig`;
  const own = (user: string) => [
    `--kubeconfig=${config(user)}`,
    `--authentication-kubeconfig=${config(user)}`,
    `--authorization-kubeconfig=${config(user)}`,
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
      // Garbage is collected half as often: an eighth less work, for 34 MiB more at the start.
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
      // Before the API server is ready it gives up at once.
      after: [ready],
      argv: [
        program("kube-controller-manager"),
        ...own("kube-controller-manager"),
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
      // Its own program: the controller manager's takes minutes to count a kind that a program has just defined.
      name: "kube-quota-controller",
      after: [ready],
      argv: [program("kube-quota-controller"), `--kubeconfig=${config("kube-quota-controller")}`],
    },
    {
      name: "kube-scheduler",
      after: [ready],
      argv: [program("kube-scheduler"), ...own("kube-scheduler"), "--kube-api-qps=100", "--kube-api-burst=200"],
    },
    {
      name: "kubelet",
      after: [{ unix: containerdSocket }, ready],
      env: [nodePath(bin)],
      argv: [
        program("kubelet"),
        `--config=${etc}/kubelet.json`,
        `--kubeconfig=${config("kubelet")}`,
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
        `--kubeconfig=${config("node-controllers")}`,
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
