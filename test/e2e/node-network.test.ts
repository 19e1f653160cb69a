// NetworkPolicy on the embedded node, by real connections between real pods.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clean, down, processes, type RunningNode, up } from "../../embedded/node/node.ts";
import { pods } from "./network-pods.ts";
import { apply, connects, eventually, freshNode, kubectl, namespace, probePod, service } from "./node-fixture.ts";
import { cases } from "./policy-cases.ts";

const instance = "test-network";
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

function controllerPid(): number {
  const pid = processes(instance).find((id) => readFileSync(`/proc/${id}/comm`, "utf8").startsWith("node-controller"));
  if (!pid) throw new Error("node-controllers does not run");
  return pid;
}
