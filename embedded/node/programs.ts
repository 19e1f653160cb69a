// The programs of a node, and the packages of Debian beside them.
import type { Program } from "./compile.ts";

/** Debian packages that a node needs. */
export const debianPackages = [
  "ca-certificates",
  "containerd",
  "containernetworking-plugins",
  "iproute2",
  "mount",
  "nftables",
  "runc",
  "unzip",
  "util-linux",
] as const;

/** The node's version of Kubernetes; kube/go.mod pins the same one. */
export const kubernetesVersion = "1.36.3";

/** A program of the node itself. */
interface NodeProgram extends Program {
  /** Measured processor-seconds of compiling it with nothing cached: the progress is estimated by it. */
  cost: number;
}

/** The name under which containerd looks for gVisor's shim. */
const shim = "containerd-shim-runsc-v1";

const versionPackage = "k8s.io/component-base/version";
const [major, minor] = kubernetesVersion.split(".");

const programs: readonly NodeProgram[] = [
  {
    name: "node-system",
    module: "system",
    package: "./cmd/node-system",
    cost: 23,
    ldflags: "-s -w",
    links: ["policy-gate"],
  },
  { name: "pause", module: "system", package: "./cmd/pause", cost: 1, ldflags: "-s -w" },
  // Only tests run it; it is built with the others so that tests need no build of their own.
  { name: "netprobe", module: "system", package: "./cmd/netprobe", cost: 1, ldflags: "-s -w" },
  {
    name: "kube",
    module: "kube",
    package: ".",
    cost: 420,
    tags: ["selinux"],
    // Without the version every component calls itself v0.0.0, and clients refuse to talk to it.
    ldflags: `-s -w -X ${versionPackage}.gitVersion=v${kubernetesVersion} -X ${versionPackage}.gitMajor=${major} -X ${versionPackage}.gitMinor=${minor} -X ${versionPackage}.gitTreeState=clean`,
    links: [
      "etcd",
      "kube-apiserver",
      "kube-controller-manager",
      "kube-quota-controller",
      "kube-scheduler",
      "kube-proxy",
      "kubelet",
      "kubectl",
    ],
  },
  { name: "node-controllers", module: "controllers", package: ".", cost: 3, ldflags: "-s -w" },
  { name: "coredns", module: "coredns", package: ".", cost: 18, ldflags: "-s -w" },
];

/** Programs of a node with a sandbox. */
const sandboxPrograms: readonly NodeProgram[] = [
  { name: "runsc", module: "sandbox", package: "./cmd/runsc", cost: 60, ldflags: "-s -w" },
  { name: shim, module: "sandbox", package: `./cmd/${shim}`, cost: 10, ldflags: "-s -w" },
];

/** The programs that a node with these options needs. */
export const programsOf = ({ sandbox = false }: BuildOptions) =>
  sandbox ? [...programs, ...sandboxPrograms] : programs;

/** Which programs a node needs. */
export interface BuildOptions {
  /** Whether it can run pods in gVisor; off by default. */
  sandbox?: boolean;
}
