// Leader election and the events on workloads.
import { describe, expect, it } from "vitest";
import { EventRecorder } from "../../../operator/kube/events.ts";
import { LeaderElector } from "../../../operator/kube/lease.ts";
import { serve, testSignal } from "../kube/per-test.ts";
import { workload } from "./observed.ts";

describe("leader election", () => {
  /** One Lease, with the API server's rule about versions. */
  async function leaseApi() {
    let lease:
      | { metadata: { resourceVersion?: string }; spec: { holderIdentity?: string; leaseTransitions?: number } }
      | undefined;
    let version = 1;
    let fails = false;
    const api = await serve(({ method, body }) => {
      if (fails) return { code: 500, body: { message: "down" } };
      if (method === "GET") return lease ? { body: lease } : { code: 404, body: {} };
      const update = body as NonNullable<typeof lease>;
      if (method === "POST" ? lease : update.metadata.resourceVersion !== lease?.metadata.resourceVersion)
        return { code: 409, body: {} };
      lease = { ...update, metadata: { ...update.metadata, resourceVersion: String(version++) } };
      return { body: lease };
    });
    const elector = (identity: string, lease = 300) =>
      new LeaderElector({
        client: api.client,
        namespace: "n",
        name: "l",
        identity,
        leaseMs: lease,
        renewDeadlineMs: 100,
        retryMs: 20,
      });
    return {
      elector,
      holder: () => lease?.spec.holderIdentity,
      steal: () => {
        if (lease)
          lease = {
            ...lease,
            metadata: { resourceVersion: "stolen" },
            spec: { ...lease.spec, holderIdentity: "thief" },
          };
      },
      breakIt: () => {
        fails = true;
      },
    };
  }

  it("has one leader, and the next when that one releases", async () => {
    const { elector, holder } = await leaseApi();
    const [first, second] = [elector("one"), elector("two")];
    await first.acquire(testSignal());
    const next = second.acquire(testSignal());
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect([first.isLeader, second.isLeader, holder()]).toEqual([true, false, "one"]);
    await first.release();
    await next;
    expect([first.isLeader, second.isLeader, holder()]).toEqual([false, true, "two"]);
  });

  it("takes the lease of a leader that fell silent", async () => {
    const { elector, holder } = await leaseApi();
    await elector("one").acquire(testSignal());
    await elector("two").acquire(testSignal());
    expect(holder()).toBe("two");
  });

  it("holds while it renews", async () => {
    const { elector } = await leaseApi();
    const leader = elector("one");
    await leader.acquire(testSignal());
    const end = new AbortController();
    const holding = leader.hold(end.signal);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(leader.isLeader).toBe(true);
    end.abort();
    await expect(holding).resolves.toBe("stopped");
  });

  it("loses a lease that another has taken", async () => {
    const { elector, steal } = await leaseApi();
    const leader = elector("one");
    await leader.acquire(testSignal());
    const holding = leader.hold(testSignal());
    steal();
    await expect(holding).resolves.toBe("lost");
    expect(leader.isLeader).toBe(false);
  });

  it("gives up when it can't renew in time, before another may take over", async () => {
    const { elector, breakIt } = await leaseApi();
    const leader = elector("one");
    await leader.acquire(testSignal());
    breakIt();
    await expect(leader.hold(testSignal())).resolves.toBe("lost");
  });

  it("ends with its signal while it waits", async () => {
    const { elector } = await leaseApi();
    await elector("one").acquire(testSignal());
    const end = new AbortController();
    const waiting = elector("two", 60_000).acquire(end.signal);
    end.abort();
    await expect(waiting).rejects.toThrow();
  });
});

describe("events", () => {
  const note = { type: "Normal", reason: "Completed", message: "done" } as const;

  it("name the workload and carry the same name for the same fact", async () => {
    const api = await serve(() => ({}));
    const recorder = new EventRecorder(api.client, "me");
    recorder.record(workload(), note);
    recorder.record(workload(), note);
    await recorder.flush();
    const [first, second] = api.requests.map(({ body }) => body as { metadata: { name: string } });
    expect(first).toMatchObject({
      involvedObject: { kind: "AgentWorkload", name: "prices" },
      reason: "Completed",
      type: "Normal",
    });
    expect(second?.metadata.name).toBe(first?.metadata.name);
  });

  it("that are there already only move on, and failures are dropped", async () => {
    let code = 409;
    const api = await serve(({ method }) => (method === "POST" ? { code, body: {} } : {}));
    const recorder = new EventRecorder(api.client, "me");
    recorder.record(workload(), note);
    await recorder.flush();
    expect(api.requests.map(({ method }) => method)).toEqual(["POST", "PATCH"]);
    code = 403;
    recorder.record(workload(), note);
    await expect(recorder.flush()).resolves.toBeUndefined();
  });

  it("let more urgent work go first, but not for ever", async () => {
    const api = await serve(() => ({}));
    let urgent = 3;
    const recorder = new EventRecorder(api.client, "me", () => urgent-- > 0);
    recorder.record(workload(), note);
    await recorder.flush();
    expect(urgent).toBeLessThan(0);
    expect(api.requests).toHaveLength(1);
  });

  it("don't keep the operator from its end, however many wait and whatever is urgent", async () => {
    const api = await serve(async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return {};
    });
    const recorder = new EventRecorder(api.client, "me", () => true);
    for (let i = 0; i < 2_000; i++) recorder.record(workload(), { ...note, message: `number ${i}` });
    const start = performance.now();
    await recorder.close(200);
    expect(performance.now() - start).toBeLessThan(1_500);
    const requestCount = api.requests.length;
    expect(requestCount).toBeGreaterThan(1);
    recorder.record(workload(), note);
    await recorder.flush();
    expect(api.requests).toHaveLength(requestCount);
  });
});
