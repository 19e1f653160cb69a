// What a node's components are told, and what it brings along.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { objectPath } from "../../../embedded/node/api.ts";
import { programArchive } from "../../../embedded/node/archive.ts";
import { images } from "../../../embedded/node/config.ts";
import { parseImages } from "../../../embedded/node/containerd.ts";
import { resolvers } from "../../../embedded/node/egress.ts";
import { configFiles } from "../../../embedded/node/files.ts";
import { certificates } from "../../../embedded/node/identities.ts";
import { initConfig } from "../../../embedded/node/init.ts";
import { type Instance, networkOf } from "../../../embedded/node/instance.ts";
import { manifests, renderCorefile } from "../../../embedded/node/manifests.ts";
import { writeKubeconfig } from "../../../embedded/node/pki.ts";
import { nonEmpty } from "../../non-empty.ts";

const instanceAt = (index: number): Instance => ({
  name: `i${index}`,
  nodeName: `agentic-i${index}`,
  dir: `/state/i${index}`,
  cgroup: `agentic-i${index}`,
  hostLink: `ag${index}-00000000`,
  hostTable: `agentic_${index}_00000000`,
  kubeconfig: `/state/i${index}/kubeconfig`,
  network: networkOf(index),
});
const places = {
  bin: "/bin-dir",
  keep: ["/cache"],
  containerd: "/usr/bin/containerd",
  ip: "/usr/sbin/ip",
  nft: "/usr/sbin/nft",
};
const plain = { egress: false, durable: true, sandbox: false, upstreamDns: [] };

let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "node-config-"));
  vi.stubEnv("XDG_CACHE_HOME", dir);
});

afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true });
});

function renderedFiles(instance: Instance, options = plain): string {
  const files = configFiles(instance, { cniBin: `${instance.dir}/etc/cni-bin`, sandbox: options.sandbox });
  return JSON.stringify([initConfig(instance, places, options), files, manifests(instance, options)]);
}

describe("the configuration", () => {
  test("of one instance names nothing of another", () => {
    const text = renderedFiles(instanceAt(1));
    for (const mark of ["/state/i0", "agentic-i0", "10.250.0.", "10.244.", "10.96."]) expect(text).not.toContain(mark);
  });

  test("leads ports of the host's loopback to Prometheus, Jaeger and the console, others for each instance", () => {
    const forwards = [0, 3].flatMap((index) => initConfig(instanceAt(index), places, plain).forwards);
    expect(forwards).toEqual([
      { listen: "127.0.0.1:19090", to: "10.96.0.22:9090" },
      { listen: "127.0.0.1:16686", to: "10.96.0.23:16686" },
      { listen: "127.0.0.1:18443", to: "10.96.0.24:8443" },
      { listen: "127.0.0.1:19093", to: "10.99.0.22:9090" },
      { listen: "127.0.0.1:16689", to: "10.99.0.23:16686" },
      { listen: "127.0.0.1:18446", to: "10.99.0.24:8443" },
    ]);
  });

  test("lets nothing out by default", () => {
    const stdin = initConfig(instanceAt(0), places, plain)
      .setup.map(({ stdin }) => stdin)
      .join("");
    expect(stdin).not.toContain("default via");
    expect(stdin).not.toContain("masquerade");
    expect(stdin).toContain('oifname "eth0" ct state new drop');
  });

  test("lets pods out, but not to the host, where egress is on", () => {
    const stdin = initConfig(instanceAt(2), places, { ...plain, egress: true })
      .setup.map(({ stdin }) => stdin)
      .join("");
    expect(stdin).toContain("route add default via 10.250.2.1");
    expect(stdin).toContain("ip saddr 10.242.0.0/16 masquerade");
    expect(stdin).toMatch(/ip daddr \{ .*10\.0\.0\.0\/8, .*169\.254\.0\.0\/16, .* \} ct state new drop/);
  });

  test("closes the network before the policies' controller has spoken", () => {
    const stdin = initConfig(instanceAt(0), places, plain)
      .setup.map(({ stdin }) => stdin)
      .join("");
    expect(stdin).toContain("table ip netpol");
    expect(stdin).toContain("ip saddr 10.244.0.0/16 drop; ip daddr 10.244.0.0/16 drop");
  });

  test("leaves out the disk only for a throw-away cluster", () => {
    const flags = (durable: boolean) =>
      initConfig(instanceAt(0), places, { ...plain, durable }).components.find(({ name }) => name === "etcd")?.argv;
    expect(flags(true)).not.toContain("--unsafe-no-fsync");
    expect(flags(false)).toContain("--unsafe-no-fsync");
  });

  test("has gVisor's runtime and class only with a sandbox", () => {
    const sandboxed = renderedFiles(instanceAt(0), { ...plain, sandbox: true });
    for (const mark of ["io.containerd.runsc.v1", "RuntimeClass", "systrap-disable-fast-path"]) {
      expect(sandboxed).toContain(mark);
      expect(renderedFiles(instanceAt(0))).not.toContain(mark);
    }
  });

  test("evicts by absolute amounts", () => {
    const kubelet = JSON.parse(configFiles(instanceAt(0), { cniBin: "/x", sandbox: false })["kubelet.json"] ?? "");
    for (const amount of nonEmpty(Object.values(kubelet.evictionHard))) expect(amount).toMatch(/^\d+(Mi)?$/);
    expect(kubelet.cgroupRoot).toBe("/agentic-i0");
  });

  test("ends a process that takes too much memory alone, not its container", () => {
    const kubelet = JSON.parse(configFiles(instanceAt(0), { cniBin: "/x", sandbox: false })["kubelet.json"] ?? "");
    expect(kubelet.singleProcessOOMKill).toBe(true);
  });

  test("makes pods pass the policies before anything else of theirs", () => {
    const cni = JSON.parse(configFiles(instanceAt(0), { cniBin: "/x", sandbox: false })["cni/10-pods.conflist"] ?? "");
    expect(cni.plugins.map(({ type }: { type: string }) => type)).toEqual(["ptp", "policy-gate", "portmap"]);
  });

  test("lets the kubelet's certificate serve the node's address", () => {
    const kubelet = certificates(instanceAt(3)).find(({ name }) => name === "kubelet-serving");
    expect(kubelet).toMatchObject({ commonName: "system:node:agentic-i3", hosts: ["agentic-i3", "10.250.3.2"] });
  });
});

describe("resolvers", () => {
  test.each([
    [["nameserver 192.0.2.53\n"], ["192.0.2.53"]],
    [["nameserver 127.0.0.53\n", "nameserver 192.0.2.1\nnameserver fd00::1\n"], ["192.0.2.1"]],
    [["# nameserver 192.0.2.1\n"], []],
    [[], []],
  ])("in %j are %j", (texts, expected) => {
    expect(resolvers(texts)).toEqual(expected);
  });
});

describe("the manifests", () => {
  test("run DNS as Pod Security's restricted profile wants", () => {
    const deployment = manifests(instanceAt(0), plain).find(({ kind }) => kind === "Deployment");
    expect(deployment).toMatchObject({
      spec: {
        template: {
          spec: {
            securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
            containers: [
              {
                image: images.coredns,
                securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
              },
            ],
          },
        },
      },
    });
  });

  test("put Kubernetes' own namespaces under Pod Security's strictest level", () => {
    const spaces = manifests(instanceAt(0), plain).filter(({ kind }) => kind === "Namespace");
    expect(spaces.map(({ metadata }) => metadata.name)).toEqual(["kube-system", "kube-public", "kube-node-lease"]);
    for (const space of spaces)
      expect(space).toMatchObject({
        metadata: { labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
      });
  });

  test("make the one storage class the default", () => {
    expect(manifests(instanceAt(0), plain).find(({ kind }) => kind === "StorageClass")).toMatchObject({
      metadata: { annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
      volumeBindingMode: "WaitForFirstConsumer",
    });
  });

  test("ask resolvers outside only where there are some", () => {
    expect(renderCorefile([])).not.toContain("forward");
    expect(renderCorefile(["192.0.2.53", "192.0.2.54"])).toContain("    forward . 192.0.2.53 192.0.2.54\n");
  });

  test.each([
    ["v1", "Service", "a", "/api/v1/namespaces/a/services/n"],
    ["apps/v1", "Deployment", "a", "/apis/apps/v1/namespaces/a/deployments/n"],
    ["storage.k8s.io/v1", "StorageClass", undefined, "/apis/storage.k8s.io/v1/storageclasses/n"],
    ["networking.k8s.io/v1", "NetworkPolicy", "a", "/apis/networking.k8s.io/v1/namespaces/a/networkpolicies/n"],
  ])("are put where %s %s belongs", (apiVersion, kind, namespace, path) => {
    expect(objectPath({ apiVersion, kind, metadata: { name: "n", ...(namespace ? { namespace } : {}) } })).toBe(path);
  });
});

describe("an image archive", () => {
  test("is a tar that tar reads, once per content", async () => {
    const program = join(dir, "program");
    writeFileSync(program, "content of the program");
    const archive = programArchive({ ref: "registry.local/program:1", program, uid: 1000 });
    expect(programArchive({ ref: "registry.local/program:1", program, uid: 1000 })).toEqual(archive);
    expect(programArchive({ ref: "registry.local/program:1", program, uid: 1001 }).digest).not.toBe(archive.digest);
    const { run } = await import("../../../embedded/node/host.ts");
    const [manifest] = JSON.parse(await run("tar", ["-xOf", archive.path, "manifest.json"]));
    expect(manifest.RepoTags).toEqual(["registry.local/program:1"]);
    const config = JSON.parse(await run("tar", ["-xOf", archive.path, manifest.Config]));
    expect(config.config).toMatchObject({ User: "1000:1000", Entrypoint: ["/program"] });
    const [layer] = manifest.Layers;
    await run("tar", ["-xf", archive.path, "-C", dir, layer]);
    expect(await run("tar", ["-xOf", join(dir, layer), "program"])).toBe("content of the program");
  });

  test("is found again by the label on its image", () => {
    const table = `REF TYPE DIGEST SIZE PLATFORMS LABELS
registry.local/a:1 application/x sha256:1 1.0 MiB linux/amd64 agentic.io/archive=one,io.cri-containerd.image=managed
registry.local/b:1 application/x sha256:2 1.0 MiB linux/amd64 io.cri-containerd.image=managed,agentic.io/archive=two
registry.local/c:1 application/x sha256:3 1.0 MiB linux/amd64 -
`;
    expect(parseImages(table)).toEqual(
      new Map([
        ["registry.local/a:1", "one"],
        ["registry.local/b:1", "two"],
      ]),
    );
  });
});

test("a kubeconfig carries certificate and key of its user", () => {
  for (const [name, text] of Object.entries({ "ca.crt": "CA", "u.crt": "CERT", "u.key": "KEY" }))
    writeFileSync(join(dir, name), text);
  const file = join(dir, "kubeconfig");
  writeKubeconfig(file, { name: "c", server: "https://10.0.0.1:6443", dir, user: "u" });
  const config = JSON.parse(readFileSync(file, "utf8"));
  expect(config["current-context"]).toBe("c");
  expect(Buffer.from(config.users[0].user["client-key-data"], "base64").toString()).toBe("KEY");
  expect(config.clusters[0].cluster.server).toBe("https://10.0.0.1:6443");
});
