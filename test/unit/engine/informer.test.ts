// What keeps the controller informed and at work: informer, queue.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Informer, isNewer, type KubeObject, keyOf } from "../../../embedded/engine/controller/informer.ts";
import * as paths from "../../../embedded/engine/controller/paths.ts";
import { Queue } from "../../../embedded/engine/controller/queue.ts";
import { MemoryApi, soon } from "./api.ts";

const NS = "ns";

describe("an informer", () => {
  const PODS = paths.pods(NS);
  const object = (name: string, more: object = {}): KubeObject => ({
    metadata: { name, namespace: NS, managedFields: [], ...more },
  });
  let api: MemoryApi;
  let changes: string[];
  let problems: unknown[];
  let informer: Informer<KubeObject>;
  const watches = () => api.calls.filter((call) => call.startsWith("WATCH"));

  beforeEach(() => {
    api = new MemoryApi();
    changes = [];
    problems = [];
    informer = new Informer(api, {
      path: PODS,
      onChange: ({ metadata }, change) => changes.push(`${metadata.name} ${change}`),
      onProblem: (error) => problems.push(error),
    });
  });
  afterEach(() => informer.stop());

  test("lists, then follows", async () => {
    api.put(PODS, object("a"));
    informer.start();
    await informer.synced;
    expect(informer.get("ns/a")?.metadata).not.toHaveProperty("managedFields");
    await soon("it watches", () => watches().length === 1);
    api.put(PODS, object("b"));
    api.remove(`${PODS}/a`);
    await soon("both are seen", () => changes.length === 3);
    expect(changes).toEqual(["a set", "b set", "a gone"]);
    expect([...informer.items.keys()]).toEqual(["ns/b"]);
  });

  test("goes on where it was when the watch ends, and lists anew when that is too long ago", async () => {
    informer.start();
    await soon("it watches", () => watches().length === 1);
    api.put(PODS, object("a"));
    api.send(PODS, { type: "BOOKMARK", object: object("", { resourceVersion: "500" }) });
    api.send(PODS, undefined);
    await soon("it watches again", () => watches().length === 2);
    expect(watches()[1]).toBe(`WATCH ${PODS}?500`);
    api.objects.clear();
    api.send(PODS, { type: "ERROR", object: { code: 410, metadata: {} } });
    await soon("it watches once more", () => watches().length === 3);
    expect(changes).toEqual(["a set", "a gone"]);
    expect(problems).toEqual([]);
  });

  test("takes in each page of a list, and begins anew when the list breaks off", async () => {
    let pages = 0;
    const client = {
      watch: api.watch.bind(api),
      get: async <T>(_: string, query: { continue?: unknown } = {}): Promise<T> => {
        pages++;
        if (pages === 2) throw new Error("connection reset");
        const last = query.continue !== undefined;
        const metadata = { resourceVersion: "7", ...(last ? {} : { continue: "more" }) };
        return { metadata, items: [object(last ? "b" : "a", { resourceVersion: "5" })] } as T;
      },
    };
    const paging = new Informer<KubeObject>(client, {
      path: PODS,
      keep: ({ metadata: { name, namespace, resourceVersion } }) => ({
        metadata: { name, ...(namespace ? { namespace } : {}), ...(resourceVersion ? { resourceVersion } : {}) },
      }),
      onChange: ({ metadata }, change) => changes.push(`${metadata.name} ${change}`),
      onProblem: (error) => problems.push(error),
    });
    paging.start();
    await soon("the first page is in", () => changes.length === 1);
    expect(paging.isSynced).toBe(false);
    await paging.synced;
    expect([...paging.items]).toEqual(
      ["a", "b"].map((name) => [`ns/${name}`, { metadata: { name, namespace: NS, resourceVersion: "5" } }]),
    );
    expect(problems).toHaveLength(1);
    await soon("it watches", () => watches().length === 1);
    expect(watches()).toEqual([`WATCH ${PODS}?7`]);
    await paging.stop();
  });

  test("tells of problems and goes on", async () => {
    api.fail("GET", 500, "down");
    informer.start();
    await informer.synced;
    await soon("it watches", () => watches().length === 1);
    api.send(PODS, { type: "ERROR", object: { code: 500, message: "broken", metadata: {} } });
    await soon("it watches again", () => watches().length === 2);
    expect(problems.map(String)).toEqual(["Error: down", "Error: broken"]);
  });

  test("of an optional kind is content with none", async () => {
    const optional = new Informer<KubeObject>(api, {
      path: PODS,
      optional: true,
      onChange: () => {},
      onProblem: (error) => problems.push(error),
    });
    api.fail("GET", 403, "forbidden");
    optional.start();
    await optional.synced;
    expect(problems).toEqual([]);
    await optional.stop();
  });

  test("prefers what it was offered to what comes late", async () => {
    informer.start();
    await informer.synced;
    informer.offer(object("a", { uid: "1", resourceVersion: "900" }));
    informer.offer(object("a", { uid: "1", resourceVersion: "800" }));
    expect(informer.get("ns/a")?.metadata.resourceVersion).toBe("900");
    informer.offer(object("a", { uid: "2", resourceVersion: "850" }));
    expect(informer.get("ns/a")?.metadata.uid).toBe("2");
  });

  test("compares versions as numbers, and keys objects by namespace", () => {
    expect([isNewer("10", "9"), isNewer("9", "10"), isNewer("9", "9"), isNewer(undefined, "9")]).toEqual([
      true,
      false,
      false,
      true,
    ]);
    expect([keyOf(object("a")), keyOf({ metadata: { name: "a" } })]).toEqual(["ns/a", "a"]);
  });
});

describe("the queue", () => {
  test("never works on a key twice at the same time, and loses nothing", async () => {
    const order: string[] = [];
    let release = () => {};
    const queue = new Queue({
      work: async (key) => {
        order.push(key);
        if (order.length === 1) await new Promise<void>((resolve) => (release = resolve));
      },
      onError: () => {},
      concurrency: 2,
    });
    queue.add("a");
    queue.add("a");
    queue.add("a");
    queue.add("b");
    await soon("b is worked on", () => order.length === 2);
    expect([queue.depth, queue.busy]).toEqual([1, 1]);
    release();
    await soon("a is worked on again", () => order.length === 3);
    expect(order).toEqual(["a", "b", "a"]);
    await queue.stop();
    queue.add("c");
    expect(queue.depth).toBe(0);
  });

  describe("in time", () => {
    beforeEach(() => {
      vi.useFakeTimers();
    });
    afterEach(() => {
      vi.useRealTimers();
    });

    test("tries again after a failure, later each time", async () => {
      const at: number[] = [];
      const errors: string[] = [];
      const begun = Date.now();
      const queue = new Queue({
        work: async () => {
          at.push(Date.now() - begun);
          if (at.length < 4) throw new Error("no");
        },
        onError: (key, error) => errors.push(`${key} ${error}`),
      });
      queue.add("a");
      await vi.advanceTimersByTimeAsync(10_000);
      expect(at).toEqual([0, 50, 150, 350]);
      expect(errors).toEqual(["a Error: no", "a Error: no", "a Error: no"]);
      await queue.stop();
    });

    test("keeps the earliest of the moments that it is told", async () => {
      const seen: string[] = [];
      const begun = Date.now();
      const queue = new Queue({
        work: async (key) => void seen.push(`${key} ${Date.now() - begun}`),
        onError: () => {},
      });
      queue.addAt("a", begun + 30);
      queue.addAt("a", begun + 500);
      queue.addAt("b", begun + 500);
      queue.addAt("b", begun + 400);
      queue.addAt("c", begun + 100);
      queue.forget("c");
      await vi.advanceTimersByTimeAsync(1000);
      expect(seen).toEqual(["a 30", "b 400"]);
      queue.addAt("d", begun + 2000);
      await queue.stop();
      queue.addAt("e", begun);
      await vi.advanceTimersByTimeAsync(5000);
      expect(seen).toHaveLength(2);
    });
  });

  test("stops when what is under way has ended", async () => {
    let ended = false;
    const queue = new Queue({
      work: async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        ended = true;
      },
      onError: () => {},
    });
    queue.add("a");
    await queue.stop();
    expect(ended).toBe(true);
  });
});
