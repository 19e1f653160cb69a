// Runs that are cut off after each of their writes in turn: nothing that they made is lost, whatever comes after them.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Cluster } from "../../../embedded/deploy/kubernetes/cluster.ts";
import { partOf } from "../../../embedded/deploy/state.ts";
import { nonEmpty } from "../../non-empty.ts";
import type { ApiServer } from "../apiserver.ts";
import { borrowApiServer } from "../borrowed-apiserver.ts";
import { CutOff } from "./cut-off.ts";
import { map, type RequestedResource, TestStack } from "./stack.ts";
import { freeLease, stateNames } from "./states.ts";

let server: ApiServer;
let cluster: Cluster;
beforeAll(async () => {
  server = await borrowApiServer({ controllerManager: true });
  cluster = new Cluster(server.kubeconfig);
  for (const name of ["another", "former", "none", "killed"]) {
    const metadata = { name: `cut-${name}` };
    await cluster.apply({ apiVersion: "v1", kind: "Namespace", metadata }, { manager: "test", force: true });
    const foreignMap = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "theirs", namespace: `cut-${name}` } };
    await cluster.apply({ ...foreignMap, data: { theirs: "1" } }, { manager: "test", force: true });
  }
});
afterAll(async () => {
  await cluster?.close();
  await server?.stop();
});

/** A program whose objects are called after `name`; what `b` has besides is named only when the run is under way. */
function resources(namespace: string, name: string): RequestedResource[] {
  const called = (text: string, data: Record<string, string>) => ({ metadata: { name: text, namespace }, data });
  const patch = { apiVersion: "v1", kind: "ConfigMap", ...called("theirs", { [name]: "1" }) };
  const space = { apiVersion: "v1", kind: "Namespace", metadata: { name: `${namespace}-more` } };
  const dependent = map("late", {}, { args: called("$lower:space.status.phase", {}) });
  return [
    map("moved", {}, { args: called(name, {}) }),
    { type: "kubernetes:core/v1:Namespace", name: "space", args: space },
    { type: "kubernetes:core/v1:ConfigMapPatch", name: `patch-${name}`, args: patch },
    ...(name === "b" ? [dependent] : []),
  ];
}

const maps = async (namespace: string) => {
  const maps = await cluster.list({ apiVersion: "v1", kind: "ConfigMap", namespace }, partOf);
  const theirs = await cluster.get({ apiVersion: "v1", kind: "ConfigMap", namespace, name: "theirs" });
  return [...maps.map(({ metadata }) => metadata.name).sort(), theirs?.data];
};
const expected = (name: string) => [name, { theirs: "1", [name]: "1" }];

/**
 * Tries every number of writes after which a rename to b is cut off, each followed by a run with another name, with the former one,
 * or by destroy; returns how many there were.
 */
async function cutEverywhere(after: "another" | "former" | "none"): Promise<number> {
  const namespace = `cut-${after}`;
  const cutOff = await CutOff.start(server);
  const stack = new TestStack({ ...server, kubeconfig: cutOff.kubeconfig }, namespace);
  const isFree = async () => {
    cutOff.open();
    await freeLease(cluster, "any", namespace);
  };
  let holder: string = "none";
  for (let writes = 1; ; writes++) {
    if (holder === "none") await stack.up(resources(namespace, "a"));
    const former = holder === "c" ? "c" : "a";
    expect(await maps(namespace)).toEqual(expected(former));
    cutOff.open(writes);
    await stack.up(resources(namespace, "b")).catch(() => undefined);
    const { isCut } = cutOff;
    await isFree();
    holder = { another: former === "a" ? "c" : "a", former, none: "none" }[after];
    if (holder !== "none") {
      const { summary } = await stack.up(resources(namespace, holder));
      expect(summary.failures, `cut off after ${writes} writes`).toEqual([]);
      expect(await maps(namespace), `cut off after ${writes} writes`).toEqual(expected(holder));
    }
    if (holder === "none" || !isCut) {
      expect((await stack.destroy()).summary.failures).toEqual([]);
      expect(await maps(namespace), `cut off after ${writes} writes`).toEqual([{ theirs: "1" }]);
      expect(await stateNames(cluster)).not.toContainEqual(expect.stringContaining(namespace));
    }
    if (!isCut) {
      cutOff.close();
      return writes - 1;
    }
  }
}

test("a rename that is cut off after any of its writes leaves nothing after another name, the former name, or destroy", async () => {
  const attempts = await Promise.all([cutEverywhere("another"), cutEverywhere("former"), cutEverywhere("none")]);
  console.log(`cut off after ${attempts.join(", ")} writes, each followed by another name, the former one, destroy`);
  // Lease, plan, two objects and a patch, a state for the late name, its object, two removals, state, Lease.
  for (const count of nonEmpty(attempts)) expect(count).toBeGreaterThanOrEqual(9);
}, 400_000);

test("a process that is killed once it has made the renamed object leaves nothing behind", async () => {
  const namespace = "cut-killed";
  const cutOff = await CutOff.start(server);
  const stack = new TestStack({ ...server, kubeconfig: cutOff.kubeconfig }, namespace);
  await stack.up(resources(namespace, "a"));
  const main = join(import.meta.dirname, "../../../embedded/deploy/main.ts");
  const { directory } = stack.options;
  const config = `resources=${JSON.stringify(resources(namespace, "b"))}`;
  const args = [
    main,
    "up",
    "--cwd",
    directory,
    "--stack",
    namespace,
    "--kubeconfig",
    cutOff.kubeconfig,
    "--config",
    config,
  ];
  const child = spawn(process.execPath, args, { stdio: "ignore" });
  cutOff.onWrite = (write) => {
    if (write.endsWith(`/namespaces/${namespace}/configmaps/b`)) child.kill("SIGKILL");
  };
  const [, signal] = await once(child, "exit");
  expect(signal).toBe("SIGKILL");
  expect(await maps(namespace)).toEqual(expect.arrayContaining(["a", "b"]));
  await freeLease(cluster, "any", namespace);
  expect((await stack.up(resources(namespace, "c"))).summary.failures).toEqual([]);
  expect(await maps(namespace)).toEqual(expected("c"));
  await stack.destroy();
  expect(await maps(namespace)).toEqual([{ theirs: "1" }]);
  cutOff.close();
});
