// Notifications of a gate by the real operator, API server and receiver of the examples: signed, in each format, and reminders once.
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { NOTIFY_FORMATS } from "@agentic/api/notify.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { receive } from "../../../examples/notifications/server.ts";
import { isStatus } from "../../../kube/client/api-error.ts";
import type { Workflow } from "../../../operator/argo.ts";
import { until } from "./cluster.ts";
import { type Scene, startScene } from "./scene.ts";

let scene: Scene;
const receivers: Server[] = [];
/** Hosts of a receiver that has the tenant's key, and of one that has another. */
const hosts = { same: "", other: "" };
const taken: unknown[] = [];

beforeAll(async () => {
  scene = await startScene();
  hosts.same = await startReceiver("hook-key");
  hosts.other = await startReceiver("another-key");
});

afterAll(async () => {
  await scene?.stop();
  for (const server of receivers) {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }
});

/** Starts a receiver that checks by this key; where it is. */
async function startReceiver(key: string): Promise<string> {
  const server = await receive(key, (body) => taken.push(body));
  receivers.push(server);
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const startOperator = (env: NodeJS.ProcessEnv = {}) =>
  scene.operator({
    ...env,
    NOTIFY_ALLOWED_HOSTS: `${hosts.same},${hosts.other}`,
    CONSOLE_URL: "https://console.example.com",
  });

/** The gate of the run has waited for so long. */
async function waitingSince(run: Workflow, minutes: number): Promise<void> {
  await scene.cluster.play(run, {
    "approval-gate": {
      type: "Suspend",
      phase: "Running",
      startedAt: new Date(Date.now() - minutes * 60_000).toISOString().replace(/\.\d+/, ""),
      inputs: { parameters: [{ name: "analysis", value: JSON.stringify({ confidence: 0.5, findings: [] }) }] },
      outputs: { parameters: [{ name: "decision", valueFrom: { supplied: {}, default: "deny" } }] },
    },
  });
}

describe("the receiver of the examples", () => {
  it("takes what the operator posts in each format, with the gate's page, and nothing signed by another key", async () => {
    const operator = await startOperator();
    const entry = { events: ["AwaitingApproval" as const], secretRef: {} };
    const notify = [
      ...NOTIFY_FORMATS.map((format) => ({ ...entry, format, url: `http://${hosts.same}/${format}` })),
      { ...entry, url: `http://${hosts.other}/` },
    ];
    const run = await scene.cluster.runOf(await scene.create("asked", { approval: { mode: "manual" }, notify }));
    await waitingSince(run, 0);
    const { approval, notifications = [] } = await scene.status(
      "asked",
      (now) => now.notifications?.length === 5 && now.notifications.every(({ state }) => state !== "Pending"),
    );
    expect(notifications.map(({ url, state }) => [new URL(url).pathname, state])).toEqual([
      ...NOTIFY_FORMATS.map((format) => [`/${format}`, "Delivered"]),
      ["/", "Failed"],
    ]);
    expect(notifications.at(-1)?.message).toBe("the receiver answered HTTP 401");
    expect(taken).toHaveLength(4);
    for (const body of taken)
      expect(JSON.stringify(body)).toContain("https://console.example.com/workloads/tenant-demo/asked/gate");
    expect(Date.parse(approval?.expiresAt ?? "") - Date.now()).toBeGreaterThan(20 * 60_000);
    await operator.stop();
  });

  it("gets each reminder once, however often the operator ends and starts", async () => {
    const notify = [
      {
        ...{ url: `http://${hosts.same}/`, events: ["AwaitingApproval" as const] },
        ...{ reminders: [60, 30], secretRef: {} },
      },
    ];
    let operator = await startOperator();
    const approval = { mode: "manual" as const, timeout: "10m" };
    const run = await scene.cluster.runOf(await scene.create("slow", { approval, notify }));
    await waitingSince(run, 0);
    const isTold = (event: string) =>
      scene.status(
        "slow",
        (now) => now.notifications?.some((other) => other.event === event && other.state === "Delivered") ?? false,
      );
    // What is posted at the same time may come in any order.
    await isTold("AwaitingApproval");
    await waitingSince(run, 5);
    await isTold("Reminder60");
    await operator.stop();
    // The next begins with the reminder that became due meanwhile.
    await waitingSince(run, 8);
    operator = await startOperator();
    await isTold("Reminder30");
    await operator.stop();
    operator = await startOperator();
    await scene.cluster.client.patch("/apis/agentic.io/v1alpha1/namespaces/tenant-demo/agentworkloads/slow", {
      metadata: { annotations: { "agentic.io/approval": "approve", "agentic.io/approved-by": "admin" } },
    });
    await scene.cluster.untilDecided(run);
    const told = taken.map((body) => body as { jobId?: string; event: string }).filter(({ jobId }) => jobId === "slow");
    expect(told.map(({ event }) => event)).toEqual(["AwaitingApproval", "Reminder60", "Reminder30"]);
    const { notifications } = await scene.status("slow", (now) => now.approval?.decision === "approve");
    expect(notifications?.map(({ event, state }) => [event, state])).toEqual([
      ["AwaitingApproval", "Delivered"],
      ["Reminder60", "Delivered"],
      ["Reminder30", "Delivered"],
    ]);
    await operator.stop();
  });

  it("gets the tenant's digest once, in the operator's own rights, however often the operator ends and starts", async () => {
    const { client } = scene.cluster;
    const secret = "/api/v1/namespaces/tenant-demo/secrets/notify";
    await client.patch(secret, { stringData: { "digest-url": `http://${hosts.same}/day` } });
    let operator = await startOperator();
    const run = await scene.cluster.runOf(await scene.create("waits", { approval: { mode: "manual" } }));
    await waitingSince(run, 0);
    await scene.inPhase("waits", "AwaitingApproval");
    await operator.stop();
    const at = new Date().toISOString().slice(11, 16);
    const leases = "/apis/coordination.k8s.io/v1/namespaces/agentic-system/leases";
    // Each operator has another tenant to note, by which the test sees that it has looked.
    for (const other of ["tenant-a", "tenant-b"]) {
      operator = await startOperator({ DIGESTS: JSON.stringify({ "tenant-demo": { at }, [other]: { at } }) });
      for (const namespace of ["tenant-demo", other])
        await until(`the note of ${namespace}`, () =>
          client.get<object>(`${leases}/digest-${namespace}`).catch((error: unknown) => {
            if (isStatus(error, 404)) return undefined;
            throw error;
          }),
        );
      await operator.stop();
    }
    const digests = taken
      .map((body) => body as { event: string; namespace: string; waiting: { workload: { name: string } }[] })
      .filter(({ event }) => event === "Digest");
    expect(digests.map(({ namespace }) => namespace)).toEqual(["tenant-demo"]);
    expect(digests[0]?.waiting.map(({ workload }) => workload.name)).toContain("waits");
  });
});
