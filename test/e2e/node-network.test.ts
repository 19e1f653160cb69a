// NetworkPolicy on the embedded node, by real connections between real pods.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, type Server, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clean, down, processes, type RunningNode, up } from "../../embedded/node/node.ts";
import { apply, eventually, freshNode, kubectl, namespace, type ProbePod, probePod } from "./node-fixture.ts";

const instance = "test-network";
const listen = ["tcp:8080", "tcp:8081", "tcp:8082", "tcp:8083", "tcp:8084", "udp:9053"];

/** Every pod serves the same ports; `web` is another number in server2. */
const pods: ProbePod[] = [
  { namespace: "net-a", name: "client", labels: { app: "client" }, args: ["serve", ...listen] },
  {
    namespace: "net-a",
    name: "server",
    labels: { app: "server", tier: "backend" },
    args: ["serve", ...listen],
    ports: [{ name: "web", containerPort: 8080 }],
  },
  {
    namespace: "net-a",
    name: "server2",
    labels: { app: "server2", tier: "backend" },
    args: ["serve", ...listen],
    ports: [{ name: "web", containerPort: 8082 }],
  },
  { namespace: "net-b", name: "other", labels: { app: "client" }, args: ["serve", ...listen] },
  { namespace: "net-b", name: "stranger", labels: { app: "stranger" }, args: ["serve", ...listen] },
];

let node: RunningNode;
/** Addresses by pod name, and the fixed ones by a name of their own. */
const address: Record<string, string> = {};
let hostServer: Server;

beforeAll(async () => {
  node = await freshNode(instance);
  await apply(node, namespace("net-a", { team: "a" }), namespace("net-b", { team: "b" }));
  await apply(node, ...pods.map(probePod), service("server", { app: "server" }), {
    apiVersion: "v1",
    kind: "Service",
    metadata: { namespace: "net-a", name: "node-port" },
    spec: { type: "NodePort", selector: { app: "server" }, ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }] },
  });
  await kubectl(node, ["wait", "-A", "--for=condition=Ready", "pod", "-l", "app", "--timeout=60s"]);
  for (const { namespace, name } of pods)
    address[name] = await kubectl(node, ["get", "pod", "-n", namespace, name, "-o", "jsonpath={.status.podIP}"]);
  address.service = await kubectl(node, ["get", "svc", "-n", "net-a", "server", "-o", "jsonpath={.spec.clusterIP}"]);
  address.api = node.serviceCidr.replace(/0\.0\/16$/, "0.1");
  address.dns = node.serviceCidr.replace(/0\.0\/16$/, "0.10");
  address.node = node.nodeIp;
  // Far from those of the pods, which get the first ones in whatever order they start.
  address.nobody = node.podCidr.replace(/0\.0\/16$/, "255.251");
  address.host = node.nodeIp.replace(/2$/, "1");
  hostServer = createServer((socket) => socket.on("error", () => {}).end("ok")).listen(0, "0.0.0.0");
  await new Promise((resolve) => hostServer.once("listening", resolve));
});

afterAll(async () => {
  hostServer?.close();
  await clean(instance);
});

interface Case {
  name: string;
  /** Specifications of policies in namespace net-a; podSelector {} and both types unless they say otherwise. */
  policies: (() => object)[];
  /** `from to:port` (UDP with a leading `udp:`), and whether it must answer. */
  expected: Record<string, boolean>;
}

const toServer = { podSelector: { matchLabels: { app: "server" } } };
const ofClient = { podSelector: { matchLabels: { app: "client" } } };
const ofTeamB = { namespaceSelector: { matchLabels: { team: "b" } } };
const ingressOnly = (spec: object) => () => ({ policyTypes: ["Ingress"], ...spec });
const egressOnly = (spec: object) => () => ({ policyTypes: ["Egress"], ...spec });

const cases: Case[] = [
  {
    name: "without a policy everybody reaches everybody",
    policies: [],
    expected: {
      "client server:8080": true,
      "other server:8080": true,
      "server other:8081": true,
      "client udp:server:9053": true,
      "client service:80": true,
      "server service:80": true,
      "client api:443": true,
      "client dns:53": true,
    },
  },
  {
    name: "deny of all ingress leaves egress alone",
    policies: [ingressOnly({})],
    expected: {
      "client server:8080": false,
      "other server:8080": false,
      "server other:8080": true,
      "client api:443": true,
    },
  },
  {
    name: "deny of all egress leaves ingress alone",
    policies: [egressOnly({})],
    expected: {
      "client other:8080": false,
      "client server:8080": false,
      "client api:443": false,
      "client node:6443": false,
      "client dns:53": false,
      "other client:8080": true,
    },
  },
  {
    name: "deny of both cuts a pod off, except from itself",
    policies: [() => ({})],
    expected: {
      "client server:8080": false,
      "other client:8080": false,
      "client other:8080": false,
      "server service:80": true,
      "server server:8080": true,
    },
  },
  {
    name: "an empty rule allows all",
    policies: [() => ({ ingress: [{}], egress: [{}] })],
    expected: {
      "client server:8080": true,
      "other server:8084": true,
      "client other:8080": true,
      "client api:443": true,
    },
  },
  {
    name: "a pod selector means pods of the policy's own namespace",
    policies: [ingressOnly({ ...toServer, ingress: [{ from: [ofClient] }] })],
    expected: {
      "client server:8080": true,
      "client service:80": true,
      "server2 server:8080": false,
      "other server:8080": false,
      "other server2:8080": true,
    },
  },
  {
    name: "a namespace selector means all pods of the namespaces",
    policies: [ingressOnly({ ...toServer, ingress: [{ from: [ofTeamB] }] })],
    expected: { "other server:8080": true, "stranger server:8080": true, "client server:8080": false },
  },
  {
    name: "both selectors in one peer must both match",
    policies: [ingressOnly({ ...toServer, ingress: [{ from: [{ ...ofTeamB, ...ofClient }] }] })],
    expected: { "other server:8080": true, "stranger server:8080": false, "client server:8080": false },
  },
  {
    name: "two peers of a rule are alternatives",
    policies: [ingressOnly({ ...toServer, ingress: [{ from: [ofTeamB, ofClient] }] })],
    expected: {
      "other server:8080": true,
      "stranger server:8080": true,
      "client server:8080": true,
      "server2 server:8080": false,
    },
  },
  {
    name: "selectors take expressions",
    policies: [
      ingressOnly({
        podSelector: { matchExpressions: [{ key: "tier", operator: "Exists" }] },
        ingress: [
          { from: [{ podSelector: { matchExpressions: [{ key: "app", operator: "NotIn", values: ["client"] }] } }] },
        ],
      }),
    ],
    expected: {
      "client server:8080": false,
      "server2 server:8080": true,
      "server server2:8080": true,
      "other client:8080": true,
    },
  },
  {
    name: "a port is allowed for its protocol only",
    policies: [ingressOnly({ ...toServer, ingress: [{ ports: [{ port: 8081 }, { protocol: "UDP", port: 9053 }] }] })],
    expected: {
      "client server:8081": true,
      "client udp:server:9053": true,
      "client server:8080": false,
      "client server:8082": false,
    },
  },
  {
    name: "a protocol without a port allows all of its ports",
    policies: [ingressOnly({ ...toServer, ingress: [{ ports: [{ protocol: "UDP" }] }] })],
    expected: { "client udp:server:9053": true, "client server:8080": false },
  },
  {
    name: "endPort makes a range with both its ends",
    policies: [ingressOnly({ ...toServer, ingress: [{ ports: [{ port: 8081, endPort: 8083 }, { port: 8082 }] }] })],
    expected: {
      "client server:8080": false,
      "client server:8081": true,
      "client server:8082": true,
      "client server:8083": true,
      "client server:8084": false,
    },
  },
  {
    name: "a named port is each receiving pod's own number",
    policies: [
      ingressOnly({ podSelector: { matchLabels: { tier: "backend" } }, ingress: [{ ports: [{ port: "web" }] }] }),
    ],
    expected: {
      "client server:8080": true,
      "client server:8082": false,
      "client server2:8082": true,
      "client server2:8080": false,
    },
  },
  {
    name: "a named port on egress is each peer's own number",
    policies: [
      egressOnly({
        ...ofClient,
        egress: [{ to: [{ podSelector: { matchLabels: { tier: "backend" } } }], ports: [{ port: "web" }] }],
      }),
    ],
    expected: {
      "client server:8080": true,
      "client server:8082": false,
      "client server2:8082": true,
      "client server2:8080": false,
      "client service:80": true,
    },
  },
  {
    name: "a name that no port has allows nothing",
    policies: [ingressOnly({ ...toServer, ingress: [{ ports: [{ port: "nobody" }] }] })],
    expected: { "client server:8080": false, "client server:8081": false },
  },
  {
    name: "an address range holds without its exceptions, on ingress",
    policies: [
      ingressOnly({
        ...toServer,
        ingress: [
          {
            from: [
              {
                ipBlock: {
                  cidr: podRange(),
                  except: [`${ip("client")}/32`, `${ip("nobody")}/32`, `${ip("nobody")}/31`],
                },
              },
            ],
          },
        ],
      }),
    ],
    expected: { "client server:8080": false, "stranger server:8080": true },
  },
  {
    name: "an address range holds without its exceptions, on egress",
    policies: [
      egressOnly({ ...ofClient, egress: [{ to: [{ ipBlock: { cidr: podRange(), except: [`${ip("other")}/32`] } }] }] }),
    ],
    expected: { "client other:8080": false, "client stranger:8080": true, "client api:443": false },
  },
  {
    name: "the API server is reached by its address behind the service",
    policies: [
      egressOnly({
        ...ofClient,
        egress: [{ to: [{ ipBlock: { cidr: `${ip("node")}/32` } }], ports: [{ port: 6443 }] }],
      }),
    ],
    expected: {
      "client api:443": true,
      "client node:6443": true,
      "client node:10250": false,
      "client server:8080": false,
    },
  },
  {
    name: "egress to DNS only reaches nothing else",
    policies: [
      egressOnly({
        egress: [
          {
            to: [
              {
                namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
                podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
              },
            ],
            ports: [{ port: 53, protocol: "UDP" }, { port: 53 }],
          },
        ],
      }),
    ],
    expected: {
      "client dns:53": true,
      "client api:443": false,
      "client server:8080": false,
      "client other:8080": false,
    },
  },
  {
    name: "policies add up",
    policies: [
      ingressOnly({}),
      ingressOnly({ ...toServer, ingress: [{ from: [ofClient], ports: [{ port: 8080 }] }] }),
      ingressOnly({ ...toServer, ingress: [{ from: [ofTeamB], ports: [{ port: 8081 }] }] }),
    ],
    expected: {
      "client server:8080": true,
      "client server:8081": false,
      "other server:8080": false,
      "other server:8081": true,
      "other client:8080": false,
    },
  },
  {
    name: "egress of one side and ingress of the other must both allow",
    policies: [
      egressOnly({ ...ofClient, egress: [{ to: [toServer], ports: [{ port: 8080 }, { port: 8081 }] }] }),
      ingressOnly({ ...toServer, ingress: [{ from: [ofClient], ports: [{ port: 8081 }, { port: 8082 }] }] }),
    ],
    expected: { "client server:8080": false, "client server:8081": true, "client server:8082": false },
  },
];

describe("a policy", () => {
  test.each(cases)("$name", async ({ policies, expected }) => {
    await setPolicies(policies.map((policy) => policy()));
    await expectConnections(expected);
  });
});

describe("fail closed", () => {
  test("a pod of a policed namespace has its rules before its first packet", async () => {
    await setPolicies([
      {
        podSelector: {},
        policyTypes: ["Egress"],
        egress: [{ to: [{ podSelector: { matchLabels: { app: "server" } } }] }],
      },
    ]);
    const targets = [`tcp:${address.other}:8080`, `tcp:${address.server}:8080`];
    const early = Array.from({ length: 5 }, (_, index) => `early-${index}`);
    await apply(
      node,
      ...early.map((name) =>
        probePod({ namespace: "net-a", name, args: ["dial", ...targets], restartPolicy: "Never" }),
      ),
    );
    for (const name of early) {
      await kubectl(node, [
        "wait",
        "-n",
        "net-a",
        "--for=jsonpath={.status.phase}=Succeeded",
        `pod/${name}`,
        "--timeout=30s",
      ]);
      const answered = JSON.parse(await kubectl(node, ["logs", "-n", "net-a", name]));
      expect(answered).toEqual({ [targets[0] ?? ""]: false, [targets[1] ?? ""]: true });
    }
    await kubectl(node, ["delete", "pod", "-n", "net-a", ...early, "--wait=false"]);
  });

  test("the rules hold while their controller is away, and pods get no network without it", async () => {
    await setPolicies([{ policyTypes: ["Ingress"] }]);
    await expectConnections({ "client server:8080": false, "server other:8080": true });
    const stopped = controllerPid();
    process.kill(stopped, "SIGSTOP");
    try {
      await apply(node, probePod({ namespace: "net-b", name: "late", args: ["serve", "tcp:8080"] }));
      await sleep(1500);
      const phase = await kubectl(node, ["get", "pod", "-n", "net-b", "late", "-o", "jsonpath={.status.phase}"]);
      expect(phase).toBe("Pending");
      await expectConnections({ "client server:8080": false, "server other:8080": true });
    } finally {
      process.kill(stopped, "SIGKILL");
    }
    await kubectl(node, ["wait", "-n", "net-b", "--for=condition=Ready", "pod/late", "--timeout=60s"]);
    await expectConnections({ "client server:8080": false, "server other:8080": true });
    await setPolicies([]);
    await expectConnections({ "client server:8080": true });
  });

  test("probes of the kubelet pass a policy that denies all", async () => {
    await setPolicies([{}]);
    await apply(
      node,
      probePod({
        namespace: "net-a",
        name: "probed",
        args: ["serve", "tcp:8080"],
        readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
      }),
    );
    const words = await kubectl(node, ["wait", "-n", "net-a", "--for=condition=Ready", "pod/probed", "--timeout=30s"]);
    expect(words).toContain("pod/probed condition met");
  });
});

describe("the host", () => {
  test("reaches node ports, and neither pods nor services", async () => {
    await setPolicies([]);
    await eventually("the node port", () => connects(node.nodeIp, 30080));
    expect(await connects(address.server ?? "", 8080)).toBe(false);
    expect(await connects(address.service ?? "", 80)).toBe(false);
  });

  test("is not reached from the cluster, nor is anything behind it", async () => {
    const server = hostServer.address();
    const port = typeof server === "object" ? server?.port : 0;
    expect(await connects("127.0.0.1", Number(port))).toBe(true);
    const outside = ["tcp:192.0.2.1:80", "tcp:1.1.1.1:443"];
    const targets = [`tcp:${address.host}:${port}`, ...outside];
    const out = await kubectl(node, ["exec", "-n", "net-a", "client", "--", "/netprobe", "dial", ...targets]);
    expect(JSON.parse(out)).toEqual(Object.fromEntries(targets.map((target) => [target, false])));
  });
});

describe("egress", () => {
  // Stands for a server in the internet: a network namespace behind this machine with a public address, which is one of
  // AS112's (RFC 7535), where nobody's server is.
  const outside = { space: "agentic-outside", link: "agentic-out", address: "192.31.196.2", gateway: "192.31.196.1" };
  const ip = (...args: string[]) => execFileSync("ip", args, { stdio: "pipe" });
  // A machine beside this one, which takes it for its router.
  const neighbour = {
    space: "agentic-neighbour",
    link: "neighbour-link",
    address: "192.31.196.6",
    gateway: "192.31.196.5",
  };
  const remove = () => {
    for (const { space } of [outside, neighbour])
      try {
        ip("netns", "del", space);
      } catch {}
  };
  let server: ChildProcess;

  beforeAll(async () => {
    remove();
    for (const { space, link, address, gateway } of [outside, neighbour]) {
      ip("netns", "add", space);
      ip("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", space);
      ip("addr", "add", `${gateway}/30`, "dev", link);
      ip("link", "set", link, "up");
      ip("-n", space, "addr", "add", `${address}/30`, "dev", "eth0");
      ip("-n", space, "link", "set", "eth0", "up");
      ip("-n", space, "route", "add", "default", "via", gateway);
    }
    server = spawn("ip", ["netns", "exec", outside.space, `${node.bin}/netprobe`, "serve", "tcp:8080"]);
    await eventually("the server outside", () => connects(outside.address, 8080));
  });

  afterAll(() => {
    server.kill();
    remove();
  });

  const dial = async () => {
    const target = `tcp:${outside.address}:8080`;
    const targets = [target, `tcp:${address.host}:${outsidePort()}`];
    const out = await kubectl(node, ["exec", "-n", "net-a", "client", "--", "/netprobe", "dial", ...targets]);
    const answers = JSON.parse(out) as Record<string, boolean>;
    return { outside: answers[targets[0] ?? ""], host: answers[targets[1] ?? ""] };
  };
  const dialFromNeighbour = () => {
    const targets = { outside: `tcp:${outside.address}:8080`, node: `tcp:${node.nodeIp}:6443` };
    const args = ["netns", "exec", neighbour.space, `${node.bin}/netprobe`, "dial", ...Object.values(targets)];
    const answers = JSON.parse(execFileSync("ip", args, { encoding: "utf8" })) as Record<string, boolean>;
    return { outside: answers[targets.outside], node: answers[targets.node] };
  };
  const outsidePort = () => {
    const at = hostServer.address();
    return typeof at === "object" ? at?.port : 0;
  };

  test("is off, then on by one setting, to the internet and not to the host, then off without a trace", async () => {
    await setPolicies([]);
    expect(await dial()).toEqual({ outside: false, host: false });
    const forwarding = readFileSync("/proc/sys/net/ipv4/ip_forward", "utf8");
    node = await up({ instance, durable: false, egress: true });
    expect(node.started).toBe(true);
    await kubectl(node, ["wait", "-n", "net-a", "--for=condition=Ready", "pod/client", "--timeout=60s"]);
    // The pod runs anew: its status may still be the one of before.
    await eventually("the way out", async () => (await dial().catch(() => undefined))?.outside === true);
    expect(await dial()).toEqual({ outside: true, host: false });
    // A host that was a router before stays one, but never one to the node.
    expect(dialFromNeighbour()).toEqual({ outside: forwarding.trim() === "1", node: false });
    await down(instance);
    expect(readFileSync("/proc/sys/net/ipv4/ip_forward", "utf8")).toBe(forwarding);
    expect(execFileSync("nft", ["list", "tables"], { encoding: "utf8" })).not.toMatch(
      new RegExp(`agentic_${node.nodeIp.split(".")[2]}_`),
    );
  });
});

/** Placeholders: cases are written before the addresses are known. */
function ip(name: string): string {
  return `<${name}>`;
}

function podRange(): string {
  return "<podCidr>";
}

function fill(text: string): string {
  return text
    .replace(/<(\w+)>\/31/g, (_, name) => `${evenNeighbour(address[name] ?? "")}/31`)
    .replace(/<(\w+)>/g, (_, name) => (name === "podCidr" ? node.podCidr : (address[name] ?? "")));
}

/** The first address of the pair that an address is in. */
function evenNeighbour(text: string): string {
  return text.replace(/\d+$/, (last) => String(Number(last) & ~1));
}

/** Makes these the only policies of net-a. */
async function setPolicies(specs: object[]): Promise<void> {
  await kubectl(node, ["delete", "networkpolicy", "-n", "net-a", "--all", "--wait=false"]);
  if (specs.length === 0) return;
  const policies = specs.map((spec, index) => ({
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { namespace: "net-a", name: `case-${index}` },
    spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"], ...JSON.parse(fill(JSON.stringify(spec))) },
  }));
  await apply(node, ...policies);
}

/** Dials until the answers are the expected ones and stay so for another round. */
async function expectConnections(expected: Record<string, boolean>): Promise<void> {
  let actual = await connections(Object.keys(expected));
  for (let round = 0; round < 4 && !same(actual, expected); round++) actual = await connections(Object.keys(expected));
  expect(actual).toEqual(expected);
}

function same(a: object, b: object): boolean {
  return Object.entries(a).every(([key, value]) => value === (b as Record<string, unknown>)[key]);
}

/** Dials `from to:port` pairs, all at once. */
async function connections(pairs: string[]): Promise<Record<string, boolean>> {
  const parsed = pairs.map((pair) => {
    const [from = "", to = ""] = pair.split(" ");
    const [, proto, host = "", port] = /^(?:(udp):)?(\w+):(\d+)$/.exec(to) ?? [];
    return { pair, from, target: `${proto ?? "tcp"}:${address[host]}:${port}` };
  });
  const reachable: Record<string, boolean> = {};
  await Promise.all(
    [...Map.groupBy(parsed, ({ from }) => from)].map(async ([from, list]) => {
      const space = pods.find(({ name }) => name === from)?.namespace ?? "";
      const out = await kubectl(node, [
        "exec",
        "-n",
        space,
        from,
        "--",
        "/netprobe",
        "dial",
        ...list.map(({ target }) => target),
      ]);
      const answers = JSON.parse(out) as Record<string, boolean>;
      for (const { pair, target } of list) reachable[pair] = answers[target] ?? false;
    }),
  );
  return reachable;
}

function connects(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = new Socket();
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1000, () => end(false));
    socket.once("error", () => end(false));
    socket.connect(port, host, () => end(true));
  });
}

function controllerPid(): number {
  const pid = processes(instance).find((id) => readFileSync(`/proc/${id}/comm`, "utf8").startsWith("node-controller"));
  if (!pid) throw new Error("node-controllers does not run");
  return pid;
}

function service(name: string, selector: object): object {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { namespace: "net-a", name },
    spec: { selector, ports: [{ port: 80, targetPort: 8080 }] },
  };
}
