// The informer: what is cached, and what is told, whatever becomes of lists and watches.
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { Client, type Watches } from "../../../kube/client/client.ts";
import { type Change, Informer, type InformerOptions } from "../../../kube/controller/informer.ts";
import { isNewer, type KubeObject, keyOf } from "../../../kube/controller/object.ts";
import { eventually, fakeApi } from "./fake-api.ts";

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

const object = (name: string, version: number): KubeObject => ({
  metadata: { name, namespace: "n", resourceVersion: String(version) },
});
const line = (type: string, of: object) => `${JSON.stringify({ type, object: of })}\n`;
const expired = { code: 410, message: "too old" };

/** Follows things, and notes what it is told. */
function follow(client: Watches, options: Partial<InformerOptions<KubeObject>> = {}) {
  const changes: string[] = [];
  const errors: string[] = [];
  const informer = new Informer<KubeObject>({
    client,
    path: "/things",
    onChange: ({ type, object: { metadata } }: Change<KubeObject>) =>
      changes.push(`${type} ${metadata.name} ${metadata.resourceVersion}`),
    onError: (error) => errors.push(error.message),
    ...options,
  });
  return { informer, changes, errors, done: informer.run(ending()) };
}

/** One answer to a list: a whole one, a page that another follows (`more`), or a status. */
type Page = KubeObject[] | { items: KubeObject[]; more: true } | number;
/** One watch: lines that the server ends, leaves open (`open`) or breaks off (`cut`). */
type Watch = { lines: string[]; after: "open" | "end" | "cut" };

/** Plays lists and watches in turn; the last of each goes on. */
async function played(pages: Page[], watches: Watch[], options: Partial<InformerOptions<KubeObject>> = {}) {
  const versions: (string | null)[] = [];
  const lists: (string | null)[] = [];
  api = await fakeApi(async ({ query }, response) => {
    if (query.get("watch")) {
      versions.push(query.get("resourceVersion"));
      const { lines, after } = watches.shift() ?? { lines: [], after: "open" };
      response.writeHead(200).flushHeaders();
      for (const text of lines) await new Promise((resolve) => response.write(text, resolve));
      if (after === "end") response.end();
      // What was written should arrive first.
      if (after === "cut") setTimeout(() => response.destroy(), 20);
      return undefined;
    }
    lists.push(query.get("continue"));
    const page = (pages.length > 1 ? pages.shift() : pages[0]) ?? [];
    if (typeof page === "number") return { code: page, body: { message: "no" } };
    const items = Array.isArray(page) ? page : page.items;
    const highest = Math.max(10, ...items.map(({ metadata }) => Number(metadata.resourceVersion)));
    const next = Array.isArray(page) ? {} : { continue: "more" };
    return { body: { metadata: { resourceVersion: String(highest), ...next }, items } };
  });
  return { ...follow(api.client, options), versions, lists };
}

const open = (...lines: string[]): Watch => ({ lines, after: "open" });
const ended = (...lines: string[]): Watch => ({ lines, after: "end" });
const cut = (...lines: string[]): Watch => ({ lines, after: "cut" });
const names = ({ informer }: { informer: Informer<KubeObject> }) =>
  [...informer.values()].map(({ metadata }) => metadata.name);

describe("an informer", () => {
  it("lists, then watches from there", async () => {
    const things = await played(
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

  it("stores what is left after trimming", async () => {
    const trim = ({ metadata: { name, resourceVersion } }: KubeObject) => ({ metadata: { name, resourceVersion } });
    const { informer } = await played([[object("a", 5)]], [], { trim });
    await informer.synced;
    expect(informer.get("n/a")).toEqual({ metadata: { name: "a", resourceVersion: "5" } });
    informer.shrink("n/a", ({ metadata: { resourceVersion } }) => ({ metadata: { name: "", resourceVersion } }));
    informer.shrink("n/none", () => object("none", 1));
    expect([...informer.values()]).toEqual([{ metadata: { name: "", resourceVersion: "5" } }]);
  });

  it("shows at once what a write returned, and isn't set back by an older event", async () => {
    const { informer, changes } = await played(
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

  it("tells of what a write returned that nothing of it is new, once the watch brings it", async () => {
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

  it("keeps what a write has made anew when it hears late of its namesake's end", async () => {
    const things = await played(
      [[object("a", 5)]],
      [open(line("DELETED", object("a", 12)), line("ADDED", object("b", 13)))],
    );
    await things.informer.synced;
    things.informer.observe(object("a", 20));
    await eventually(() => things.changes.includes("set b 13"));
    expect(things.changes).toContain("deleted a 12");
    expect(names(things)).toEqual(["a", "b"]);
  });

  it("takes in each page of a list before the next, and is complete with the last", async () => {
    const things = await played(
      [{ items: [object("a", 5)], more: true }, { items: [object("b", 6)], more: true }, [object("c", 7)]],
      [],
      { pageSize: 1 },
    );
    await things.informer.synced;
    expect(things.changes).toEqual(["set a 5", "set b 6", "set c 7"]);
    expect(things.lists).toEqual([null, "more", "more"]);
    expect(api?.asked[0]?.query.get("limit")).toBe("1");
  });

  it("begins the list anew where it breaks off between two pages", async () => {
    const things = await played([{ items: [object("a", 5)], more: true }, 500, [object("a", 5), object("b", 6)]], []);
    await eventually(() => things.errors.length === 1);
    expect([things.informer.hasSynced, things.versions]).toEqual([false, []]);
    await things.informer.synced;
    expect(things.lists).toEqual([null, "more", null]);
    expect(names(things)).toEqual(["a", "b"]);
  });

  it("follows a list that changes between its pages to where it is true again", async () => {
    const things = await played(
      [{ items: [object("a", 5), object("b", 6)], more: true }, [object("c", 30)]],
      [open(line("DELETED", object("b", 31)), line("MODIFIED", object("a", 32)), line("ADDED", object("d", 33)))],
    );
    await eventually(() => things.changes.includes("set d 33"));
    expect(things.versions).toEqual(["30"]);
    expect(names(things).sort()).toEqual(["a", "c", "d"]);
    expect(things.informer.get("n/a")?.metadata.resourceVersion).toBe("32");
  });

  it("of an empty list of Go's, which is null, is empty", async () => {
    api = await fakeApi(({ query }, response) => {
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
      const { informer, errors } = await played([status], [], { optional: true });
      await informer.synced;
      expect([informer.size, errors]).toEqual([0, []]);
    },
  );

  it("ends with its signal", async () => {
    const { informer, done } = await played([[]], []);
    await informer.synced;
    for (const end of ends.splice(0)) end.abort();
    await expect(done).resolves.toBeUndefined();
  });
});

describe("a watch", () => {
  it("that ends is begun again from its last event, or bookmark", async () => {
    const { versions, lists, errors } = await played(
      [[]],
      [ended(line("ADDED", object("a", 11))), ended(line("BOOKMARK", object("", 40))), open()],
    );
    await eventually(() => versions.length === 3);
    expect(versions).toEqual(["10", "11", "40"]);
    expect([lists.length, errors]).toEqual([1, []]);
  });

  it("whose lines arrive in pieces has whole events", async () => {
    const text = line("ADDED", object("ä", 11));
    const bytes = Buffer.from(text);
    const at = bytes.indexOf("ä") + 1;
    api = await fakeApi(async ({ query }, response) => {
      if (!query.get("watch")) return { body: { metadata: { resourceVersion: "10" }, items: [] } };
      for (const piece of [bytes.subarray(0, at), bytes.subarray(at), "\n", line("ADDED", object("b", 12))]) {
        response.write(piece);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return undefined;
    });
    const { changes } = follow(api.client);
    await eventually(() => changes.length === 2);
    expect(changes).toEqual(["set ä 11", "set b 12"]);
  });

  it("that is cut off in the middle of a line goes on behind the last whole one", async () => {
    const text = line("ADDED", object("b", 12));
    const { versions, changes, errors, lists } = await played(
      [[]],
      [cut(line("ADDED", object("a", 11)), text.slice(0, 25)), open(text)],
    );
    await eventually(() => changes.length === 2);
    expect(changes).toEqual(["set a 11", "set b 12"]);
    expect(versions).toEqual(["10", "11"]);
    expect([errors.length, lists.length]).toEqual([1, 1]);
  });

  it.each([
    ["as an event", { body: undefined }],
    ["as its status", { code: 410, body: { code: 410, reason: "Expired", message: "too old" } }],
  ])("whose version is too old (%s) is followed by a new list, and is no error", async (_, answer) => {
    const lists = [[object("a", 5), object("b", 6)], [object("a", 5)]];
    let isFirst = true;
    api = await fakeApi(({ query }, response) => {
      if (!query.get("watch")) return { body: { metadata: { resourceVersion: "10" }, items: lists.shift() ?? [] } };
      if (isFirst && answer.body) {
        isFirst = false;
        return answer;
      }
      response.writeHead(200).flushHeaders();
      if (isFirst) response.write(line("ERROR", expired));
      isFirst = false;
      return undefined;
    });
    const { changes, errors } = follow(api.client);
    await eventually(() => changes.includes("deleted b 6"));
    expect(errors).toEqual([]);
    expect(lists).toEqual([]);
  });

  it("that has fallen silent is begun again from where it was, and is no error", async () => {
    const versions: (string | null)[] = [];
    api = await fakeApi(({ query }, response) => {
      if (!query.get("watch")) return { body: { metadata: { resourceVersion: "10" }, items: [] } };
      versions.push(query.get("resourceVersion"));
      response.writeHead(200).write(line("ADDED", object("a", 11)));
      return undefined;
    });
    // undici looks at its timeouts about every half second.
    const client = new Client({ server: api.url }, { watchSilenceMs: 100 });
    const { errors, done } = follow(client);
    await eventually(() => versions.length >= 2);
    expect(versions.slice(0, 2)).toEqual(["10", "11"]);
    expect(errors).toEqual([]);
    for (const end of ends.splice(0)) end.abort();
    await done;
    await client.close();
  });

  it("that breaks is told of, and tried again", async () => {
    const { informer, errors } = await played(
      [500, [object("a", 5)]],
      [open(line("ERROR", { code: 500, message: "etcd" })), open()],
    );
    await informer.synced;
    await eventually(() => errors.length === 2);
    expect(errors).toEqual(["no", "watch of /things: etcd"]);
  });

  it("that the server ends at once, over and over, isn't asked for without end", async () => {
    const { versions, informer } = await played(
      [[]],
      Array.from({ length: 100 }, () => ended()),
    );
    await informer.synced;
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(versions.length).toBeGreaterThan(0);
    expect(versions.length).toBeLessThan(5);
  });

  it("may repeat and mix its events: in the end each object is as its newest says", async () => {
    const event = fc.record({ name: fc.constantFrom("a", "b", "c"), version: fc.integer({ min: 11, max: 40 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 30 }), async (events) => {
        let watched = false;
        const client: Watches = {
          get: async <T>() => ({ metadata: { resourceVersion: "10" }, items: [] }) as T,
          watch: async function* <T>(_: string, __: object, signal: AbortSignal) {
            for (const { name, version } of events) yield { type: "MODIFIED", object: object(name, version) } as T;
            watched = true;
            if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
          },
        };
        const { informer } = follow(client);
        await eventually(() => watched);
        for (const end of ends.splice(0)) end.abort();
        const newest = new Map<string, number>();
        for (const { name, version } of events) newest.set(name, Math.max(version, newest.get(name) ?? 0));
        const stored = [...informer.values()].map(({ metadata }) => [metadata.name, Number(metadata.resourceVersion)]);
        expect(new Map(stored as [string, number][])).toEqual(newest);
      }),
      { numRuns: 50 },
    );
  });
});

describe("a list", () => {
  it("whose version expires between two pages begins anew, at once and without an error", async () => {
    const began = performance.now();
    const things = await played(
      [{ items: [object("a", 5), object("b", 6)], more: true }, 410, [object("a", 5), object("c", 8)]],
      [],
    );
    await things.informer.synced;
    expect(performance.now() - began).toBeLessThan(200);
    expect(things.lists).toEqual([null, "more", null]);
    expect(things.errors).toEqual([]);
    expect(names(things)).toEqual(["a", "c"]);
    expect(things.changes).toContain("deleted b 6");
  });

  it("that always expires isn't asked for without end", async () => {
    const things = await played([410], []);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(things.lists.length).toBeGreaterThan(1);
    expect(things.lists.length).toBeLessThan(5);
    expect(things.informer.hasSynced).toBe(false);
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

  it("name an object by its namespace, where it has one", () => {
    expect([keyOf(object("a", 1)), keyOf({ metadata: { name: "a" } })]).toEqual(["n/a", "a"]);
  });
});
