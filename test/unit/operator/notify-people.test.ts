// Deliveries to people: many become one message, reminders that nobody needs any more are recalled.
import type { AgentWorkload, WorkloadNotification } from "@agentic/api/agentworkload.ts";
import type { NotifyFormat } from "@agentic/api/notify.ts";
import { afterEach, describe, expect, it } from "vitest";
import { type Answer, eventually } from "../kube/fake-api.ts";
import { workload } from "./observed.ts";
import { startNotifier as createNotifier, type NotifierOptions } from "./test-notifier.ts";

interface SlackBody {
  text: string;
  blocks: { block_id?: string }[];
}

describe("the notifier, for people,", () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });
  async function startNotifier(answers: Answer[], options?: NotifierOptions) {
    const started = await createNotifier(answers, { windowMs: 50, ...options });
    closing.push(started.close);
    return started;
  }

  const named = (name: string, url: string, format: NotifyFormat = "slack"): AgentWorkload => {
    const subject = workload({ notify: [{ url, format, events: ["Completed", "AwaitingApproval"] }] });
    subject.metadata = { ...subject.metadata, name, uid: name };
    return subject;
  };

  it("sends the first at once and what comes soon after as one, each under an id of its own", async () => {
    const { notifier, hook, enqueued, results, notification } = await startNotifier([], { windowMs: 400 });
    for (let i = 0; i < 30; i++) notifier.send(named(`w-${i}`, notification().url), notification());
    await eventually(() => hook.requests.length === 1);
    expect(enqueued.length).toBeLessThanOrEqual(1);
    await eventually(() => enqueued.length === 30);
    const bodies = hook.requests.map(({ body }) => body as SlackBody);
    expect(bodies.map(({ text }) => text)).toEqual(["Completed: tenant-demo/w-0", "tenant-demo: Completed (29)"]);
    expect(JSON.stringify(bodies[1])).toContain("and 19 more.");
    expect(hook.requests.map(({ headers }) => headers["x-agentic-event"])).toEqual(["Completed", "Several"]);
    const ids = hook.requests.map(({ headers }) => headers["x-agentic-delivery"]);
    expect(bodies.map(({ blocks }) => blocks[0]?.block_id)).toEqual(ids);
    expect(new Set(ids).size).toBe(2);
    expect(results).toHaveLength(30);
  });

  it("tries one message about several again as the same message", async () => {
    const { notifier, hook, enqueued, notification } = await startNotifier([{}, { code: 503 }, {}]);
    for (let i = 0; i < 5; i++) notifier.send(named(`w-${i}`, notification().url), notification());
    await eventually(() => enqueued.length === 5);
    expect(hook.requests).toHaveLength(3);
    expect(hook.requests[1]?.headers["x-agentic-delivery"]).toBe(hook.requests[2]?.headers["x-agentic-delivery"]);
    expect(notifier.ended(named("w-4", notification().url))).toMatchObject([{ state: "Delivered" }]);
  });

  it("keeps tenants, receivers and formats apart", async () => {
    const { notifier, hook, enqueued, notification } = await startNotifier([], { windowMs: 60_000 });
    const elsewhere = named("w-1", notification().url);
    elsewhere.metadata = { ...elsewhere.metadata, namespace: "tenant-other" };
    notifier.send(named("w-0", notification().url), notification());
    notifier.send(elsewhere, notification());
    notifier.send(named("w-2", notification("/other").url), notification("/other"));
    notifier.send(named("w-3", notification().url, "teams"), notification());
    await eventually(() => enqueued.length === 4);
    expect(hook.requests).toHaveLength(4);
  });

  it("sends programs each by itself, at once", async () => {
    const { notifier, hook, enqueued, notification } = await startNotifier([], { windowMs: 60_000 });
    for (let i = 0; i < 5; i++) notifier.send(named(`w-${i}`, notification().url, "json"), notification());
    await eventually(() => enqueued.length === 5);
    expect(hook.requests.map(({ body }) => (body as { jobId: string }).jobId).sort()).toEqual(
      [0, 1, 2, 3, 4].map((i) => `w-${i}`),
    );
  });

  it("doesn't begin another try of a reminder that the status no longer has", async () => {
    const { notifier, hook, enqueued, notification } = await startNotifier([{ code: 503 }], { waitsMs: [100] });
    const target = named("w-0", notification().url);
    const reminder: WorkloadNotification = { ...notification(), event: "Reminder50" };
    notifier.send({ ...target, status: { notifications: [reminder] } }, reminder);
    await eventually(() => hook.requests.length === 1);
    notifier.recall({ ...target, status: { phase: "Running", notifications: [] } });
    const other = named("w-1", notification("/other").url);
    notifier.send(other, notification("/other"));
    await eventually(() => enqueued.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(hook.requests.map(({ path }) => path)).toEqual(["/", "/other"]);
    expect(notifier.ended(target)).toEqual([]);
  });

  it("still sends a reminder that the status has", async () => {
    const { notifier, hook, enqueued, notification } = await startNotifier([{ code: 503 }], { waitsMs: [1] });
    const reminder: WorkloadNotification = { ...notification(), event: "Reminder50" };
    const target = { ...named("w-0", notification().url), status: { notifications: [reminder] } };
    notifier.send(target, reminder);
    notifier.recall(target);
    await eventually(() => enqueued.length === 1);
    expect(hook.requests).toHaveLength(2);
  });

  it("sends nothing of an open window once it is closed", async () => {
    const { notifier, hook, enqueued, notification } = await startNotifier([]);
    for (let i = 0; i < 5; i++) notifier.send(named(`w-${i}`, notification().url), notification());
    await eventually(() => enqueued.length === 1);
    await notifier.close();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(hook.requests).toHaveLength(1);
  });
});
