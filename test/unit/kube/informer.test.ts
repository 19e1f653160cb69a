// The informer: what is cached, and what is told.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Watches } from "../../../kube/client/client.ts";
import type { Change } from "../../../kube/controller/informer.ts";
import { isNewer, type KubeObject, keyOf } from "../../../kube/controller/object.ts";
import { eventually } from "./fake-api.ts";
import { abortAll, serve } from "./per-test.ts";
import { follow, followScript, line, names, object, open } from "./scripted-informer.ts";

describe("an informer", () => {
  it("lists, then watches from there", async () => {
    const things = await followScript(
      [[object("a", 5), object("b", 12)]],
      [open(line("ADDED", object("c", 13)), line("MODIFIED", object("a", 14)), line("DELETED", object("b", 15)))],
    );
    await things.informer.synced;
    await eventually(() => things.changes.length === 5);
    expect(things.changes).toEqual(["set a 5", "set b 12", "set c 13", "set a 14", "deleted b 15"]);
    expect(things.versions).toEqual(["12"]);
    expect(names(things)).toEqual(["a", "c"]);
    expect(things.informer.size).toBe(2);
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
      [open(line("MODIFIED", object("a", 11)), line("ADDED", object("z", 12)))],
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
    const brought = Promise.withResolvers<void>();
    const told: Change<KubeObject>[] = [];
    const client: Watches = {
      get: async <T>() => ({ metadata: { resourceVersion: "10" }, items: [] }) as T,
      watch: async function* <T>(_: string, __: object, signal: AbortSignal) {
        watching.resolve();
        await brought.promise;
        yield { type: "ADDED", object: object("a", 11) } as T;
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      },
    };
    const { informer } = follow(client, { onChange: (change) => told.push(change) });
    await watching.promise;
    const written = informer.observe(object("a", 11));
    expect(told).toEqual([]);
    brought.resolve();
    await eventually(() => told.length === 1);
    expect(told[0]).toMatchObject({ type: "set", object: written, old: written });
    expect(informer.get("n/a")).toBe(written);
  });

  it("keeps an object that a write created when a late event deletes an older one of its name", async () => {
    const things = await followScript(
      [[object("a", 5)]],
      [open(line("DELETED", object("a", 12)), line("ADDED", object("b", 13)))],
    );
    await things.informer.synced;
    things.informer.observe(object("a", 20));
    await eventually(() => things.changes.includes("set b 13"));
    expect(things.changes).toContain("deleted a 12");
    expect(names(things)).toEqual(["a", "b"]);
  });

  it("stores each page of a list before the next, and is complete with the last", async () => {
    const things = await followScript(
      [{ items: [object("a", 5)], more: true }, { items: [object("b", 6)], more: true }, [object("c", 7)]],
      [],
      { pageSize: 1 },
    );
    await things.informer.synced;
    expect(things.changes).toEqual(["set a 5", "set b 6", "set c 7"]);
    expect(things.lists).toEqual([null, "more", "more"]);
    expect(things.requests[0]?.query.get("limit")).toBe("1");
  });

  it("starts the list from the beginning if it breaks off between two pages", async () => {
    const things = await followScript(
      [{ items: [object("a", 5)], more: true }, 500, [object("a", 5), object("b", 6)]],
      [],
    );
    await eventually(() => things.errors.length === 1);
    expect([things.informer.hasSynced, things.versions]).toEqual([false, []]);
    await things.informer.synced;
    expect(things.lists).toEqual([null, "more", null]);
    expect(names(things)).toEqual(["a", "b"]);
  });

  it("catches up with a collection that changes between a list's pages", async () => {
    const things = await followScript(
      [{ items: [object("a", 5), object("b", 6)], more: true }, [object("c", 30)]],
      [open(line("DELETED", object("b", 31)), line("MODIFIED", object("a", 32)), line("ADDED", object("d", 33)))],
    );
    await eventually(() => things.changes.includes("set d 33"));
    expect(things.versions).toEqual(["30"]);
    expect(names(things).sort()).toEqual(["a", "c", "d"]);
    expect(things.informer.get("n/a")?.metadata.resourceVersion).toBe("32");
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
    const { informer, done } = await followScript([[]], []);
    await informer.synced;
    abortAll();
    await expect(done).resolves.toBeUndefined();
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
