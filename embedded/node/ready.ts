// Waits until the parts of a starting node are ready, or throws with the reason why one isn't.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isStatus } from "@agentic/kube/client/api-error.ts";
import type { Api, KubeObject } from "./api.ts";
import { systemArchives } from "./archive.ts";
import { importArchives } from "./containerd.ts";
import { isAlive, run } from "./host.ts";
import type { Instance } from "./instance.ts";
import { type RunRecord, socketOf } from "./record.ts";

/** The node to wait for, and how long. */
interface Wait {
  instance: Instance;
  record: RunRecord;
  /** As `performance.now()` counts: the machine's clock may be set meanwhile. */
  deadline: number;
}

/** Waits for a condition; throws with the end of the log where the deadline passes or the node ends first. */
export async function until(
  what: string,
  { instance, record, deadline }: Wait,
  holds: () => Promise<boolean>,
): Promise<void> {
  let lastError: unknown;
  for (;;) {
    try {
      if (await holds()) return;
    } catch (error) {
      // An invalid request fails at once; one that is too early is retried.
      if (isStatus(error, 400, 422, 500)) throw error;
      lastError = error;
    }
    if (!isAlive(record.process))
      throw new Error(`the node ended while waiting for ${what}:\n${logTail(instance, "init")}`);
    if (performance.now() > deadline)
      throw new Error(
        `${what} did not become ready in time${lastError ? ` (${(lastError as Error).message})` : ""}; logs are in ${join(instance.dir, "log")}:\n${logTail(instance, "init")}`,
      );
    await sleep(25);
  }
}

/** The end of a log, where an error is most likely. */
export function logTail({ dir }: Instance, name: string): string {
  const file = join(dir, "log", `${name}.log`);
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(-12).join("\n") : "";
}

/** Imports the images that every pod needs into containerd. */
export async function importSystemArchives(record: RunRecord, wait: Wait): Promise<void> {
  const socket = socketOf(record);
  await until("containerd", wait, async () => {
    try {
      await run("ctr", ["--address", socket, "version"]);
      return true;
    } catch {
      return false;
    }
  });
  await importArchives(socket, systemArchives(record.bin));
}

/** Applies an object; throws until the API server accepts it. */
export async function applied(api: Api, object: KubeObject): Promise<boolean> {
  await api.apply(object);
  return true;
}

interface ObjectWithConditions extends KubeObject {
  status?: { conditions?: { type: string; status: string; lastHeartbeatTime?: string }[] };
}

/** Whether the node is ready by a heartbeat that is not older than `since`, so that an earlier run's doesn't count. */
export async function nodeReady(api: Api, name: string, since: Date | undefined): Promise<boolean> {
  const node = await api.get<ObjectWithConditions>(`/api/v1/nodes/${name}`);
  const condition = node.status?.conditions?.find(({ type }) => type === "Ready");
  if (condition?.status !== "True") return false;
  return !since || Date.parse(condition.lastHeartbeatTime ?? "") >= Math.floor(since.getTime() / 1000) * 1000;
}

interface Pods {
  items: (ObjectWithConditions & {
    status?: { containerStatuses?: { ready: boolean; state?: { running?: { startedAt: string } } }[] };
  })[];
}

/** Whether a DNS pod is ready that was started at `since` or later, so that an earlier run's doesn't count. */
export async function dnsReady(api: Api, since: Date | undefined): Promise<boolean> {
  const pods = await api.get<Pods>("/api/v1/namespaces/kube-system/pods?labelSelector=k8s-app%3Dkube-dns");
  return pods.items.some(({ status }) =>
    status?.containerStatuses?.some(({ ready, state }) => {
      const startedAt = Date.parse(state?.running?.startedAt ?? "");
      return ready && (!since || startedAt >= Math.floor(since.getTime() / 1000) * 1000);
    }),
  );
}
