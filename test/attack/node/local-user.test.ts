// Somebody with an account on the machine of the embedded node, and no right to it: its files, its sockets, its ports, its pods.
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { get, type KubeObject, list } from "../../../embedded/cli/cluster.ts";
import { containerdSocket } from "../../../embedded/node/config.ts";
import { stateDir } from "../../../embedded/node/paths.ts";
import { platform } from "../../e2e/platform/platform.ts";

/** What a command says to a user of the machine; to root where `as` is empty. */
function shell(script: string, as = ["--reuid=65534", "--regid=65534", "--clear-groups"]) {
  const { status, stdout, stderr } = spawnSync("setpriv", [...as, "bash", "-c", script], {
    encoding: "utf8",
    cwd: "/",
    // With a socket as its input, as Node.js makes one, bash takes itself for a remote shell's and reads root's .bashrc.
    stdio: ["ignore", "pipe", "pipe"],
  });
  return { status, output: stdout + stderr };
}

const state = stateDir("e2e");

describe("by the node's files", () => {
  test.each([
    ["the administrator's kubeconfig", "kubeconfig"],
    ["the authority's key", "pki/ca.key"],
    ["the key of accounts' tokens", "pki/sa.key"],
    ["the key of Secrets at rest", "pki/encryption.json"],
    ["the stored objects", "etcd/member/snap/db"],
    ["the pods' volumes", "kubelet/pods"],
    ["the audit log", "audit/audit.log"],
    ["the node's logs", "log"],
    ["the containers' files", "containerd"],
  ])("reads %s: refused by the file system", (_, path) => {
    const file = join(state, path);
    expect(statSync(file)).toBeDefined();
    expect(shell(`ls ${file} && cat ${file}`).output).toContain("Permission denied");
    expect(shell(`ls ${file}`, []).status).toBe(0);
  });

  test("changes a program that root runs: refused by the file system, for each of them", () => {
    const programs = readdirSync(platform.bin).map((name) => join(platform.bin, name));
    expect(programs.length).toBeGreaterThan(3);
    for (const file of programs) expect(shell(`test -w ${file} && echo writable`).output).not.toContain("writable");
    expect(shell(`test -w ${state} && echo writable`, []).output).toContain("writable");
  });
});

describe("by the node's sockets and processes", () => {
  test.each(["kubelet", "containerd"])("enters the namespaces of %s: refused by the kernel", (name) => {
    // The brackets keep the shell that searches out of what it finds.
    const pid = shell(`pgrep --full '[${name[0]}]${name.slice(1)} --config.*${state}/'`, []).output.trim();
    expect(pid).toMatch(/^\d+$/);
    expect(shell(`ls /proc/${pid}/root/`).output).toContain("Permission denied");
    expect(shell(`nsenter --target ${pid} --mount ls /`).output).toMatch(/Permission denied|Operation not permitted/);
    expect(shell(`cat /proc/${pid}/environ`).output).toContain("Permission denied");
    expect(shell(`ls /proc/${pid}/root/`, []).status).toBe(0);
  });

  test("asks containerd: its socket is in the node alone", () => {
    expect(shell(`test -S ${containerdSocket} && cat < ${containerdSocket}`).status).not.toBe(0);
  });

  test("reads a password in the arguments of a process: there is none", async () => {
    const secrets = await list<KubeObject>(platform, "secrets");
    const values = secrets
      .flatMap(({ data = {} }) => Object.values(data))
      .map((value) => Buffer.from(value, "base64").toString())
      .filter((value) => value.length >= 16 && value.length < 200);
    expect(values.length).toBeGreaterThan(10);
    const { output } = shell("ps -eo args -ww");
    expect(output).toContain(state);
    for (const value of values) expect(output).not.toContain(value);
  });
});

describe("by the node's ports", () => {
  let addresses: Record<string, string>;
  beforeAll(async () => {
    const pods = await list<KubeObject & { status?: { podIP?: string } }>(platform, "pods");
    const pod = (space: string, start: string) =>
      pods.find(({ metadata }) => metadata.namespace === space && metadata.name.startsWith(start))?.status?.podIP ?? "";
    const service = async (space: string, name: string) =>
      (await get<KubeObject & { spec: { clusterIP: string } }>(platform, "service", name, space))?.spec.clusterIP ?? "";
    const node = new URL(platform.server).hostname;
    addresses = {
      etcd: `${node}:2379`,
      "the kubelet's port for reading": `${node}:10255`,
      "the scheduler": `${node}:10259`,
      "the controller manager": `${node}:10257`,
      "the object store's pod": `${pod("shared-services", "minio-0")}:9000`,
      "the database's pod": `${pod("shared-services", "postgres-0")}:5432`,
      "the model gateway's pod": `${pod("shared-services", "litellm")}:4000`,
      "the registry's pod": `${pod("shared-services", "registry")}:5000`,
      "the webhook's pod": `${pod("argo-events", "event-receiver")}:12000`,
      "the policy engine": `${pod("agentic-system", "agentic-operator")}:8181`,
      "the object store's service": `${await service("shared-services", "minio")}:9000`,
      "the database's service": `${await service("shared-services", "postgres")}:5432`,
    };
  });
  const connect = (address: string) =>
    shell(`timeout 3 bash -c 'exec 3<>/dev/tcp/${address.replace(/:(\d+)$/, "/$1")}' && echo open`).output;

  test.each([
    "etcd",
    "the kubelet's port for reading",
    "the scheduler",
    "the controller manager",
    "the object store's pod",
    "the database's pod",
    "the model gateway's pod",
    "the registry's pod",
    "the webhook's pod",
    "the policy engine",
    "the object store's service",
    "the database's service",
  ])("connects to %s: refused by the node", (target) => {
    expect(addresses[target]).toMatch(/^\d+\.\d+\.\d+\.\d+:\d+$/);
    expect(connect(addresses[target] ?? "")).not.toContain("open");
    expect(connect(new URL(platform.server).host)).toContain("open");
  });

  test.each([
    ["the API server", () => `${platform.server}/api/v1/secrets`],
    ["the API server's version", () => `${platform.server}/version`],
    ["the kubelet", () => `https://${new URL(platform.server).hostname}:10250/pods`],
    [
      "the kubelet, to run a command",
      () => `https://${new URL(platform.server).hostname}:10250/run/shared-services/postgres-0/postgres?cmd=id`,
    ],
  ])("asks %s without a certificate: refused with 401", (_, url) => {
    const args = "--silent --insecure --output /dev/null --write-out '%{http_code}'";
    expect(shell(`curl ${args} '${url()}'`).output).toBe("401");
    expect(shell(`curl ${args} ${platform.server}/readyz`).output).toBe("200");
  });
});
