// What a host must have before a cluster is made on it.
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { factsOf, findTool, isTaken, preflight } from "../../../components/cluster/local/host.ts";
import { type ClusterNeeds, type Facts, isOlder, obstacles } from "../../../components/cluster/local/preflight.ts";

const needs: ClusterNeeds = {
  kind: "kind",
  ports: { argo: 2746, webhook: 12000 },
  ownNodeImage: false,
  remote: false,
};
const existing = (version: string) => ({ state: "there", version }) as const;
const suitable: Facts = {
  platform: "linux",
  tools: { docker: existing("28.2.2"), kind: existing("0.33.0"), k3d: existing("5.9.0") },
  clusterThere: false,
  takenPorts: [],
  missingFiles: [],
  systemd: true,
};

describe("what stands in the way of a local cluster", () => {
  it.each(["kind", "k3d", "k3s"] as const)("is nothing for %s on a machine that has everything", (kind) => {
    expect(obstacles({ ...needs, kind }, suitable)).toEqual([]);
  });

  it.each<[string, Partial<ClusterNeeds>, Partial<Facts>, RegExp]>([
    [
      "no Docker",
      {},
      { tools: { ...suitable.tools, docker: { state: "missing" } } },
      /^docker is not on PATH.*install 23\.0\.0 or newer from https/,
    ],
    [
      "a daemon that doesn't run",
      {},
      { tools: { ...suitable.tools, docker: { state: "silent", message: "Cannot connect to the Docker daemon" } } },
      /^docker doesn't answer \(Cannot connect.*start it/,
    ],
    [
      "an old Docker",
      {},
      { tools: { ...suitable.tools, docker: existing("20.10.24") } },
      /^docker is version 20\.10\.24.*23\.0\.0/,
    ],
    ["no kind", {}, { tools: { docker: existing("28.0.0") } }, /^kind is not on PATH, and cluster\.kind kind needs it/],
    [
      "a kind that is older than the pinned node",
      {},
      { tools: { ...suitable.tools, kind: existing("0.30.0") } },
      /needs 0\.33\.0/,
    ],
    [
      "a kind whose network enforces no policies",
      { ownNodeImage: true },
      { tools: { ...suitable.tools, kind: existing("v0.23.0") } },
      /needs 0\.24\.0/,
    ],
    ["no k3d", { kind: "k3d" }, { tools: { docker: existing("28.0.0") } }, /^k3d is not on PATH/],
    ["a taken port", {}, { takenPorts: [12000] }, /^port 12000 of this machine is taken.*cluster\.ports\.webhook/],
    [
      "an archive that isn't there",
      {},
      { missingFiles: ["/a.tar"] },
      /^cluster\.imageArchives: there is no file \/a\.tar/,
    ],
    [
      "k3s on a Mac",
      { kind: "k3s", ports: {} },
      { platform: "darwin" },
      /^k3s runs on Linux, this is darwin.*cluster\.k3s\.ssh/,
    ],
    ["k3s without systemd", { kind: "k3s", ports: {} }, { systemd: false }, /^k3s needs systemd/],
  ])("is %s", (_, config, facts, message) => {
    const problems = obstacles({ ...needs, ...config }, { ...suitable, ...facts });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
  });

  it("isn't a port that the cluster itself holds", () => {
    expect(obstacles(needs, { ...suitable, clusterThere: true, takenPorts: [2746, 12000] })).toEqual([]);
  });

  it("isn't an old kind where the config names a node for it", () => {
    expect(
      obstacles(
        { ...needs, ownNodeImage: true },
        { ...suitable, tools: { ...suitable.tools, kind: existing("0.30.0") } },
      ),
    ).toEqual([]);
  });

  it("isn't this machine where k3s goes to another one", () => {
    expect(
      obstacles(
        { ...needs, kind: "k3s", ports: {}, remote: true },
        { ...suitable, platform: "darwin", systemd: false },
      ),
    ).toEqual([]);
  });

  it("is told all at once", () => {
    expect(obstacles(needs, { ...suitable, tools: {}, takenPorts: [2746], missingFiles: ["x"] })).toHaveLength(4);
  });
});

it.each([
  ["v0.9.9", "0.10.0", true],
  ["0.33.0", "0.33.0", false],
  ["v0.33.0-alpha", "0.33.0", false],
  ["28.2.2+dfsg", "23.0.0", false],
  ["23.0", "23.0.0", false],
  ["unreadable", "0.0.1", true],
])("version %s is older than %s: %s", (version, than, older) => {
  expect(isOlder(version, than)).toBe(older);
});

describe("this machine", () => {
  it("has a port that is taken while something listens there, and no longer", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    expect(await isTaken(port)).toBe(true);
    const problem = preflight({ ...needs, ports: { argo: port } }, "agentic-of-a-test");
    await expect(problem).rejects.toThrow(`port ${port} of this machine is taken`);
    await new Promise((resolve) => server.close(resolve));
    expect(await isTaken(port)).toBe(false);
  });

  it("sees a port that is taken on all addresses", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
    expect(await isTaken((server.address() as { port: number }).port)).toBe(true);
    await new Promise((resolve) => server.close(resolve));
  });

  it("lacks tools where PATH has none", async () => {
    const path = process.env.PATH;
    process.env.PATH = "/nowhere";
    try {
      expect(await findTool("kind")).toEqual({ state: "missing" });
      const facts = await factsOf(needs, "agentic-of-a-test", ["/nowhere/images.tar"]);
      expect(facts).toMatchObject({ clusterThere: false, missingFiles: ["/nowhere/images.tar"] });
      await expect(preflight(needs, "agentic-of-a-test")).rejects.toThrow(
        /can't be made here:\n {2}docker is not on PATH/,
      );
    } finally {
      process.env.PATH = path;
    }
  });
});
