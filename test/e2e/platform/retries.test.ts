// A step that is taken away midway goes on from its checkpoint, and the run ends with its report: killed, deleted, drained.
import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { get, type KubeObject, kubectl } from "../../../embedded/cli/cluster.ts";
import {
  eventually,
  namespace,
  nodes,
  platform,
  site,
  start,
  stepLogs,
  stepPods,
  untilEnded,
  workload,
} from "./platform.ts";

interface Pod extends KubeObject {
  spec: { nodeName: string };
  status: { containerStatuses?: { name: string; containerID?: string }[] };
}

/** Starts the workload; returns its scrape's pod when some pages are fetched, and not yet all. */
async function midway(name: string): Promise<Pod> {
  const targetUrls = [1, 2, 3, 4, 5].map((n) => `${site}/products.html?of=${name}&n=${n}`);
  await start(workload(name, { targetUrls }));
  await eventually("fetched page", async () => (await stepLogs(name)).find((line) => line.includes("page fetched")), {
    every: 200,
  });
  const [pod = ""] = await stepPods(name, "scrape");
  const found = await get<Pod>(platform, "pod", pod, namespace);
  if (!found) throw new Error(`the scrape of ${name} is over before it could be taken away`);
  return found;
}

/** Sends SIGKILL to all processes of the container, as the kernel does when it is short of memory. */
function killContainer({ status }: Pod): void {
  const id = status.containerStatuses?.find(({ name }) => name === "main")?.containerID?.replace(/^.*\/\//, "") ?? "";
  expect(id).toMatch(/^[0-9a-f]{64}$/);
  const lists = globSync(`/sys/fs/cgroup/{,*/}*/kubepods/**/${id}/cgroup.procs`);
  const pids = new Set(lists.flatMap((file) => readFileSync(file, "utf8").split("\n").filter(Boolean)));
  expect(pids.size).toBeGreaterThan(0);
  for (const pid of pids) process.kill(Number(pid), "SIGKILL");
}

/** The kinds of the failures after which steps of the completed workload were tried again. */
async function completed(name: string): Promise<string[]> {
  const { status } = await untilEnded(name);
  expect(status?.phase, JSON.stringify(status)).toBe("Completed");
  const result = (await nodes(name)).scrape?.outputs?.parameters?.find((parameter) => parameter.name === "result");
  expect(JSON.parse(result?.value ?? "")).toMatchObject({ beginning: "resumed", pages: { read: 5, failed: 0 } });
  const { stepRetries = [] } = status as { stepRetries?: { kind: string }[] };
  return stepRetries.map(({ kind }) => kind);
}

describe("a run goes on from its checkpoint", () => {
  it.concurrent("when a step's container is killed, after a wait", async () => {
    const name = "step-killed";
    killContainer(await midway(name));
    const line = await eventually("wait of the next try", async () =>
      (await stepLogs(name)).find((text) => text.includes("waiting before it begins")),
    );
    expect(JSON.parse(line)).toMatchObject({ attempt: 1, kind: "exhausted", error: expect.stringContaining("137") });
    expect((await get(platform, "agentworkload", name, namespace))?.status).toMatchObject({
      message: expect.stringMatching(/^running: scrape; scrape: tried again after being killed from outside, 1 of 5$/),
    });
    expect(await completed(name)).toEqual(["Killed"]);
  });

  it.concurrent("when its pod is deleted", async () => {
    const name = "step-deleted";
    const { metadata } = await midway(name);
    await kubectl(platform, ["delete", "pod", metadata.name, "-n", namespace, "--wait=false"]);
    // Argo makes a pod that was lost within its first ten seconds anew, for the same try.
    for (const kind of await completed(name)) expect(["PodLost", "ServiceUnavailable"]).toContain(kind);
  });

  it("when its node is drained", async () => {
    const name = "step-drained";
    const { nodeName } = (await midway(name)).spec;
    try {
      const selector = `--pod-selector=agentic.io/workload=${name}`;
      await kubectl(platform, ["drain", nodeName, selector, "--force", "--delete-emptydir-data", "--timeout=60s"]);
      await eventually("pod that waits for a node", async () => {
        const pods = await kubectl(platform, ["get", "pods", "-n", namespace, "-l", `agentic.io/workload=${name}`]);
        return /Pending/.test(pods) ? pods : undefined;
      });
    } finally {
      await kubectl(platform, ["uncordon", nodeName]);
    }
    const kinds = await completed(name);
    expect(kinds).toHaveLength(1);
    expect(["PodLost", "ServiceUnavailable"]).toContain(kinds[0]);
  });
});
