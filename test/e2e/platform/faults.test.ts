// What goes wrong in a cluster and on the web doesn't lose work, and doesn't pass for success.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { get, kubectl, list } from "../../../embedded/cli/cluster.ts";
import { parseWorkload } from "../../../embedded/cli/sample.ts";
import {
  accessLog,
  artifact,
  eventually,
  namespace,
  onePage,
  platform,
  site,
  start,
  stepLogs,
  stepPods,
  untilEnded,
  workload,
} from "./platform.ts";

describe("a job", () => {
  it("whose step's pod is deleted midway finishes, with each URL fetched once", async () => {
    const name = "pod-deleted";
    const since = new Date();
    await start(workload(name));
    const polling = { every: 200 };
    const [pod = ""] = await eventually(
      "running scrape pod",
      async () => {
        const pods = await stepPods(name, "scrape");
        return pods.length > 0 ? pods : undefined;
      },
      polling,
    );
    const uid = (await get(platform, "pod", pod, namespace))?.metadata.uid;
    // Midway: something has been fetched, and not yet all.
    await eventually(
      "first fetched page",
      async () => ((await accessLog(since)).some(({ path }) => path !== "/robots.txt") ? true : undefined),
      polling,
    );
    await kubectl(platform, ["delete", "pod", pod, "-n", namespace, "--grace-period=0", "--force"]);
    // Of the next attempt; Argo makes a pod that was lost within its first ten seconds anew, for the same attempt.
    await eventually("second scrape pod", async () => {
      const pods = await list(platform, "pods", namespace);
      const step = pod.slice(0, pod.lastIndexOf("-"));
      return pods.some(({ metadata }) => metadata.name.startsWith(step) && metadata.uid !== uid) ? true : undefined;
    });
    const { status } = await untilEnded(name);
    expect(status?.phase, JSON.stringify(status)).toBe("Completed");
    // The browser fetches pages too: what counts is what the scraper, by its own name, asked for.
    const pages = (await accessLog(since))
      .filter(({ userAgent, path }) => !userAgent.includes("Chrome") && path !== "/robots.txt")
      .map(({ path }) => path);
    expect(pages.sort()).toEqual(["/", "/about.html", "/products.html"]);
  });

  // The others may stand beside each other: a store that is down makes them wait too.
  it.concurrent("with one bad URL of three reports the other two, and says so", async ({ expect }) => {
    const file = join(import.meta.dirname, "../../../examples/bad-url.yaml");
    const { workload: object } = parseWorkload(readFileSync(file, "utf8"), file);
    await start(object);
    const workload = await untilEnded(object.metadata.name);
    expect(workload.status?.phase, JSON.stringify(workload.status)).toBe("Completed");
    const report = (await artifact(workload, "report")).toString();
    expect(report).toContain(`${site}/gone.html`);
    expect(report).toMatch(/404/);
    expect(report).toContain("139.00");
  });

  it.concurrent("waits while the object store is down for 20 s, and finishes", async ({ expect }) => {
    const name = "store-down";
    await start(workload(name, onePage));
    await eventually("running scrape pod", async () => {
      const pods = await stepPods(name, "scrape");
      return pods.length > 0 ? true : undefined;
    });
    await kubectl(platform, ["scale", "-n", "shared-services", "statefulset/minio", "--replicas=0"]);
    const down = Date.now();
    const failed = await eventually("call to the object store that failed", async () =>
      (await stepLogs(name)).find((line) => /s3:\/\/.* failed, trying again/.test(line)),
    );
    expect(JSON.parse(failed)).toMatchObject({ attempt: expect.any(Number), waitMs: expect.any(Number) });
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, down + 20_000 - Date.now())));
    await kubectl(platform, ["scale", "-n", "shared-services", "statefulset/minio", "--replicas=1"]);
    const { status } = await untilEnded(name, 400);
    expect(status?.phase, JSON.stringify(status)).toBe("Completed");
  });

  it.concurrent("with a path in its id is refused by admission", async ({ expect }) => {
    const escaping = workload("escaping", { jobId: "../other" });
    await expect(start(escaping)).rejects.toThrow(/jobId/);
  });

  it.concurrent("that is deleted takes its Workflow and its pods with it", async ({ expect }) => {
    const name = "deleted";
    await start(workload(name, { ...onePage, approval: { mode: "manual" } }));
    await eventually("running scrape pod", async () => {
      const pods = await stepPods(name, "scrape");
      return pods.length > 0 ? true : undefined;
    });
    await kubectl(platform, ["delete", "agentworkload", name, "-n", namespace, "--wait"]);
    await eventually("end of its Workflow and pods", async () => {
      const remainder = await kubectl(platform, [
        "get",
        "workflows,pods",
        "-n",
        namespace,
        "-l",
        `agentic.io/workload=${name}`,
        "-o",
        "name",
      ]);
      const pods = await kubectl(platform, ["get", "pods", "-n", namespace, "-o", "name"]);
      return remainder.trim() === "" && !pods.includes(`/${name}-`) ? true : undefined;
    });
    expect(await get(platform, "agentworkload", name, namespace)).toBeUndefined();
  });
});
