// Who holds a stack: runs that are stopped, killed, interrupted or too late, by real processes against a real API server.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { Cluster, type KubeObject } from "../../../embedded/deploy/kubernetes/cluster.ts";
import { LockLost, StackLock } from "../../../embedded/deploy/lock.ts";
import { parentName } from "../../../embedded/deploy/names.ts";
import type { ApiServer } from "../apiserver.ts";
import { bareCluster } from "./bare-cluster.ts";
import { CutOff } from "./cut-off.ts";
import { map, type RequestedResource, TestStack } from "./stack.ts";
import { stateIn, system } from "./states.ts";

let server: ApiServer;
let cluster: Cluster;
bareCluster(
  (started) => {
    ({ server, cluster } = started);
  },
  { controllerManager: true },
);

const lease = (name: string) => ({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  namespace: "kube-system",
  name,
});
const leaseOf = (stack: string) => cluster.get(lease(parentName("any", stack)));
const holderIn = (object: KubeObject | undefined) => (object?.spec as { holderIdentity?: string })?.holderIdentity;
const messages: string[] = [];
const take = (name: string, seconds = 2) =>
  StackLock.take({ cluster, name, seconds, tell: (message) => messages.push(message) });

/** A Lease as another run would have it, by whatever clock. */
async function foreign(name: string, renewTime: string, seconds = 2): Promise<KubeObject> {
  const { apiVersion, kind, namespace } = lease(name);
  const spec = { holderIdentity: "somebody-else", leaseDurationSeconds: seconds, renewTime };
  return await cluster.create({ apiVersion, kind, metadata: { name, namespace }, spec }, "test");
}

/** Renews a Lease as its holder would. */
function renewLease(first: KubeObject, renewTime: string): () => Promise<void> {
  let renews = true;
  const renewals = (async () => {
    for (let live = first, i = 0; renews; i++) {
      await sleep(300);
      const spec = { ...(live.spec as object), renewTime: renewTime.replace("000000Z", `${100000 + i}Z`) };
      live = await cluster.replace({ ...live, spec }, "test");
    }
  })();
  return async () => {
    renews = false;
    await renewals;
  };
}

test.each([
  ["a minute behind", "2001-01-01T00:00:00.000000Z"],
  ["an hour ahead", "2099-01-01T00:00:00.000000Z"],
])("a holder whose clock is %s is known to live by its renewals, and passed over when they end", async (_, time) => {
  const name = `clock-${time.slice(0, 4)}`;
  const end = renewLease(await foreign(name, time), time);
  await expect(take(name)).rejects.toThrow("another run holds this stack (somebody-else): wait for its end");
  await end();
  const start = performance.now();
  const lock = await take(name);
  expect(performance.now() - start).toBeGreaterThan(2000);
  expect(performance.now() - start).toBeLessThan(6000);
  expect(holderIn(await cluster.get(lease(name)))).toMatch(/@/);
  await lock.release();
  expect(await cluster.get(lease(name))).toBeUndefined();
});

/** Gives a Lease to another run, which has waited for long enough. */
async function succeed(name: string): Promise<KubeObject> {
  const live = (await cluster.get(lease(name))) as KubeObject;
  return await cluster.replace({ ...live, spec: { ...(live.spec as object), holderIdentity: "successor" } }, "test");
}

test("a holder that another one has succeeded knows it with its next renewal, and leaves the successor's Lease alone", async () => {
  const lock = await take("succeeded");
  await lock.check();
  await succeed("succeeded");
  await once(lock.lost, "abort");
  await expect(lock.check()).rejects.toThrow(LockLost);
  await expect(lock.check()).rejects.toThrow("successor has taken it over");
  await lock.release();
  expect(holderIn(await cluster.get(lease("succeeded")))).toBe("successor");
});

test("a Lease that another one has made anew is never deleted, even where the loss is not known yet", async () => {
  const lock = await take("anew", 60);
  await cluster.delete(lease("anew"));
  await foreign("anew", "2001-01-01T00:00:00.000000Z");
  await lock.release();
  expect(holderIn(await cluster.get(lease("anew")))).toBe("somebody-else");
});

test("what others write on a Lease takes it from nobody", async () => {
  const lock = await take("noted");
  for (const note of ["a", "b"]) {
    const live = (await cluster.get(lease("noted"))) as KubeObject;
    await cluster
      .replace({ ...live, metadata: { ...live.metadata, annotations: { note } } }, "test")
      .catch(() => undefined);
    await sleep(700);
    await lock.check();
  }
  await lock.release();
  expect(await cluster.get(lease("noted"))).toBeUndefined();
});

test("a holder that has been unable to renew asks before it goes on, and goes on where nobody has taken its place", async () => {
  const cutOff = await CutOff.start(server);
  const cutCluster = new Cluster(cutOff.kubeconfig);
  const lock = await StackLock.take({ cluster: cutCluster, name: "asks", seconds: 1, tell: () => {} });
  cutOff.open(0);
  await sleep(1500);
  await expect(lock.check()).rejects.toThrow("does not answer");
  cutOff.open();
  await lock.check();
  cutOff.open(0);
  await sleep(500);
  await succeed("asks");
  cutOff.open();
  await sleep(1000);
  await expect(lock.check()).rejects.toThrow(LockLost);
  await cutCluster.close();
  cutOff.close();
});

interface Running {
  child: ChildProcess;
  /** What it says. */
  output: () => string;
  /** Exit code, or the signal that ended it. */
  exit: Promise<number | string>;
}

/** Runs the deployer as people do. */
function run(stack: TestStack, resources: RequestedResource[], kubeconfig = server.kubeconfig): Running {
  const main = join(import.meta.dirname, "../../../embedded/deploy/main.ts");
  const { directory, stack: name } = stack.options;
  const config = `resources=${JSON.stringify(resources)}`;
  const args = [main, "up", "--cwd", directory, "--stack", name, "--kubeconfig", kubeconfig, "--config", config];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (text += chunk));
  const exit = once(child, "close").then(([code, signal]) => (code ?? signal) as number | string);
  return { child, output: () => text, exit };
}

/** Something that is never ready: nothing here runs pods. */
const neverReady: RequestedResource = {
  type: "kubernetes:apps/v1:Deployment",
  name: "never",
  args: {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "never", namespace: "default" },
    spec: {
      selector: { matchLabels: { app: "never" } },
      template: {
        metadata: { labels: { app: "never" } },
        spec: { containers: [{ name: "main", image: "registry.local/none:1" }] },
      },
    },
  },
};

async function until(condition: () => Promise<unknown> | unknown): Promise<void> {
  for (const end = Date.now() + 60_000; !(await condition()); await sleep(50))
    if (Date.now() > end) throw new Error("it never happened");
}

test.each(["SIGINT", "SIGTERM"] as const)(
  "%s lets the stack go at once, with what has been made recorded",
  async (signal) => {
    const name = signal.toLowerCase();
    const stack = new TestStack(server, name);
    const metadata = { name: `${name}-never`, namespace: "default" };
    const waits = { ...neverReady, args: { ...neverReady.args, metadata } };
    const deployer = run(stack, [map(`${name}-made`, {}), waits, map(`${name}-after`, {}, { dependsOn: ["never"] })]);
    await until(async () => await stack.get("Deployment", metadata.name, "default", "apps/v1"));
    await until(async () => await stack.get("ConfigMap", `${name}-made`));
    deployer.child.kill(signal);
    const start = performance.now();
    expect(await deployer.exit).toBe(1);
    expect(performance.now() - start).toBeLessThan(8000);
    expect(deployer.output()).toContain(
      `it was interrupted (${signal}): what it has made is recorded, run again to go on`,
    );
    expect(deployer.output()).toContain(`under way then: Deployment default/${metadata.name}`);
    expect(await leaseOf(name)).toBeUndefined();
    const secret = (await cluster.get({ ...system, name: parentName("any", name) })) as KubeObject;
    const entries = Object.values(stateIn(secret).resources).map(({ target, pending }) => [
      target?.name,
      pending ?? false,
    ]);
    expect(entries.sort()).toEqual([
      [`${name}-after`, true],
      [`${name}-made`, false],
      [metadata.name, false],
    ]);
    expect((await stack.up([])).summary).toMatchObject({ deleted: 2, failures: [] });
    await stack.destroy();
  },
);

test("a run that is stopped while another one takes its place writes nothing more, and says so", async () => {
  const stack = new TestStack(server, "paused");
  const cutOff = await CutOff.start(server);
  const resources = (text: string) => [
    map("paused-first", { text }),
    map("paused-second", { text }, { dependsOn: ["paused-first"] }),
  ];
  let first: Running | undefined;
  cutOff.onWrite = (write) => {
    if (write.endsWith("/configmaps/paused-first")) first?.child.kill("SIGSTOP");
  };
  first = run(stack, resources("first"), cutOff.kubeconfig);
  await until(async () => await stack.get("ConfigMap", "paused-first"));
  // It waits for as long as the stopped run may be silent, and then has the stack.
  const { summary } = await stack.up(resources("second"));
  expect(summary.failures).toEqual([]);
  first.child.kill("SIGCONT");
  expect(await first.exit).toBe(1);
  expect(first.output()).toMatch(
    /failed: this run no longer holds the stack \(.*\) and has stopped before its next change/,
  );
  for (const name of ["paused-first", "paused-second"])
    expect((await stack.get("ConfigMap", name))?.data).toEqual({ text: "second" });
  expect((await stack.up(resources("second"))).summary).toMatchObject({ unchanged: 2, failures: [] });
  await stack.destroy();
  cutOff.close();
});

test("what fails is what is told, not that the Lease can't be given back", async () => {
  const cutOff = await CutOff.start(server);
  const stack = new TestStack({ ...server, kubeconfig: cutOff.kubeconfig }, "release");
  cutOff.onWrite = (write) => {
    if (write.startsWith("POST") && write.endsWith("/leases")) cutOff.open(0);
  };
  const result = stack.up([map("release", {})]);
  await expect(result).rejects.toThrow(/the API server at .* does not answer/);
  cutOff.close();
  await cluster.delete(lease(parentName("any", "release")));
});
