// The contents of the configuration files of a node's components.
import { auditPolicy } from "./audit.ts";
import { containerdSocket, images, policySocket, sandboxHandler } from "./config.ts";
import type { Instance } from "./instance.ts";
import { browserProfile, browserSeccomp } from "./seccomp.ts";

/** What the files depend on beside the instance. */
export interface FileOptions {
  /** Folder of the CNI plugins. */
  cniBin: string;
  sandbox: boolean;
}

/** Contents of the files of the instance's `etc` folder, by name. The YAML ones are JSON, which is YAML. */
export function configFiles(instance: Instance, options: FileOptions): Record<string, string> {
  const { dir } = instance;
  return {
    "containerd.toml": containerdConfig(dir, options),
    ...(options.sandbox ? { "runsc.toml": sandboxConfig } : {}),
    "cni/10-pods.conflist": json(cniConfig(instance)),
    "kubelet.json": json(kubeletConfig(instance)),
    "proxy.json": json(proxyConfig(instance)),
    "authentication.json": json(authenticationConfig),
    "audit.json": json(auditPolicy),
    [`seccomp/${browserProfile}`]: json(browserSeccomp()),
    // The node's own processes resolve no names, and pods with dnsPolicy Default learn nothing of the host.
    "resolv.conf": "nameserver 127.0.0.1\n",
  };
}

/** Anonymous requests are only allowed for health checks. */
const authenticationConfig = {
  apiVersion: "apiserver.config.k8s.io/v1",
  kind: "AuthenticationConfiguration",
  anonymous: { enabled: true, conditions: ["/livez", "/readyz", "/healthz"].map((path) => ({ path })) },
};

function kubeletConfig({ network, dir, cgroup }: Instance) {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: network.nodeIp,
    healthzBindAddress: "127.0.0.1",
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: `${dir}/pki/ca.crt` },
    },
    authorization: { mode: "Webhook" },
    tlsCertFile: `${dir}/pki/kubelet-serving.crt`,
    tlsPrivateKeyFile: `${dir}/pki/kubelet-serving.key`,
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    cgroupDriver: "cgroupfs",
    // Two kubelets that share a root end each other's pods.
    cgroupRoot: `/${cgroup}`,
    failCgroupV1: false,
    failSwapOn: false,
    clusterDNS: [network.dnsIp],
    clusterDomain: "cluster.local",
    resolvConf: `${dir}/etc/resolv.conf`,
    podLogsDir: `${dir}/log/pods`,
    volumePluginDir: `${dir}/kubelet/volumeplugins`,
    maxPods: 500,
    registryPullQPS: 0,
    // No image here is pulled with credentials, and one that was pulled under one name may be used under its other names.
    imagePullCredentialsVerificationPolicy: "NeverVerify",
    // Images come from archives: one that is garbage-collected can't be pulled again.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    // Absolute values: the default percentages evict pods from a large disk with much space left.
    evictionHard: {
      "memory.available": "100Mi",
      "nodefs.available": "512Mi",
      "imagefs.available": "512Mi",
      "nodefs.inodesFree": "10000",
    },
    // A process that takes too much memory ends alone: tenants' browsers share a container.
    singleProcessOOMKill: true,
    // Lets the kubelet run without CAP_SYS_RESOURCE, as in a container.
    featureGates: { KubeletInUserNamespace: true },
  };
}

function proxyConfig({ network, dir, nodeName }: Instance) {
  return {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: "nftables",
    clusterCIDR: network.podCidr,
    hostnameOverride: nodeName,
    bindAddress: network.nodeIp,
    healthzBindAddress: "127.0.0.1:10256",
    metricsBindAddress: "127.0.0.1:10249",
    clientConnection: { kubeconfig: `${dir}/etc/kube-proxy.kubeconfig` },
    // The size of the host's connection table is left to the host.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
    nftables: { minSyncPeriod: "100ms" },
  };
}

/** Each pod has a routed link: every packet between pods passes the hook of the network policies, which a bridge would bypass. */
function cniConfig({ network }: Instance) {
  return {
    cniVersion: "0.4.0",
    name: "pods",
    plugins: [
      {
        type: "ptp",
        ipMasq: false,
        ipam: {
          type: "host-local",
          dataDir: "/run/cni",
          ranges: [[{ subnet: network.podCidr }]],
          routes: [{ dst: "0.0.0.0/0" }],
        },
      },
      // Holds a pod's start back until its network policies are in the kernel.
      { type: "policy-gate", socket: policySocket },
      { type: "portmap", capabilities: { portMappings: true } },
    ],
  };
}

/** A text as TOML writes it. */
const quoted = (text: string): string => JSON.stringify(text);

function containerdConfig(dir: string, { cniBin, sandbox }: FileOptions): string {
  return `version = 2
root = ${quoted(`${dir}/containerd`)}
state = "/run/containerd"
oom_score = 0
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
  address = ${quoted(containerdSocket)}
[plugins."io.containerd.internal.v1.opt"]
  path = ${quoted(`${dir}/containerd/opt`)}
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${quoted(images.pause)}
  restrict_oom_score_adj = true
  # CoreDNS listens on port 53 without being root.
  enable_unprivileged_ports = true
  enable_unprivileged_icmp = true
  disable_apparmor = true
  stream_server_address = "127.0.0.1"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${quoted(cniBin)}
    conf_dir = ${quoted(`${dir}/etc/cni`)}
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = ${quoted(`${dir}/etc/certs.d`)}
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
${sandbox ? sandboxRuntime(dir) : ""}`;
}

/** containerd's table of gVisor's runtime. */
function sandboxRuntime(dir: string): string {
  return `    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.${sandboxHandler}]
      runtime_type = "io.containerd.runsc.v1"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.${sandboxHandler}.options]
        TypeUrl = "io.containerd.runsc.v1.options"
        ConfigPath = ${quoted(`${dir}/etc/runsc.toml`)}
`;
}

/**
 * gVisor's settings. Its other platform needs the processor's virtualization, which machines in a cloud rarely have. The fast path waits for
 * system calls by spinning: where others want the processors, Chromium takes a tenth less of them without it.
 */
const sandboxConfig = `[runsc_config]
  platform = "systrap"
  systrap-disable-fast-path = "true"
`;

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
