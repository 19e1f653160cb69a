import type { LookupAddress, lookup } from "node:dns";
import type { WorkloadNotification } from "@agentic/api/agentworkload.ts";
import { pino } from "pino";
import { afterEach, describe, expect, it } from "vitest";
import { isPublicAddress, publicLookup, refuseUrl } from "../../../operator/notify/guard.ts";
import { Notifier } from "../../../operator/notify/notifier.ts";
import { type Answer, eventually, fakeApi } from "./fake-api.ts";
import { workload } from "./world.ts";

describe("the guard", () => {
  it.each(["8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00:1450:4001::8"])("lets %s pass", (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    "10.0.0.1",
    "127.0.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "198.18.0.1",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "::ffff:10.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::a00:1",
    "2002:a00:1::",
    "2001:db8::1",
    "ff02::1",
    "not an address",
  ])("holds %s back", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each([
    ["http://example.com/", "only https"],
    ["https://10.0.0.1/", "not a public address"],
    ["https://[::1]/", "not a public address"],
    ["https://0x7f.1/", "not a public address"],
    ["https://user:pw@example.com/", "user or password"],
  ])("refuses %s", (url, reason) => expect(refuseUrl(new URL(url), [])).toContain(reason));

  it("lets the owner's list pass, by host or by host and port", () => {
    expect(refuseUrl(new URL("http://hooks.demo/"), ["hooks.demo"])).toBeUndefined();
    expect(refuseUrl(new URL("http://hooks.demo/"), ["hooks.demo:80"])).toBeUndefined();
    expect(refuseUrl(new URL("http://hooks.demo:81/"), ["hooks.demo:80"])).toBeDefined();
    expect(refuseUrl(new URL("https://example.com/"), [])).toBeUndefined();
  });

  const resolving = (error: Error | null, found: LookupAddress[]) =>
    publicLookup(((_: string, __: object, done: (error: Error | null, found: LookupAddress[]) => void) =>
      done(error, found)) as unknown as typeof lookup);
  const answer = (error: Error | null, found: LookupAddress[], all: boolean) =>
    new Promise((resolve, reject) => {
      resolving(error, found)("example.com", { all }, (failed, address) =>
        failed ? reject(failed) : resolve(address),
      );
    });

  it("refuses names that resolve to one private address among public ones", async () => {
    const mixed = [
      { address: "8.8.8.8", family: 4 },
      { address: "10.0.0.1", family: 4 },
    ];
    await expect(answer(null, mixed, true)).rejects.toThrow("example.com resolves to 10.0.0.1");
    await expect(answer(null, [], false)).rejects.toThrow("resolves to nothing");
    await expect(answer(new Error("ENOTFOUND"), [], false)).rejects.toThrow("ENOTFOUND");
  });

  it("gives public ones in both of lookup's shapes", async () => {
    const found = [{ address: "8.8.8.8", family: 4 }];
    expect(await answer(null, found, true)).toEqual(found);
    expect(await answer(null, found, false)).toBe("8.8.8.8");
  });
});

describe("the notifier", () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  async function notifier(answers: Answer[], options: { allowed?: boolean; waitsMs?: number[]; secret?: Answer } = {}) {
    const hook = await fakeApi(() => answers.shift() ?? {});
    const api = await fakeApi(() => options.secret ?? { body: { data: { key: Buffer.from("k").toString("base64") } } });
    const enqueued: string[] = [];
    const counted: string[] = [];
    const made = new Notifier({
      client: api.client,
      allowedHosts: options.allowed === false ? [] : [new URL(hook.url).host],
      enqueue: (key) => enqueued.push(key),
      log: pino({ level: "silent" }),
      count: (result) => counted.push(result),
      waitsMs: options.waitsMs ?? [1, 1],
    });
    closing.push(
      () => made.close(),
      () => hook.close(),
      () => api.close(),
    );
    const owes = (path = "/"): WorkloadNotification => ({
      url: `${hook.url}${path}`,
      event: "Completed",
      state: "Pending",
    });
    return { made, hook, api, enqueued, counted, owes };
  }
  const subject = (url: string, secretRef?: object) =>
    workload({ notify: [{ url, ...(secretRef ? { secretRef } : {}) }] });

  it("delivers once, however often it is asked while that is under way", async () => {
    const { made, hook, enqueued, counted, owes } = await notifier([]);
    const of = subject(owes().url);
    made.send(of, owes());
    made.send(of, owes());
    await eventually(() => enqueued.length === 1);
    made.send(of, owes());
    expect(hook.asked).toHaveLength(1);
    expect(counted).toEqual(["delivered"]);
    const ends = made.ended(of);
    expect(ends).toEqual([{ url: owes().url, event: "Completed", state: "Delivered" }]);
    made.settled(of, ends);
    expect(made.ended(of)).toEqual([]);
  });

  it("tries again what may pass, and gives up in the end", async () => {
    const { made, hook, enqueued, owes } = await notifier([{ code: 503 }, { code: 429 }, { code: 500 }]);
    const of = subject(owes().url);
    made.send(of, owes());
    await eventually(() => enqueued.length === 1);
    expect(hook.asked).toHaveLength(3);
    expect(made.ended(of)).toMatchObject([{ state: "Failed", message: "the receiver answered HTTP 500" }]);
  });

  it.each([404, 302])("doesn't repeat, or follow, HTTP %i", async (code) => {
    const { made, hook, enqueued, owes } = await notifier([{ code, headers: { location: "http://169.254.169.254/" } }]);
    const of = subject(owes().url);
    made.send(of, owes());
    await eventually(() => enqueued.length === 1);
    expect(hook.asked).toHaveLength(1);
    expect(made.ended(of)).toMatchObject([{ state: "Failed" }]);
  });

  it("sends nothing to a host that isn't allowed", async () => {
    const { made, hook, enqueued, owes } = await notifier([], { allowed: false });
    made.send(subject(owes().url), owes());
    await eventually(() => enqueued.length === 1);
    expect(hook.asked).toEqual([]);
  });

  it("sends nothing unsigned where a key is named and missing", async () => {
    const { made, hook, enqueued, owes } = await notifier([], { secret: { body: { data: {} } } });
    const of = subject(owes().url, {});
    made.send(of, owes());
    await eventually(() => enqueued.length === 1);
    expect(hook.asked).toEqual([]);
    expect(made.ended(of)).toMatchObject([{ message: "Secret notify has no key key" }]);
  });

  it("has only so many under way, and asks for the rest afterwards", async () => {
    const { made, enqueued, hook, owes } = await notifier([]);
    const many = workload({ notify: Array.from({ length: 20 }, (_, i) => ({ url: owes(`/${i}`).url })) });
    for (let i = 0; i < 20; i++) made.send(many, owes(`/${i}`));
    await eventually(() => enqueued.length > 16);
    expect(hook.asked).toHaveLength(16);
  });
});
