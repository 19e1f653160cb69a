// Somebody who runs code in an agent's pod on the embedded node: what the node, the cluster and the kernel let it reach.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { apply, get, type KubeObject, kubectl, list } from "../../../embedded/cli/cluster.ts";
import { agentDns, namespace, platform } from "../../e2e/platform/platform.ts";

const name = "compromised";
const site = "site.sample-site:8080";
const store = "minio.shared-services:9000";

interface Service extends KubeObject {
  spec: { clusterIP?: string };
}

/** Where things are. */
interface Places {
  node: string;
  host: string;
  apiServer: string;
  /** Address of the pod of a namespace whose name begins so. */
  pod: (space: string, start: string) => string;
}

/** What it connects to and may not, by what is there. */
const targets: Record<string, (places: Places) => string> = {
  "the metadata service of a cloud": () => "169.254.169.254:80",
  "the metadata service, as an address in IPv6": () => "[::ffff:169.254.169.254]:80",
  "the metadata service, as a hexadecimal number": () => "0xa9fea9fe:80",
  "the metadata service of Google, by its name": () => "metadata.google.internal:80",
  "the API server": ({ apiServer }) => `${apiServer}:443`,
  "the API server, as an address in IPv6": ({ apiServer }) => `[::ffff:${apiServer}]:443`,
  "the API server by the node": ({ node }) => `${node}:6443`,
  "the kubelet": ({ node }) => `${node}:10250`,
  "the kubelet's port for reading": ({ node }) => `${node}:10255`,
  "the kubelet's health": ({ node }) => `${node}:10248`,
  etcd: ({ node }) => `${node}:2379`,
  "etcd's peers": ({ node }) => `${node}:2380`,
  "the scheduler": ({ node }) => `${node}:10259`,
  "the controller manager": ({ node }) => `${node}:10257`,
  "the service proxy": ({ node }) => `${node}:10256`,
  "the host behind the node": ({ host }) => `${host}:22`,
  "the store's console": ({ pod }) => `${pod("shared-services", "minio-0")}:9001`,
  "the operator": ({ pod }) => `${pod("agentic-system", "agentic-operator")}:8080`,
  "the operator's metrics": ({ pod }) => `${pod("agentic-system", "agentic-operator")}:9090`,
  "the console": ({ pod }) => `${pod("agentic-system", "agentic-console")}:8443`,
  "the console's metrics": ({ pod }) => `${pod("agentic-system", "agentic-console")}:8080`,
  "the policy engine": ({ pod }) => `${pod("agentic-system", "agentic-operator")}:8181`,
  "the workflow engine": ({ pod }) => `${pod("argo-workflows", "workflow-engine")}:9090`,
  "the webhook of events": ({ pod }) => `${pod("argo-events", "event-receiver")}:12000`,
  "the registry of images": ({ pod }) => `${pod("shared-services", "registry")}:5000`,
  "the policy controller": ({ pod }) => `${pod("cosign-system", "policy-controller")}:8443`,
  "the resolver's health": ({ pod }) => `${pod("shared-services", "resolver")}:8080`,
  "the cluster's DNS": ({ pod }) => `${pod("kube-system", "coredns")}:53`,
  "the metrics of the cluster's DNS": ({ pod }) => `${pod("kube-system", "coredns")}:9153`,
  "a resolver outside": () => "8.8.8.8:53",
  "a site outside, by IPv6": () => "[2606:4700:4700::1111]:443",
};

async function findPlaces(): Promise<Places> {
  const node = new URL(platform.server).hostname;
  const pods = await list<KubeObject & { status?: { podIP?: string } }>(platform, "pods");
  const kubernetes = await get<Service>(platform, "service", "kubernetes", "default");
  return {
    node,
    // The two ends of the node's link.
    host: node.replace(/\d+$/, (last) => String(Number(last) - 1)),
    apiServer: kubernetes?.spec.clusterIP ?? "",
    pod: (space, start) => {
      const pod = pods.find(({ metadata }) => metadata.namespace === space && metadata.name.startsWith(start));
      if (!pod?.status?.podIP) throw new Error(`no pod ${space}/${start}…`);
      return pod.status.podIP;
    },
  };
}

/** What it does to its container and may not: expressions of Node that throw where they are refused. */
const deeds: Record<string, string> = {
  "reads a token of the API": 'fs.readFileSync("/var/run/secrets/kubernetes.io/serviceaccount/token")',
  "changes its own program": 'fs.writeFileSync("/app/agents/main.ts", "")',
  "changes the system's users": 'fs.appendFileSync("/etc/passwd", "x::0:0:::\\n")',
  "becomes root": "process.setuid(0)",
  "joins root's group": "process.setgroups([0])",
  "reads the passwords' file": 'fs.readFileSync("/etc/shadow")',
  "restarts the machine": 'fs.writeFileSync("/proc/sysrq-trigger", "b")',
  "has the kernel run its program": 'fs.writeFileSync("/proc/sys/kernel/core_pattern", "|/tmp/x")',
  "reads the kernel's memory":
    'if (!fs.readSync(fs.openSync("/proc/kcore", "r"), Buffer.alloc(1))) throw new Error("nothing is there")',
  "reads the kernel's log": 'fs.openSync("/dev/kmsg", "r")',
  "reads the machine's memory": 'fs.openSync("/dev/mem", "r")',
  "loads a module by its parameters": 'fs.writeFileSync("/sys/module/kernel/parameters/panic", "1")',
  "changes its limits": 'fs.writeFileSync("/sys/fs/cgroup/memory.max", "max")',
  "has a control group run its program": 'fs.writeFileSync("/sys/fs/cgroup/release_agent", "/tmp/x")',
  "asks containerd": 'fs.statSync("/run/containerd/containerd.sock")',
  "reads the node's state": 'fs.readdirSync("/var/lib/kubelet")',
  "sees the node's processes":
    'if (fs.readdirSync("/proc").filter(Number).length < 5) throw new Error("sees its own alone")',
  "ends a process of the node": "process.kill(2, 9)",
  "makes a device": 'require("node:child_process").execFileSync("mknod", ["/tmp/d", "b", "8", "0"], { stdio: "pipe" })',
  "mounts a file system":
    'require("node:child_process").execFileSync("mount", ["-t", "proc", "x", "/tmp"], { stdio: "pipe" })',
};

/** What an agent does in its own container. */
const own = 'fs.writeFileSync("/tmp/x", "x"); fs.readFileSync("/etc/resolv.conf"); process.kill(process.pid, 0)';

const script = `
const fs = require("node:fs");
const net = require("node:net");
const { targets, deeds, own } = JSON.parse(process.argv[1]);
const attempt = (code) => { try { (0, eval)("fs => {" + code + "}")(fs); return "done"; } catch (error) { return "refused: " + error.message; } };
globalThis.require = require;
const connect = ([what, target]) => new Promise((resolve) => {
  const [, host, port] = /^\\[?(.*?)\\]?:(\\d+)$/.exec(target);
  const socket = net.connect({ host, port: Number(port), timeout: 4000 });
  const end = (answer) => { socket.destroy(); resolve([what, answer]); };
  socket.once("connect", () => end("open"));
  socket.once("timeout", () => end("refused: no answer"));
  socket.once("error", ({ code }) => end("refused: " + code));
});
Promise.all(Object.entries(targets).map(connect)).then((answers) => console.log(JSON.stringify({
  ...Object.fromEntries(answers),
  ...Object.fromEntries(Object.entries(deeds).map(([what, code]) => [what, attempt(code)])),
  own: attempt(own),
})));
`;

let answers: Record<string, string>;

beforeAll(async () => {
  const places = await findPlaces();
  const addresses = Object.fromEntries(Object.entries(targets).map(([what, at]) => [what, at(places)]));
  await kubectl(platform, ["delete", "pod", name, "-n", namespace, "--ignore-not-found"]);
  const object = agentPod(JSON.stringify({ targets: { ...addresses, site, store }, deeds, own }), await agentDns());
  await apply(platform, [object]);
  const end = "--for=jsonpath={.status.phase}=Succeeded";
  await kubectl(platform, ["wait", "-n", namespace, `pod/${name}`, end, "--timeout=90s"]);
  answers = JSON.parse(await kubectl(platform, ["logs", name, "-n", namespace]));
});
afterAll(() => kubectl(platform, ["delete", "pod", name, "-n", namespace, "--ignore-not-found"]));

/** As the engine makes it for a step. */
function agentPod(argument: string, dns: object) {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels: { "agentic.io/component": "agent" } },
    spec: {
      ...dns,
      restartPolicy: "Never",
      serviceAccountName: "agent",
      automountServiceAccountToken: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 1000,
        runAsGroup: 1000,
        seccompProfile: { type: "RuntimeDefault" },
      },
      volumes: [{ name: "tmp", emptyDir: {} }],
      containers: [
        {
          name: "main",
          image: platform.signedAgents,
          command: ["node", "-e", script, argument],
          resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { cpu: "500m", memory: "256Mi" } },
          volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
        },
      ],
    },
  };
}

describe("a compromised pod, by the network", () => {
  test.each(Object.keys(targets))("reaches %s: refused by the network policies, or nothing is there", (what) => {
    expect(answers[what]).toMatch(
      /^refused: (no answer|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EACCES|ENOTFOUND|EINVAL)$/,
    );
    expect([answers.site, answers.store]).toEqual(["open", "open"]);
  });
});

describe("a compromised pod, by its container", () => {
  test.each(Object.keys(deeds))("%s: refused by the container's limits", (what) => {
    expect(answers[what]).toMatch(/^refused: /);
    expect(answers.own).toBe("done");
  });
});
