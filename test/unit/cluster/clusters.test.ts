// Clusters that a stack makes, and what they are told, against Pulumi's mocks.
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { ownImage } from "../../../components/cluster/own-images.ts";
import { checkCluster, createCluster, withOwnImages } from "../../../stacks/cluster.ts";
import { parseConfig } from "../../../stacks/config/config.ts";
import { nonEmpty } from "../../non-empty.ts";
import { mockClusters } from "./mocks.ts";

const registered = mockClusters((name) => ({ id: `id of ${name}`, state: { stdout: `stdout of ${name}` } }), true);

const folder = mkdtempSync(join(tmpdir(), "clusters-"));
const archive = join(folder, "argo.tar");
const key = join(folder, "key");
writeFileSync(archive, "an archive");
writeFileSync(key, "a private key");
const images = { operator: "r/operator:1", agents: "r/agents:1" };
const configOf = (cluster: object, more: object = { images }) =>
  parseConfig("p", { workflowEngine: "argo", cluster, ...more }, false);

/** What the stack registers for a cluster. */
async function resources(cluster: object, more?: object) {
  registered.length = 0;
  const stackConfig = configOf(cluster, more);
  const { external } = createCluster(withOwnImages(stackConfig), stackConfig);
  for (let before = -1; before !== registered.length; ) {
    before = registered.length;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const inputsOf = (name: string) => registered.find((candidate) => candidate.name === name)?.inputs;
  const secret = external.kubeconfig && (await pulumi.isSecret(external.kubeconfig));
  return { inputsOf, names: registered.map(({ name }) => name), provider: inputsOf("cluster"), external, secret };
}

describe("a cluster of kind", () => {
  it("is made of a pinned node, its kubeconfig a secret that no log shows", async () => {
    const { inputsOf, secret } = await resources({ kind: "kind" });
    const command = inputsOf("kind-cluster");
    expect(command.create).toMatch(/IMAGE='docker\.io\/kindest\/node:v[\d.]+@sha256:[0-9a-f]{64}'/);
    expect(command.create).toContain("kind create cluster");
    expect(command.delete).toContain("kind delete cluster");
    expect(command.update).not.toContain("create");
    expect(command.logging).toBe("stderr");
    expect(secret).toBe(true);
  });

  it("maps ports of loopback only, as the config says", async () => {
    const { inputsOf } = await resources({ kind: "kind", ports: { minio: 0, webhook: 12001 } });
    const [, config] = inputsOf("kind-cluster").triggers;
    expect(JSON.parse(config).nodes[0].extraPortMappings).toEqual([
      { containerPort: 32746, hostPort: 2746, listenAddress: "127.0.0.1", protocol: "TCP" },
      { containerPort: 31200, hostPort: 12001, listenAddress: "127.0.0.1", protocol: "TCP" },
    ]);
  });

  it("keeps its own network, which enforces policies", async () => {
    const { inputsOf } = await resources({ kind: "kind" });
    expect(JSON.parse(inputsOf("kind-cluster").triggers[1]).networking.disableDefaultCNI).toBe(false);
  });

  it("gets our images built and loaded by a hash of their content, and archives", async () => {
    const { inputsOf, names } = await resources({ kind: "kind", imageArchives: [archive] }, {});
    expect(names).toEqual(
      expect.arrayContaining(["own-images-operator-build", "own-images-agents-load", "image-archives-argo.tar"]),
    );
    expect(inputsOf("own-images-operator-build").create).toMatch(
      /IMAGE='localhost\/agentic-platform\/operator:src-[0-9a-f]{20}'\nDOCKERFILE='operator\/Dockerfile'/,
    );
    expect(inputsOf("image-archives-argo.tar").create).toContain("kind load image-archive");
    // A cluster in the place of another one has none of them, whatever its name.
    expect(inputsOf("own-images-operator-load").triggers).toContain("id of kind-cluster");
    expect(inputsOf("image-archives-argo.tar").triggers).toContain("id of kind-cluster");
    expect(inputsOf("own-images-operator-build").triggers).not.toContain("id of kind-cluster");
  });

  it("builds nothing that the config names", async () => {
    const { names } = await resources({ kind: "kind" }, { images: { ...images, console: "r/console:1" } });
    expect(names.filter((name) => name.startsWith("own-images-"))).toEqual([]);
    const image = "r/own:1";
    const components = Object.fromEntries(
      ["operator", "console", "workflows", "events"].map((name) => [name, { image }]),
    );
    const stackConfig = { workflowEngine: "builtin", eventEngine: "builtin", components };
    expect((await resources({ kind: "kind" }, stackConfig)).names.filter((name) => /^own.*build/.test(name))).toEqual([
      "own-images-agents-build",
    ]);
  });

  it("gets the built-in engine and receiver without naming their images, each from a Dockerfile that is there", async () => {
    const { inputsOf, names } = await resources(
      { kind: "kind" },
      { workflowEngine: "builtin", eventEngine: "builtin" },
    );
    const builds = names.filter((name) => /^own-images-.*-build$/.test(name)).sort();
    expect(builds).toEqual(
      ["agents", "console", "eventReceiver", "operator", "workflowEngine"].map((name) => `own-images-${name}-build`),
    );
    for (const build of nonEmpty(builds)) {
      const { dir, create } = inputsOf(build);
      expect(existsSync(join(dir, create.match(/DOCKERFILE='(.*)'/)[1]))).toBe(true);
    }
  });
});

describe("a cluster of k3d", () => {
  it("is made of a pinned k3s without what opens ports, on loopback", async () => {
    const { inputsOf } = await resources({ kind: "k3d", name: "lab" }, {});
    const { create } = inputsOf("k3d-cluster");
    expect(create).toContain("NAME='lab'");
    expect(create).toMatch(/IMAGE='docker\.io\/rancher\/k3s:v[\d.]+-k3s\d+@sha256:[0-9a-f]{64}'/);
    expect(create).toContain("PORTS='2746:32746 9001:31901 12000:31200'");
    expect(create).toContain("--disable=traefik");
    expect(inputsOf("own-images-agents-load").create).toContain("k3d image import");
  });
});

describe("a cluster of k3s", () => {
  it("is installed on this machine, policies on, its kubeconfig root's alone", async () => {
    const { inputsOf } = await resources({ kind: "k3s", imageArchives: [archive] });
    const command = inputsOf("k3s-cluster");
    expect(command).not.toHaveProperty("connection");
    expect(command.create).toMatch(/VERSION='v[\d.]+\+k3s\d+'/);
    expect(command.create).toContain('"write-kubeconfig-mode":"0600"');
    expect(command.create).toContain('"disable-network-policy":false');
    expect(command.create).toContain('"disable":["traefik","servicelb"]');
    expect(inputsOf("image-archives-argo.tar").create).toContain("images import");
  });

  it("goes to another machine over SSH, which must show its key", async () => {
    const ssh = { host: "10.0.0.7", user: "ops", privateKey: key, hostKey: "ssh-ed25519 AAAA" };
    const { inputsOf, names } = await resources({
      kind: "k3s",
      k3s: { ssh, sha256: "a".repeat(64) },
      imageArchives: [archive],
    });
    expect(inputsOf("k3s-cluster").create).toContain("ADDRESS='10.0.0.7'");
    expect(inputsOf("k3s-cluster").create).toContain(`SHA256='${"a".repeat(64)}'`);
    expect(JSON.stringify(inputsOf("k3s-cluster").connection)).toContain("ssh-ed25519 AAAA");
    expect(names).toContain("image-archives-argo.tar-copy");
    expect(inputsOf("image-archives-argo.tar").triggers).toContain("id of k3s-cluster");
    expect(() => configOf({ kind: "k3s", k3s: { ssh: { host: "10.0.0.7" } } })).toThrow("hostKey");
  });
});

it("leads nowhere where there is no cluster", async () => {
  const { provider } = await resources({ kind: "none" });
  expect(provider.context).toBe("none");
  expect(JSON.stringify(provider.kubeconfig)).toContain("https://cluster-kind-is-none.invalid");
});

it("takes an existing cluster by its context", async () => {
  const kubeconfig = join(folder, "kubeconfig");
  writeFileSync(
    kubeconfig,
    `contexts: [{ name: lab, context: { cluster: lab } }]
clusters: [{ name: lab, cluster: { server: "https://127.0.0.1:1" } }]`,
  );
  const { provider } = await resources({ kind: "existing", kubeconfig, context: "lab" });
  expect(provider).toMatchObject({ kubeconfig, context: "lab" });
  await expect(checkCluster(configOf({ kubeconfig }), "p.dev")).rejects.toThrow("cluster.context is missing");
});

it("is checked before anything is made: here, without tools", async () => {
  const path = process.env.PATH;
  process.env.PATH = "/nowhere";
  try {
    await expect(checkCluster(configOf({ kind: "kind" }), "p.dev")).rejects.toThrow("docker is not on PATH");
    await expect(checkCluster(configOf({ kind: "k3d" }), "p.dev")).rejects.toThrow("k3d is not on PATH");
    const ssh = { host: "h", hostKey: "ssh-ed25519 AAAA" };
    await checkCluster(configOf({ kind: "k3s", k3s: { ssh } }), "p.dev");
    await checkCluster(configOf({ kind: "none" }), "p.dev");
  } finally {
    process.env.PATH = path;
  }
});

it.each<[object, string]>([
  [{ kind: "kind", context: "x" }, "p:cluster.context is set, but cluster.kind is kind: it is for existing"],
  [{ kind: "existing", ports: {} }, "p:cluster.ports is set, but cluster.kind is existing: it is for kind, k3d"],
  [{ kind: "kind", ports: { argo: 9001 } }, "p:cluster.ports has 9001 twice"],
  [{ kind: "kind", nodeImage: "kindest/node:latest" }, "p:cluster.nodeImage must be an image's full reference"],
  [{ kind: "k3s", k3s: { version: "stable" } }, "p:cluster.k3s.version"],
  [{ kind: "minikube" }, "p:cluster.kind"],
])("refuses %j", (cluster, message) => {
  expect(() => configOf(cluster)).toThrow(message);
});

it("names an image by what is in it", () => {
  const root = mkdtempSync(join(tmpdir(), "root-"));
  const repository = join(import.meta.dirname, "../../..");
  expect(ownImage(repository, "operator")).toBe(ownImage(repository, "operator"));
  expect(ownImage(repository, "operator")).not.toBe(ownImage(repository, "agents"));
  expect(() => ownImage(root, "operator")).toThrow("no such file");
});
