// The life of embedded nodes: side by side, up again, crashed, down, with their data and without a trace.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Api } from "../../embedded/node/api.ts";
import { clean, down, type RunningNode, status, up } from "../../embedded/node/node.ts";
import { apply, eventually, freshNode, kubectl, namespace, probeImage, probePod, startNode } from "./node-fixture.ts";
import { inUse, pidOf, traces } from "./node-traces.ts";

const first = "test-first";
const second = "test-second";
let node: RunningNode;
let other: RunningNode;

beforeAll(async () => {
  [node, other] = [await freshNode(first), await freshNode(second, { sandbox: true })];
});

afterAll(async () => {
  await clean(first);
  await clean(second);
});

describe("two instances side by side", () => {
  test("are clusters of their own", async () => {
    await apply(node, namespace("only-in-first"));
    expect(await kubectl(node, ["get", "ns", "-o", "name"])).toContain("only-in-first");
    expect(await kubectl(other, ["get", "ns", "-o", "name"])).not.toContain("only-in-first");
    expect(other.nodeIp).not.toBe(node.nodeIp);
    expect(other.podCidr).not.toBe(node.podCidr);
  });

  test("run pods at the same time", async () => {
    const pod = probePod({ namespace: "default", name: "pod", args: ["serve", "tcp:8080"] });
    await Promise.all([apply(node, pod), apply(other, pod)]);
    for (const current of [node, other]) {
      await kubectl(current, ["wait", "--for=condition=Ready", "pod/pod", "--timeout=60s"]);
      expect(await kubectl(current, ["get", "nodes", "-o", "name"])).toBe(`node/${current.nodeName}\n`);
    }
  });

  test("run pods on a kernel of their own where one has a sandbox; without it they wait, and say for what", async () => {
    const runtimeClass = { apiVersion: "node.k8s.io/v1", kind: "RuntimeClass", metadata: { name: "gvisor" } };
    await apply(node, { ...runtimeClass, handler: "runsc" });
    const args = ["read", "/proc/version"];
    const plain = probePod({ namespace: "default", name: "plain", args, restartPolicy: "Never" });
    const sandboxed = probePod({
      namespace: "default",
      name: "boxed",
      args,
      restartPolicy: "Never",
      runtimeClassName: "gvisor",
    });
    await Promise.all([apply(node, sandboxed), apply(other, plain, sandboxed)]);
    const log = async (name: string) => {
      await kubectl(other, ["wait", "--for=jsonpath={.status.phase}=Succeeded", `pod/${name}`, "--timeout=60s"]);
      return await kubectl(other, ["logs", name]);
    };
    const kernel = readFileSync("/proc/version", "utf8");
    expect(await log("plain")).toBe(kernel);
    expect(await log("boxed")).not.toBe(kernel);
    const events = [
      "get",
      "events",
      "--field-selector=involvedObject.name=boxed",
      "-o",
      "jsonpath={.items[*].message}",
    ];
    await eventually("the reason", async () =>
      (await kubectl(node, events)).includes('no runtime for "runsc" is configured'),
    );
    const phase = ["get", "pod", "boxed", "-o", "jsonpath={.status.phase}"];
    expect(await kubectl(node, phase)).toBe("Pending");
    await kubectl(node, ["delete", "pod", "boxed", "--grace-period=0", "--force"]);
  });

  test("end one without the other", async () => {
    await down(second);
    expect((await status(second)).state).toBe("stopped");
    expect((await status(first)).state).toBe("running");
    await kubectl(node, ["exec", "pod", "--", "/netprobe", "dial", "tcp:127.0.0.1:8080"]);
  });
});

describe("an instance of the same name under another state folder", () => {
  test("is refused the first one's addresses, and its end leaves the first one alone", async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), "state-"));
    const index = Number(node.nodeIp.split(".")[2]);
    const home = process.env.XDG_STATE_HOME;
    try {
      process.env.XDG_STATE_HOME = elsewhere;
      mkdirSync(join(elsewhere, "agentic-platform", first), { recursive: true });
      writeFileSync(join(elsewhere, "agentic-platform", first, "instance.json"), JSON.stringify({ index }));
      await expect(up({ instance: first, durable: false })).rejects.toThrow(/needs the addresses of subnet \d+/);
      await clean(first);
      expect((await status(first)).state).toBe("absent");
    } finally {
      if (home === undefined) delete process.env.XDG_STATE_HOME;
      else process.env.XDG_STATE_HOME = home;
      rmSync(elsewhere, { recursive: true });
    }
    expect((await status(first)).state).toBe("running");
    await kubectl(node, ["exec", "pod", "--", "/netprobe", "dial", "tcp:127.0.0.1:8080"]);
  });
});

describe("up", () => {
  test("finds a running instance as it is", async () => {
    const again = await up({ instance: first, durable: false });
    expect(again).toMatchObject({ started: false, pid: node.pid, kubeconfig: node.kubeconfig });
  });

  test("serves exec, logs and forwarded ports", async () => {
    expect(await kubectl(node, ["exec", "pod", "--", "/netprobe", "dial", "tcp:127.0.0.1:8080"])).toContain("true");
    await expect(kubectl(node, ["logs", "pod"])).resolves.toBe("");
  });

  test("starts a component again that ended", async () => {
    const kubelet = pidOf(first, "kubelet");
    process.kill(kubelet, "SIGKILL");
    await eventually("another kubelet", async () => ![0, kubelet].includes(pidOf(first, "kubelet")));
    expect((await status(first)).state).toBe("running");
  });

  test("comes after a node that was killed", async () => {
    process.kill(node.pid, "SIGKILL");
    await eventually("its end", async () => (await status(first)).state === "stopped");
    const before = node.pid;
    node = await startNode(first);
    expect(node.started).toBe(true);
    expect(node.pid).not.toBe(before);
    expect(await kubectl(node, ["get", "ns", "-o", "name"])).toContain("only-in-first");
    await kubectl(node, ["wait", "--for=condition=Ready", "pod/pod", "--timeout=60s"]);
  });

  test("has DNS start anew in kube-system, where nobody makes a pod that Pod Security doesn't let pass", async () => {
    const dns = ["-n", "kube-system", "delete", "pod", "-l", "k8s-app=kube-dns", "--wait=true"];
    expect(await kubectl(node, dns)).toContain("deleted");
    await kubectl(node, ["-n", "kube-system", "rollout", "status", "deployment/coredns", "--timeout=60s"]);
    const name = "thief";
    const plain = probePod({ namespace: "kube-system", name, args: ["serve", "tcp:8080"] }) as { spec: object };
    for (const spec of [{ hostPID: true }, { volumes: [{ name: "v", hostPath: { path: "/" } }] }])
      await expect(apply(node, { ...plain, spec: { ...plain.spec, ...spec } })).rejects.toThrow(
        /violates PodSecurity "restricted:latest"/,
      );
    await apply(node, plain);
    await kubectl(node, ["-n", "kube-system", "delete", "pod", name, "--grace-period=0", "--force"]);
  });

  test("is not misled by the record of another boot or process", async () => {
    const file = join(other.dir, "running.json");
    const stranger = { pid: process.pid, startTime: "1", bootId: "another" };
    writeFileSync(file, JSON.stringify({ process: stranger, config: "", bin: "" }));
    expect((await status(second)).state).toBe("stopped");
    await down(second);
    expect(existsSync(file)).toBe(false);
  });

  test("imports an image only when it is new", async () => {
    const { importImages } = await import("../../embedded/node/node.ts");
    const { programArchive } = await import("../../embedded/node/archive.ts");
    const archive = programArchive({ ref: probeImage, program: join(node.bin, "netprobe"), uid: 65532 });
    expect(await importImages(first, [archive])).toBe(0);
    expect(await importImages(first, [{ ...archive, digest: "another" }])).toBe(1);
    expect(await importImages(first, [{ ...archive, digest: "another" }])).toBe(0);
  });
});

describe("data", () => {
  const volume = { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }] };
  const mount = { volumeMounts: [{ name: "data", mountPath: "/data" }] };
  const once = (name: string, args: string[]) =>
    probePod({ namespace: "default", name, args, restartPolicy: "Never", ...volume, ...mount });

  test("of a claim outlive down and up, and go with the claim", async () => {
    await apply(node, {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { namespace: "default", name: "data" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    });
    expect(await kubectl(node, ["get", "pvc", "data", "-o", "jsonpath={.status.phase}"])).toBe("Pending");
    await apply(node, once("writer", ["write", "/data/file", "kept"]));
    await kubectl(node, ["wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/writer", "--timeout=30s"]);
    await down(first);
    node = await startNode(first);
    await apply(node, once("reader", ["read", "/data/file"]));
    await kubectl(node, ["wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/reader", "--timeout=60s"]);
    expect(await kubectl(node, ["logs", "reader"])).toBe("kept");
    expect(readdirSync(join(node.dir, "volumes"))).toHaveLength(1);
    await kubectl(node, ["delete", "pod/writer", "pod/reader", "pvc/data"]);
    await eventually("the volume's end", async () => readdirSync(join(node.dir, "volumes")).length === 0);
    expect(await kubectl(node, ["get", "pv", "-o", "name"])).toBe("");
  });
});

describe("churn", () => {
  test("of a hundred pods leaves nothing behind", async () => {
    await kubectl(node, ["wait", "--for=condition=Ready", "pod/pod", "--timeout=60s"]);
    await eventually("quiet", async () => inUse(node).sandboxes === 2);
    const before = inUse(node);
    const batch = Array.from({ length: 50 }, (_, index) => `churn-${index}`);
    // kubectl waits for objects one after the other, five requests a second.
    const api = new Api(node.kubeconfig);
    const none = async (query: string) => {
      const { items } = await api.get<{ items: object[] }>(`/api/v1/namespaces/only-in-first/pods?${query}`);
      return items.length === 0;
    };
    for (let round = 0; round < 2; round++) {
      const pods = batch.map((name) =>
        probePod({
          namespace: "only-in-first",
          name,
          labels: { churn: "yes" },
          args: ["dial", "tcp:127.0.0.1:1"],
          restartPolicy: "Never",
        }),
      );
      await apply(node, ...pods);
      await eventually("all pods' success", () => none("fieldSelector=status.phase!=Succeeded"), 200_000, 500);
      await kubectl(node, ["delete", "pod", "-n", "only-in-first", "-l", "churn", "--wait=false"]);
      await eventually("all pods' end", () => none("labelSelector=churn"), 60_000, 500);
    }
    await api.close();
    const more = () =>
      Object.entries(inUse(node)).filter(([resource, count]) => count > before[resource as keyof typeof before]);
    // What is still being taken down goes within the time, kubelet's clean-up comes once a minute; what leaks stays.
    await eventually("what the pods held", async () => more().length === 0, 120_000, 2_000).catch(() => {});
    expect(more()).toEqual([]);
  });
});

describe("down", () => {
  test("removes every trace from the host but the data", async () => {
    const during = traces(node);
    for (const kind of ["links", "routes", "cgroups", "processes"] as const) expect(during[kind], kind).not.toEqual([]);
    await down(first);
    expect(traces(node)).toEqual({ links: [], routes: [], tables: [], mounts: [], cgroups: [], processes: [] });
    expect(existsSync(join(node.dir, "etcd", "member"))).toBe(true);
  });

  test("again changes nothing", async () => {
    await down(first);
    expect((await status(first)).state).toBe("stopped");
  });

  test("comes with clean, which deletes the data too", async () => {
    await clean(first);
    expect(existsSync(node.dir)).toBe(false);
    expect((await status(first)).state).toBe("absent");
  });
});
