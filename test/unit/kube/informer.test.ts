// The informer: what is cached, and what is told.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Watches } from "../../../kube/client/client.ts";
import type { Change } from "../../../kube/controller/informer.ts";
import { isNewer, type KubeObject, keyOf } from "../../../kube/controller/object.ts";
import { eventually } from "./fake-api.ts";
import { abortAll, serve } from "./per-test.ts";
import { follow, followScript, line, names, object, openWatch } from "./scripted-informer.ts";

describe("an informer", () => {
  it("lists, then watches from there", async () => {
    const record = await followScript(
      [[object("a", 5), object("b", 12)]],
      [openWatch(line("ADDED", object("c", 13)), line("MODIFIED", object("a", 14)), line("DELETED", object("b", 15)))],
    );
    await record.informer.synced;
    await eventually(() => record.changes.length === 5);
    expect(record.changes).toEqual(["set a 5", "set b 12", "set c 13", "set a 14", "deleted b 15"]);
    expect(record.versions).toEqual(["12"]);
    expect(names(record)).toEqual(["a", "c"]);
    expect(record.informer.size).toBe(2);
  });

  it("stores the trimmed object", async () => {
    const trim = ({ metadata: { name, resourceVersion } }: KubeObject) => ({ metadata: { name, resourceVersion } });
    const { informer } = await followScript([[object("a", 5)]], [], { trim });
    await informer.synced;
    expect(informer.get("n/a")).toEqual({ metadata: { name: "a", resourceVersion: "5" } });
    informer.shrink("n/a", ({ metadata: { resourceVersion } }) => ({ metadata: { name: "", resourceVersion } }));
    informer.shrink("n/none", () => object("none", 1));
    expect([...informer.values()]).toEqual([{ metadata: { name: "", resourceVersion: "5" } }]);
  });

  it("shows at once what a write returned, and isn't set back by an older event", async () => {
    const { informer, changes } = await followScript(
      [[object("a", 5)]],
      [openWatch(line("MODIFIED", object("a", 11)), line("ADDED", object("z", 12)))],
    );
    await informer.synced;
    expect(informer.observe(object("a", 20))).toEqual(object("a", 20));
    await eventually(() => changes.includes("set z 12"));
    expect(informer.get("n/a")?.metadata.resourceVersion).toBe("20");
    // Passed by the watch already: it may have been deleted since.
    expect(informer.observe(object("old", 11))).toBeUndefined();
    expect(informer.get("n/old")).toBeUndefined();
    informer.observe(object("new", 30));
    expect(informer.get("n/new")).toBeDefined();
  });

  it("reports what a write returned as unchanged once the watch brings it", async () => {
    const watching = Promise.withResolvers<void>();
    const eventSent = Promise.withResolvers<void>();
    const changes: Change<KubeObject>[] = [];
    const client: Watches = {
      get: async <T>() => ({ metadata: { resourceVersion: "10" }, items: [] }) as T,
      watch: async function* <T>(_: string, __: object, signal: AbortSignal) {
        watching.resolve();
        await eventSent.promise;
        yield { type: "ADDED", object: object("a", 11) } as T;
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      },
    };
    const { informer } = follow(client, { onChange: (change) => changes.push(change) });
    await watching.promise;
    const written = informer.observe(object("a", 11));
    expect(changes).toEqual([]);
    eventSent.resolve();
    await eventually(() => changes.length === 1);
    expect(changes[0]).toMatchObject({ type: "set", object: written, old: written });
    expect(informer.get("n/a")).toBe(written);
  });

  it("keeps an object that a write created when a late event deletes an older one of its name", async () => {
    const record = await followScript(
      [[object("a", 5)]],
      [openWatch(line("DELETED", object("a", 12)), line("ADDED", object("b", 13)))],
    );
    await record.informer.synced;
    record.informer.observe(object("a", 20));
    await eventually(() => record.changes.includes("set b 13"));
    expect(record.changes).toContain("deleted a 12");
    expect(names(record)).toEqual(["a", "b"]);
  });

  it("stores each page of a list before the next, and is complete with the last", async () => {
    const record = await followScript(
      [{ items: [object("a", 5)], more: true }, { items: [object("b", 6)], more: true }, [object("c", 7)]],
      [],
      { pageSize: 1 },
    );
    await record.informer.synced;
    expect(record.changes).toEqual(["set a 5", "set b 6", "set c 7"]);
    expect(record.lists).toEqual([null, "more", "more"]);
    expect(record.requests[0]?.query.get("limit")).toBe("1");
  });

  it("starts the list from the beginning if it breaks off between two pages", async () => {
    const record = await followScript(
      [{ items: [object("a", 5)], more: true }, 500, [object("a", 5), object("b", 6)]],
      [],
    );
    await eventually(() => record.errors.length === 1);
    expect([record.informer.hasSynced, record.versions]).toEqual([false, []]);
    await record.informer.synced;
    expect(record.lists).toEqual([null, "more", null]);
    expect(names(record)).toEqual(["a", "b"]);
  });

  it("catches up with a collection that changes between a list's pages", async () => {
    const record = await followScript(
      [{ items: [object("a", 5), object("b", 6)], more: true }, [object("c", 30)]],
      [openWatch(line("DELETED", object("b", 31)), line("MODIFIED", object("a", 32)), line("ADDED", object("d", 33)))],
    );
    await eventually(() => record.changes.includes("set d 33"));
    expect(record.versions).toEqual(["30"]);
    expect(names(record).sort()).toEqual(["a", "c", "d"]);
    expect(record.informer.get("n/a")?.metadata.resourceVersion).toBe("32");
  });

  it("of an empty list, which Go writes as null, is empty", async () => {
    const api = await serve(({ query }, response) => {
      if (!query.get("watch")) return { body: { metadata: { resourceVersion: "10" }, items: null } };
      response.writeHead(200).flushHeaders();
      return undefined;
    });
    const { informer, errors } = follow(api.client);
    await informer.synced;
    expect([informer.size, errors]).toEqual([0, []]);
  });

  it.each([403, 404])(
    "is empty, and content, where its resource needn't be there and the answer is %i",
    async (status) => {
      const { informer, errors } = await followScript([status], [], { optional: true });
      await informer.synced;
      expect([informer.size, errors]).toEqual([0, []]);
    },
  );

  it("ends with its signal", async () => {
    const { informer, done: run } = await followScript([[]], []);
    await informer.synced;
    abortAll();
    await expect(run).resolves.toBeUndefined();
  });
});

describe("versions and keys", () => {
  it("are compared as numbers, and a missing one is the oldest", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n }), fc.bigInt({ min: 0n, max: 2n ** 64n }), (a, b) => {
        expect(isNewer(String(a), String(b))).toBe(a > b);
      }),
    );
    expect([isNewer("1", undefined), isNewer(undefined, "1"), isNewer(undefined, undefined)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it("name an object with its namespace, if it has one", () => {
    expect([keyOf(object("a", 1)), keyOf({ metadata: { name: "a" } })]).toEqual(["n/a", "a"]);
  });
});
