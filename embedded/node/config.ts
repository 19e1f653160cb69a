// The configuration of every component of a node, as values: who runs, with which flags, after what.
import { join } from "node:path";
import { notInternet } from "./egress.ts";
import type { Instance } from "./instance.ts";
import type { Certificate } from "./pki.ts";

/** Choices that a node is started with. */
export interface NodeOptions {
  /** Pods may open connections to the internet through the host; off by default. */
  egress: boolean;
  /** Whether etcd waits for the disk at each write; only a throw-away cluster goes without. */
  durable: boolean;
  /** Resolvers outside that DNS may ask; none without egress. */
  upstreamDns: readonly string[];
}

/** The same in every instance: kubelet, CRI and image archives agree on it. */
export const images = {
  pause: "registry.k8s.io/pause:3.10.2",
  coredns: "registry.k8s.io/coredns/coredns:v1.15.0",
} as const;

/** Sockets and files that more than one component speaks of; in the node's own /run. */
export const containerdSocket = "/run/containerd/containerd.sock";
const nodeLink = "eth0";
const policySocket = "/run/netpol/socket";

/** A program that process 1 of the node keeps running (system/supervise). */
export interface Component {
  name: string;
  argv: string[];
  env?: string[];
  after?: ({ unix: string } | { url: string; ca: string })[];
}

/** What process 1 of the node is told (system/launch). */
export interface InitConfig {
  hostname: string;
  cgroup: string;
  logDir: string;
  hide: string[];
  keep: string[];
  dirs: string[];
  link: string;
  sysctls: Record<string, string>;
  setup: { argv: string[]; stdin?: string }[];
  components: Component[];
}

/** Folders of a node: its programs, and what of the host it must see besides its own folder. */
export interface Places {
  bin: string;
  keep: string[];
  /** Full paths of Debian's programs. */
  containerd: string;
  ip: string;
  nft: string;
}

/** Address and name of the API server's readiness, which is open to all. */
function readyz({ network, dir }: Instance) {
  return { url: `https://${network.nodeIp}:6443/readyz`, ca: `${dir}/pki/ca.crt` };
}

/** What the API server is reached at, from the host and in the node. */
export function serverUrl({ network }: Instance): string {
  return `https://${network.nodeIp}:6443`;
}

/** The process 1's configuration. */
export function initConfig(instance: Instance, places: Places, options: NodeOptions): InitConfig {
  const { dir } = instance;
  return {
    hostname: instance.nodeName,
    cgroup: instance.cgroup,
    logDir: join(dir, "log"),
    // Paths that components have built in: each instance gets its own, and the host keeps no trace of them.
    hide: ["/run", "/var/lib", "/var/log"],
    keep: [dir, ...places.keep],
    dirs: ["/run/netns", "/run/lock", "/run/containerd", "/run/netpol", "/var/lib/kubelet", "/var/log/containers"],
    link: nodeLink,
    sysctls: {
      "net/ipv4/ip_forward": "1",
      // A packet must come from the link that leads back to its source: no pod speaks for another.
      "net/ipv4/conf/all/rp_filter": "1",
      "net/ipv4/conf/default/rp_filter": "1",
      // The cluster speaks IPv4 only; a link-local address would be a way around its policies.
      "net/ipv6/conf/all/disable_ipv6": "1",
      "net/ipv6/conf/default/disable_ipv6": "1",
    },
    setup: [
      { argv: [places.ip, "-batch", "-"], stdin: nodeLinks(instance, options) },
      { argv: [places.nft, "-f", "-"], stdin: guard(instance, options) + closedPolicies(instance) },
    ],
    components: components(instance, places, options),
  };
}

function nodeLinks({ network }: Instance, { egress }: NodeOptions): string {
  return [
    "link set lo up",
    `addr add ${network.nodeIp}/${network.linkPrefix} dev ${nodeLink}`,
    `link set ${nodeLink} up`,
    // Service addresses need some route for the node's own processes; addresses of no pod must not fall through.
    `route add ${network.serviceCidr} dev lo src ${network.nodeIp}`,
    `route add unreachable ${network.podCidr} metric 9999`,
    ...(egress ? [`route add default via ${network.hostIp}`] : []),
    "",
  ].join("\n");
}

/** Nothing in the cluster opens a connection outwards; with egress, to the internet only. */
function guard({ network }: Instance, { egress, upstreamDns }: NodeOptions): string {
  // At priority -10 conntrack has run and kube-proxy's translation too. (nft 1.0.6 misreads `ct state !=` with a list.)
  const refuse = egress
    ? [
        ...upstreamDns.map(
          (address) => `oifname "${nodeLink}" ip daddr ${address} meta l4proto { tcp, udp } th dport 53 accept;`,
        ),
        `oifname "${nodeLink}" ip daddr { ${notInternet.join(", ")} } ct state new drop;`,
      ].join(" ")
    : `oifname "${nodeLink}" ct state new drop;`;
  const masquerade = egress
    ? `\n  chain postrouting { type nat hook postrouting priority 110; oifname "${nodeLink}" ip saddr ${network.podCidr} masquerade; }`
    : "";
  return `table inet guard {
  chain forward { type filter hook forward priority -10; ${refuse} }
  chain output { type filter hook output priority -10; ${refuse} }${masquerade}
}
`;
}

/** Until the policies' controller has replaced this table (controllers/netpol), no pod speaks to anybody. */
function closedPolicies({ network: { podCidr } }: Instance): string {
  return `table ip netpol {
  chain forward { type filter hook forward priority 0; ip saddr ${podCidr} drop; ip daddr ${podCidr} drop; }
  chain input { type filter hook input priority 0; ip saddr ${podCidr} drop; }
}
`;
}

function components(instance: Instance, { bin, containerd }: Places, { durable }: NodeOptions): Component[] {
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
      ],
    },
    {
      name: "kube-controller-manager",
      // Before the API server is ready it gives up at once.
      after: [ready],
      argv: [
        program("kube-controller-manager"),
        ...own("kube-controller-manager"),
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

/** Files of the instance's `etc` folder, by name. JSON is YAML, so nothing needs quoting rules. */
export function configFiles(instance: Instance, options: { cniBin: string }): Record<string, string> {
  const { dir } = instance;
  return {
    "containerd.toml": containerdConfig(dir, options.cniBin),
    "cni/10-pods.conflist": json(cniConfig(instance)),
    "kubelet.json": json(kubeletConfig(instance)),
    "proxy.json": json(proxyConfig(instance)),
    "authentication.json": json(authenticationConfig),
    // The node's own processes resolve nothing, and pods with dnsPolicy Default learn nothing of the host.
    "resolv.conf": "nameserver 127.0.0.1\n",
  };
}

/** Nobody is anonymous but who asks for health. */
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
    // Two kubelets that share a root would end each other's pods.
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
    // An image that was pulled under one name is there under its other names too: no pull here needs credentials.
    imagePullCredentialsVerificationPolicy: "NeverVerify",
    // Images come from archives: one that is deleted to make room can't be pulled again.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    // Absolute: a tenth of a large disk is no sign of need.
    evictionHard: {
      "memory.available": "100Mi",
      "nodefs.available": "512Mi",
      "imagefs.available": "512Mi",
      "nodefs.inodesFree": "10000",
    },
    // Lets it run without CAP_SYS_RESOURCE, as in a container.
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
    // The host's connection table is the host's to size.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
    nftables: { minSyncPeriod: "100ms" },
  };
}

/** Pods get a routed link each: every packet between pods passes the policies' hook, with no bridge around it. */
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
      // A pod that has no rules yet gets no network.
      { type: "policy-gate", socket: policySocket },
      { type: "portmap", capabilities: { portMappings: true } },
    ],
  };
}

function containerdConfig(dir: string, cniBin: string): string {
  const text = JSON.stringify;
  return `version = 2
root = ${text(`${dir}/containerd`)}
state = "/run/containerd"
oom_score = 0
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
  address = ${text(containerdSocket)}
[plugins."io.containerd.internal.v1.opt"]
  path = ${text(`${dir}/containerd/opt`)}
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${text(images.pause)}
  restrict_oom_score_adj = true
  # A CoreDNS that is not root listens on port 53.
  enable_unprivileged_ports = true
  enable_unprivileged_icmp = true
  disable_apparmor = true
  stream_server_address = "127.0.0.1"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${text(cniBin)}
    conf_dir = ${text(`${dir}/etc/cni`)}
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = ${text(`${dir}/etc/certs.d`)}
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
`;
}

/** Who gets a certificate. */
export function certificates({ network, nodeName }: Instance): Certificate[] {
  const service = [
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
  ];
  return [
    {
      name: "apiserver",
      commonName: "kube-apiserver",
      hosts: [...service, "localhost", "127.0.0.1", network.nodeIp, network.apiServiceIp],
    },
    { name: "apiserver-kubelet", commonName: kubeletClient },
    { name: "kubelet-serving", commonName: `system:node:${nodeName}`, hosts: [nodeName, network.nodeIp] },
    { name: "admin", commonName: "admin", organization: ["system:masters"] },
    { name: "kubelet", commonName: `system:node:${nodeName}`, organization: ["system:nodes"] },
    ...["kube-controller-manager", "kube-scheduler", "kube-proxy"].map((user) => ({
      name: user,
      commonName: `system:${user}`,
    })),
    { name: "node-controllers", commonName: nodeControllers },
  ];
}

/** Users that have a kubeconfig in the instance's `etc` folder. */
export const componentUsers = [
  "kubelet",
  "kube-controller-manager",
  "kube-scheduler",
  "kube-proxy",
  "node-controllers",
] as const;

/** The API server's name towards the kubelet, bound to a role in manifests.ts. */
export const kubeletClient = "kube-apiserver-kubelet-client";

/** The user of the policies' and volumes' controllers, bound to a role in manifests.ts. */
export const nodeControllers = "embedded:node-controllers";

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
