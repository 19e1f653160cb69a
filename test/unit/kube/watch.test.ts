// The informer's lists and watches: whatever becomes of them, it goes on.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Client, type Watches } from "../../../kube/client/client.ts";
import { eventually } from "./fake-api.ts";
import { abortAll, serve } from "./per-test.ts";
import {
  cutWatch,
  endedWatch,
  expired,
  follow,
  followScript,
  line,
  names,
  object,
  openWatch,
} from "./scripted-informer.ts";

describe("a watch", () => {
  it("that ends is begun again from its last event, or bookmark", async () => {
    const { versions, lists, errors } = await followScript(
      [[]],
      [endedWatch(line("ADDED", object("a", 11))), endedWatch(line("BOOKMARK", object("", 40))), openWatch()],
    );
    await eventually(() => versions.length === 3);
    expect(versions).toEqual(["10", "11", "40"]);
    expect([lists.length, errors]).toEqual([1, []]);
  });

  it("whose lines arrive in pieces has whole events", async () => {
    const text = line("ADDED", object("ä", 11));
    const bytes = Buffer.from(text);
    const at = bytes.indexOf("ä") + 1;
    const api = await serve(async ({ query }, response) => {
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

  it("that is cut off in the middle of a line continues after the last whole one", async () => {
    const text = line("ADDED", object("b", 12));
    const { versions, changes, errors, lists } = await followScript(
      [[]],
      [cutWatch(line("ADDED", object("a", 11)), text.slice(0, 25)), openWatch(text)],
    );
    await eventually(() => changes.length === 2);
    expect(changes).toEqual(["set a 11", "set b 12"]);
    expect(versions).toEqual(["10", "11"]);
    expect([errors.length, lists.length]).toEqual([1, 1]);
  });

  it.each([
    ["as an event", { body: undefined }],
    ["as its status", { code: 410, body: { code: 410, reason: "Expired", message: "too old" } }],
  ])("whose version is too old (%s) is followed by a new list, without an error", async (_, answer) => {
    const lists = [[object("a", 5), object("b", 6)], [object("a", 5)]];
    let isFirst = true;
    const api = await serve(({ query }, response) => {
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

  it("that has fallen silent continues from the same version, without an error", async () => {
    const versions: (string | null)[] = [];
    const api = await serve(({ query }, response) => {
      if (!query.get("watch")) return { body: { metadata: { resourceVersion: "10" }, items: [] } };
      versions.push(query.get("resourceVersion"));
      response.writeHead(200).write(line("ADDED", object("a", 11)));
      return undefined;
    });
    // undici looks at its timeouts about every half second.
    const client = new Client({ server: api.url }, { watchSilenceMs: 100 });
    const { errors, done: run } = follow(client);
    await eventually(() => versions.length >= 2);
    expect(versions.slice(0, 2)).toEqual(["10", "11"]);
    expect(errors).toEqual([]);
    abortAll();
    await run;
    await client.close();
  });

  it("that breaks is reported, and tried again", async () => {
    const { informer, errors } = await followScript(
      [500, [object("a", 5)]],
      [openWatch(line("ERROR", { code: 500, message: "etcd" })), openWatch()],
    );
    await informer.synced;
    await eventually(() => errors.length === 2);
    expect(errors).toEqual(["no", "watch of /things: etcd"]);
  });

  it("that the server ends at once, over and over, is asked for less and less often", async () => {
    const { versions, informer } = await followScript(
      [[]],
      Array.from({ length: 100 }, () => endedWatch()),
    );
    await informer.synced;
    await eventually(() => versions.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 500));
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
        abortAll();
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
  it("whose version expires between two pages starts from the beginning, without an error", async () => {
    const record = await followScript(
      [{ items: [object("a", 5), object("b", 6)], more: true }, 410, [object("a", 5), object("c", 8)]],
      [],
    );
    await record.informer.synced;
    expect(record.lists).toEqual([null, "more", null]);
    expect(record.errors).toEqual([]);
    expect(names(record)).toEqual(["a", "c"]);
    expect(record.changes).toContain("deleted b 6");
  });

  it("that always expires is asked for less and less often", async () => {
    const record = await followScript([410], []);
    await eventually(() => record.lists.length > 1);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(record.lists.length).toBeLessThan(5);
    expect(record.informer.hasSynced).toBe(false);
  });
});
