import { afterEach, describe, expect, it } from "vitest";
import { KubeClient, KubeError } from "../../../operator/kube/client.ts";
import { EventRecorder } from "../../../operator/kube/events.ts";
import { type Change, Informer, type KubeObject } from "../../../operator/kube/informer.ts";
import { LeaderElector } from "../../../operator/kube/lease.ts";
import { eventually, fakeApi } from "./fake-api.ts";
import { workload } from "./world.ts";

type Api = Awaited<ReturnType<typeof fakeApi>>;
let api: Api | undefined;
const ends: AbortController[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) end.abort();
  await api?.close();
  api = undefined;
});

function ending(): AbortSignal {
  const end = new AbortController();
  ends.push(end);
  return end.signal;
}

describe("the client", () => {
  it("sends its token and reads the answer", async () => {
    api = await fakeApi(() => ({ body: { a: 1 } }));
    expect(await api.client.get("/x", { limit: 5, empty: "", none: undefined })).toEqual({ a: 1 });
    expect(api.asked[0]?.headers.authorization).toBe("Bearer secret");
    expect([...(api.asked[0]?.query ?? [])]).toEqual([["limit", "5"]]);
  });

  it("sends a merge patch as one", async () => {
    api = await fakeApi(() => ({}));
    await api.client.mergePatch("/x", { a: null });
    expect(api.asked[0]).toMatchObject({ method: "PATCH", body: { a: null } });
    expect(api.asked[0]?.headers["content-type"]).toBe("application/merge-patch+json");
  });

  it("makes errors of the API server's Status, with the wait that it asks for", async () => {
    api = await fakeApi(() => ({
      code: 429,
      body: { reason: "TooManyRequests", message: "slow down" },
      headers: { "retry-after": "2" },
    }));
    const error = await api.client.get("/x").catch((refused: KubeError) => refused);
    expect(error).toBeInstanceOf(KubeError);
    expect(error).toMatchObject({ status: 429, reason: "TooManyRequests", message: "slow down", retryAfterMs: 2000 });
  });

  it("reads a date of when to come again", async () => {
    const at = new Date(Date.now() + 60_000).toUTCString();
    api = await fakeApi(() => ({ code: 429, headers: { "retry-after": at }, body: { message: "slow down" } }));
    const error = (await api.client.get("/x").catch((refused: KubeError) => refused)) as KubeError;
    expect(error.retryAfterMs).toBeGreaterThan(55_000);
    expect(error.retryAfterMs).toBeLessThanOrEqual(61_000);
  });

  it("makes errors of what is no Status, too", async () => {
    api = await fakeApi(() => ({ code: 502, body: "<html>bad gateway" }));
    await expect(api.client.delete("/x")).rejects.toThrow("HTTP 502: <html>bad gateway");
  });

  it("asks once more where the connection was closed under it, and no third time", async () => {
    let left = 1;
    api = await fakeApi(() => (left-- > 0 ? "hang up" : { body: { a: 1 } }));
    expect(await api.client.get("/x")).toEqual({ a: 1 });
    left = 2;
    await expect(api.client.get("/x")).rejects.toThrow();
  });
});

describe("an informer", () => {
  const object = (name: string, version: number): KubeObject => ({
    metadata: { name, namespace: "n", resourceVersion: String(version) },
  });
  const line = (type: string, of: object) => `${JSON.stringify({ type, object: of })}\n`;

  /** Plays lists and watches in turn; a watch is a list of lines. */
  async function informer(lists: (KubeObject[] | number)[], watches: string[][], options: { optional?: boolean } = {}) {
    const versions: (string | null)[] = [];
    api = await fakeApi(({ query }, response) => {
      if (query.get("watch")) {
        versions.push(query.get("resourceVersion"));
        const lines = watches.shift();
        response.writeHead(200);
        for (const text of lines ?? []) response.write(text);
        // The last one stays open.
        if (lines && watches.length > 0) response.end();
        return undefined;
      }
      const items = lists.length > 1 ? lists.shift() : lists[0];
      if (typeof items === "number") return { code: items, body: { message: "no" } };
      const highest = Math.max(10, ...(items ?? []).map(({ metadata }) => Number(metadata.resourceVersion)));
      return { body: { metadata: { resourceVersion: String(highest) }, items } };
    });
    const changes: string[] = [];
    const errors: string[] = [];
    const made = new Informer<KubeObject>({
      client: api.client,
      path: "/things",
      onChange: (change: Change<KubeObject>) =>
        changes.push(`${change.type} ${change.object.metadata.name} ${change.object.metadata.resourceVersion}`),
      onError: (error) => errors.push(error.message),
      ...options,
    });
    const done = made.run(ending());
    return { made, changes, errors, versions, done };
  }

  it("lists, then watches from there", async () => {
    const { made, changes, versions } = await informer(
      [[object("a", 5), object("b", 12)]],
      [[line("ADDED", object("c", 13)), line("MODIFIED", object("a", 14)), line("DELETED", object("b", 15))]],
    );
    await made.synced;
    await eventually(() => changes.length === 5);
    expect(changes).toEqual(["set a 5", "set b 12", "set c 13", "set a 14", "deleted b 15"]);
    expect(versions).toEqual(["12"]);
    expect([...made.values()].map(({ metadata }) => metadata.name)).toEqual(["a", "c"]);
  });

  it("goes on from its last event, or bookmark, when a watch ends", async () => {
    const { versions } = await informer(
      [[]],
      [[line("ADDED", object("a", 11))], [line("BOOKMARK", object("", 40))], []],
    );
    await eventually(() => versions.length === 3);
    expect(versions).toEqual(["10", "11", "40"]);
  });

  it("puts lines together that arrive in pieces", async () => {
    const text = line("ADDED", object("a", 11));
    const { changes } = await informer([[]], [[text.slice(0, 20), text.slice(20), "\n"]]);
    await eventually(() => changes.length === 1);
    expect(changes).toEqual(["set a 11"]);
  });

  it("lists again when its version is too old, and notices what went meanwhile", async () => {
    const expired = line("ERROR", { code: 410, message: "too old" });
    const { changes } = await informer([[object("a", 5), object("b", 6)], [object("a", 5)]], [[expired], []]);
    await eventually(() => changes.includes("deleted b 6"));
  });

  it("tells of errors and tries again", async () => {
    const { made, errors } = await informer(
      [500, [object("a", 5)]],
      [[line("ERROR", { code: 500, message: "etcd" })], []],
    );
    await made.synced;
    await eventually(() => errors.length === 2);
    expect(errors).toEqual(["no", "watch of /things: etcd"]);
  });

  it("is empty, and content, where its resource doesn't exist and needn't", async () => {
    const { made, errors } = await informer([404], [[]], { optional: true });
    await made.synced;
    expect(made.size).toBe(0);
    expect(errors).toEqual([]);
  });

  it("shows at once what a write returned, and isn't set back by an older event", async () => {
    const { made, changes } = await informer(
      [[object("a", 5)]],
      [[line("MODIFIED", object("a", 11)), line("ADDED", object("z", 12))]],
    );
    await made.synced;
    made.observe(object("a", 20));
    await eventually(() => changes.includes("set z 12"));
    expect(made.get("n/a")?.metadata.resourceVersion).toBe("20");
    // Passed by the watch already: it may have been deleted since.
    made.observe(object("old", 11));
    expect(made.get("n/old")).toBeUndefined();
    made.observe(object("new", 30));
    expect(made.get("n/new")).toBeDefined();
  });

  it("begins anew where a watch has fallen silent", async () => {
    const versions: (string | null)[] = [];
    api = await fakeApi(({ query }, response) => {
      if (!query.get("watch")) return { body: { metadata: { resourceVersion: "10" }, items: [] } };
      versions.push(query.get("resourceVersion"));
      response.writeHead(200).write(line("ADDED", object("a", 11)));
      return undefined;
    });
    // undici looks at its timeouts about every half second.
    const client = new KubeClient({ server: api.url }, { watchSilenceMs: 100 });
    const errors: Error[] = [];
    const made = new Informer({ client, path: "/things", onChange: () => {}, onError: (error) => errors.push(error) });
    const done = made.run(ending());
    await eventually(() => versions.length >= 2);
    expect(versions.slice(0, 2)).toEqual(["10", "11"]);
    expect(errors).toEqual([]);
    for (const end of ends.splice(0)) end.abort();
    await done;
    await client.close();
  });

  it("ends with its signal", async () => {
    const { made, done } = await informer([[]], [[]]);
    await made.synced;
    for (const end of ends.splice(0)) end.abort();
    await done;
  });
});

describe("leader election", () => {
  /** One Lease, with the API server's rule about versions. */
  async function leaseApi() {
    let lease:
      | { metadata: { resourceVersion?: string }; spec: { holderIdentity?: string; leaseTransitions?: number } }
      | undefined;
    let version = 1;
    let broken = false;
    api = await fakeApi(({ method, body }) => {
      if (broken) return { code: 500, body: { message: "down" } };
      if (method === "GET") return lease ? { body: lease } : { code: 404, body: {} };
      const sent = body as NonNullable<typeof lease>;
      if (method === "POST" ? lease : sent.metadata.resourceVersion !== lease?.metadata.resourceVersion)
        return { code: 409, body: {} };
      lease = { ...sent, metadata: { ...sent.metadata, resourceVersion: String(version++) } };
      return { body: lease };
    });
    const elector = (identity: string, lease = 300) =>
      new LeaderElector({
        client: (api as Api).client,
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
        broken = true;
      },
    };
  }

  it("has one leader, and the next when that one releases", async () => {
    const { elector, holder } = await leaseApi();
    const [one, two] = [elector("one"), elector("two")];
    await one.acquire(ending());
    const next = two.acquire(ending());
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect([one.isLeader, two.isLeader, holder()]).toEqual([true, false, "one"]);
    await one.release();
    await next;
    expect([one.isLeader, two.isLeader, holder()]).toEqual([false, true, "two"]);
  });

  it("takes the lease of a leader that fell silent", async () => {
    const { elector, holder } = await leaseApi();
    await elector("one").acquire(ending());
    await elector("two").acquire(ending());
    expect(holder()).toBe("two");
  });

  it("holds while it renews", async () => {
    const { elector } = await leaseApi();
    const one = elector("one");
    await one.acquire(ending());
    const end = new AbortController();
    const held = one.hold(end.signal);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(one.isLeader).toBe(true);
    end.abort();
    await expect(held).resolves.toBe("stopped");
  });

  it("loses a lease that another has taken", async () => {
    const { elector, steal } = await leaseApi();
    const one = elector("one");
    await one.acquire(ending());
    const held = one.hold(ending());
    steal();
    await expect(held).resolves.toBe("lost");
    expect(one.isLeader).toBe(false);
  });

  it("gives up when it can't renew in time, before another may take over", async () => {
    const { elector, breakIt } = await leaseApi();
    const one = elector("one");
    await one.acquire(ending());
    breakIt();
    await expect(one.hold(ending())).resolves.toBe("lost");
  });

  it("ends with its signal while it waits", async () => {
    const { elector } = await leaseApi();
    await elector("one").acquire(ending());
    const end = new AbortController();
    const waiting = elector("two", 60_000).acquire(end.signal);
    end.abort();
    await expect(waiting).rejects.toThrow();
  });
});

describe("events", () => {
  const note = { type: "Normal", reason: "Completed", message: "done" } as const;

  it("name the workload and carry the same name for the same fact", async () => {
    api = await fakeApi(() => ({}));
    const recorder = new EventRecorder(api.client, "me");
    recorder.record(workload(), note);
    recorder.record(workload(), note);
    await recorder.flush();
    const [first, second] = api.asked.map(({ body }) => body as { metadata: { name: string } });
    expect(first).toMatchObject({
      involvedObject: { kind: "AgentWorkload", name: "prices" },
      reason: "Completed",
      type: "Normal",
    });
    expect(second?.metadata.name).toBe(first?.metadata.name);
  });

  it("that are there already only move on, and failures are dropped", async () => {
    let code = 409;
    api = await fakeApi(({ method }) => (method === "POST" ? { code, body: {} } : {}));
    const recorder = new EventRecorder(api.client, "me");
    recorder.record(workload(), note);
    await recorder.flush();
    expect(api.asked.map(({ method }) => method)).toEqual(["POST", "PATCH"]);
    code = 403;
    recorder.record(workload(), note);
    await expect(recorder.flush()).resolves.toBeUndefined();
  });

  it("let more urgent work go first, but not for ever", async () => {
    api = await fakeApi(() => ({}));
    let urgent = 3;
    const recorder = new EventRecorder(api.client, "me", () => urgent-- > 0);
    recorder.record(workload(), note);
    await recorder.flush();
    expect(urgent).toBeLessThan(0);
    expect(api.asked).toHaveLength(1);
  });

  it("don't keep the operator from its end, however many wait and whatever is urgent", async () => {
    api = await fakeApi(async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return {};
    });
    const recorder = new EventRecorder(api.client, "me", () => true);
    for (let i = 0; i < 2_000; i++) recorder.record(workload(), { ...note, message: `number ${i}` });
    const began = performance.now();
    await recorder.close(200);
    expect(performance.now() - began).toBeLessThan(1_500);
    const written = api.asked.length;
    expect(written).toBeGreaterThan(1);
    recorder.record(workload(), note);
    await recorder.flush();
    expect(api.asked).toHaveLength(written);
  });
});
