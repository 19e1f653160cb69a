// Deliveries of notifications: tried again, given up, and fair between tenants.
import type { LookupAddress, lookup } from "node:dns";
import { createServer as createHttpServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, createServer } from "node:net";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { publicLookup } from "../../../operator/notify/guard.ts";
import { waitBetween } from "../../../operator/notify/notifier.ts";
import { Transient } from "../../../operator/notify/post.ts";
import { pair } from "../certificates/authority.ts";
import { type Answer, eventually, fakeApi } from "../kube/fake-api.ts";
import { workload } from "./observed.ts";
import { startNotifier as createNotifier, type NotifierOptions } from "./test-notifier.ts";

describe("the notifier", () => {
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });
  async function startNotifier(answers: Answer[], options?: NotifierOptions) {
    const started = await createNotifier(answers, options);
    closing.push(started.close);
    return started;
  }

  const subject = (url: string, secretRef?: object) =>
    workload({ notify: [{ url, ...(secretRef ? { secretRef } : {}) }] });

  it("delivers once, however often it is asked during the delivery", async () => {
    const { notifier, hook, enqueued, results, notification } = await startNotifier([]);
    const target = subject(notification().url);
    notifier.send(target, notification());
    notifier.send(target, notification());
    await eventually(() => enqueued.length === 1);
    notifier.send(target, notification());
    expect(hook.requests).toHaveLength(1);
    expect(results).toEqual(["delivered"]);
    const ends = notifier.ended(target);
    expect(ends).toEqual([{ url: notification().url, event: "Completed", state: "Delivered" }]);
    notifier.settled(target, ends);
    expect(notifier.ended(target)).toEqual([]);
  });

  it("tries again what may pass, and gives up in the end", async () => {
    const { notifier, hook, enqueued, notification } = await startNotifier([
      { code: 503 },
      { code: 429 },
      { code: 500 },
    ]);
    const target = subject(notification().url);
    notifier.send(target, notification());
    await eventually(() => enqueued.length === 1);
    expect(hook.requests).toHaveLength(3);
    expect(notifier.ended(target)).toMatchObject([
      { state: "Failed", message: "given up after 3 tries: the receiver answered HTTP 500" },
    ]);
  });

  it.each([301, 302, 303, 307, 308, 400, 401, 404, 410])("doesn't repeat, or follow, HTTP %i", async (code) => {
    const { notifier, hook, enqueued, notification } = await startNotifier([
      { code, headers: { location: "http://169.254.169.254/" } },
    ]);
    const target = subject(notification().url);
    notifier.send(target, notification());
    await eventually(() => enqueued.length === 1);
    expect(hook.requests).toHaveLength(1);
    const message = expect.stringContaining(code < 400 ? "redirects aren't followed; name the URL" : `HTTP ${code}`);
    expect(notifier.ended(target)).toMatchObject([{ state: "Failed", message }]);
  });

  it.each([408, 425, 429, 500, 501, 503])("tries again after HTTP %i", async (code) => {
    const { notifier, hook, enqueued, notification } = await startNotifier([
      { code, headers: { "retry-after": "-5" } },
    ]);
    const target = subject(notification().url);
    notifier.send(target, notification());
    await eventually(() => enqueued.length === 1);
    expect(hook.requests).toHaveLength(2);
    expect(notifier.ended(target)).toMatchObject([{ state: "Delivered" }]);
  });

  it.each(["https://hooks.example.com:99999/", "https://[::1/", "https://exa%00mple/", "https://a:b:c/"])(
    "says at once that %s, which the API server's pattern lets pass, is no URL",
    async (url) => {
      const { notifier, enqueued } = await startNotifier([], { waitsMs: [60_000] });
      const target = subject(url);
      notifier.send(target, { url, event: "Completed", state: "Pending" });
      await eventually(() => enqueued.length === 1);
      expect(notifier.ended(target)).toMatchObject([
        { state: "Failed", message: `not sent: ${url} is not a valid URL` },
      ]);
    },
  );

  const raw = async (answer: string, { end = true } = {}) => {
    let lookups = 0;
    const server = createServer((socket) => {
      socket
        .on("error", () => {})
        .once("data", () => {
          lookups++;
          if (end) socket.end(answer);
          else socket.write(answer);
        });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closing.push(async () => void server.close());
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { url: `http://${host}/`, host, connections: () => lookups };
  };

  it.each([
    ["HTTP/1.0 without a length", "HTTP/1.0 200 OK\r\n\r\nthanks"],
    ["a body that breaks off", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nthan"],
    ["rubbish behind its chunks", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nrubbish"],
    ["a broken chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\n"],
    ["a body of a megabyte", `HTTP/1.1 200 OK\r\n\r\n${"x".repeat(1 << 20)}`],
    ["nothing to say", "HTTP/1.1 204 No Content\r\n\r\n"],
    [
      "an early hint first",
      "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
    ],
  ])("delivers once to a receiver that takes it and answers with %s", async (_, answer) => {
    const receiver = await raw(answer);
    const { notifier, enqueued } = await startNotifier([], { hosts: [receiver.host] });
    const target = subject(receiver.url);
    notifier.send(target, { url: receiver.url, event: "Completed", state: "Pending" });
    await eventually(() => enqueued.length === 1);
    expect(notifier.ended(target)).toMatchObject([{ state: "Delivered" }]);
    expect(receiver.connections()).toBe(1);
  });

  it("waits for a body that never ends no longer than for an answer, and has delivered all the same", async () => {
    const receiver = await raw("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nslow", { end: false });
    const { notifier, enqueued } = await startNotifier([], { hosts: [receiver.host], timeoutMs: 500 });
    const target = subject(receiver.url);
    notifier.send(target, { url: receiver.url, event: "Completed", state: "Pending" });
    await eventually(() => enqueued.length === 1);
    expect(notifier.ended(target)).toMatchObject([{ state: "Delivered" }]);
    expect(receiver.connections()).toBe(1);
  });

  it("signs by the entry that has the event told, where several name the URL", async () => {
    const { notifier, hook, enqueued, notification } = await startNotifier([]);
    const { url } = notification();
    const target = workload({
      notify: [
        { url, events: ["Failed"] },
        { url, events: ["Completed"], secretRef: {} },
      ],
    });
    notifier.send(target, notification());
    await eventually(() => enqueued.length === 1);
    expect(hook.requests[0]?.headers["x-agentic-signature"]).toMatch(/^sha256=/);
  });

  it("sends nothing, for want of knowing the key, that the spec no longer has told", async () => {
    const { notifier, hook, enqueued, notification } = await startNotifier([]);
    const target = workload({ notify: [{ url: notification().url, events: ["Failed"], secretRef: {} }] });
    notifier.send(target, notification());
    await eventually(() => enqueued.length === 1);
    expect(hook.requests).toEqual([]);
    const message = "not sent: spec.notify no longer has Completed sent to this URL";
    expect(notifier.ended(target)).toMatchObject([{ state: "Failed", message }]);
  });

  it("sends nothing to a host that isn't allowed", async () => {
    const { notifier, hook, enqueued, notification } = await startNotifier([], { allowed: false });
    notifier.send(subject(notification().url), notification());
    await eventually(() => enqueued.length === 1);
    expect(hook.requests).toEqual([]);
  });

  it("sends nothing unsigned where a key is named and missing", async () => {
    const { notifier, hook, enqueued, notification } = await startNotifier([], { secret: { body: { data: {} } } });
    const target = subject(notification().url, {});
    notifier.send(target, notification());
    await eventually(() => enqueued.length === 1);
    expect(hook.requests).toEqual([]);
    expect(notifier.ended(target)).toMatchObject([{ message: "given up after 3 tries: Secret notify has no key key" }]);
  });

  it("sends nothing to a name that leads inside, and says so at once", async () => {
    const privateLookup = publicLookup(((_: string, __: object, done: (error: null, found: LookupAddress[]) => void) =>
      done(null, [{ address: "10.0.0.1", family: 4 }])) as unknown as typeof lookup);
    const { notifier, enqueued } = await startNotifier([], {
      allowed: false,
      lookup: privateLookup,
      waitsMs: [60_000],
    });
    const target = subject("https://hooks.example.com/");
    notifier.send(target, { url: "https://hooks.example.com/", event: "Completed", state: "Pending" });
    await eventually(() => enqueued.length === 1);
    expect(notifier.ended(target)).toMatchObject([
      { state: "Failed", message: "not sent: hooks.example.com resolves to 10.0.0.1, which is not a public address" },
    ]);
  });

  it.each([
    ["in seconds", () => "1"],
    ["as a date", () => new Date(Date.now() + 2_000).toUTCString()],
  ])("leaves a receiver alone for as long as it asks %s", async (_, retryAfter) => {
    const answers: Answer[] = [{ code: 429, headers: { "retry-after": retryAfter() } }, { code: 204 }];
    const { notifier, hook, enqueued, notification } = await startNotifier(answers);
    const startMs = Date.now();
    notifier.send(subject(notification().url), notification());
    await eventually(() => enqueued.length === 1);
    expect(Date.now() - startMs).toBeGreaterThan(900);
    expect(hook.requests).toHaveLength(2);
  });

  it("heeds no wish to be left alone for days, and none that is shorter than its own wait", () => {
    fc.assert(
      fc.property(fc.nat(600_000), fc.option(fc.nat(10 ** 9), { nil: undefined }), (usual, retryAfterMs) => {
        const wait = waitBetween(usual, new Transient("busy", retryAfterMs));
        expect(wait).toBeGreaterThanOrEqual(Math.max(usual * 0.75, Math.min(retryAfterMs ?? 0, 600_000)));
        expect(wait).toBeLessThanOrEqual(Math.max(usual * 1.25, 600_000));
        expect(waitBetween(usual, new Error("reset"))).toBeLessThanOrEqual(usual * 1.25);
      }),
    );
  });

  it("forgets how deliveries of a workload that is gone or was replaced ended", async () => {
    const { notifier, enqueued, notification } = await startNotifier([]);
    const target = subject(notification().url);
    notifier.send(target, notification());
    await eventually(() => enqueued.length === 1);
    notifier.prune("tenant-demo/prices", target.metadata.uid);
    expect(notifier.ended(target)).toHaveLength(1);
    notifier.prune("tenant-demo/prices", "another");
    expect(notifier.ended(target)).toEqual([]);
  });

  it("tells one tenant while another's receivers are dead", async () => {
    const dead = await fakeApi(() => undefined);
    closing.push(() => dead.close());
    const { notifier, hook, enqueued, notification } = await startNotifier([], { hosts: [new URL(dead.url).host] });
    const urls = Array.from({ length: 16 }, (_, i) => `${dead.url}/${i}`);
    const bad = workload({ notify: urls.map((url) => ({ url })) });
    for (const url of urls) notifier.send(bad, { url, event: "Completed", state: "Pending" });
    const other = subject(notification().url);
    other.metadata = { ...other.metadata, namespace: "tenant-other", uid: "other" };
    notifier.send(other, notification());
    await eventually(() => enqueued.length === 1 && dead.requests.length === 4);
    expect(enqueued).toEqual(["tenant-other/prices"]);
    expect(hook.requests).toHaveLength(1);
  });

  it.each<[string, Partial<Parameters<typeof pair>[0]> | undefined, string]>([
    ["signed by itself", {}, "self-signed certificate"],
    ["out of date", { notAfter: new Date(Date.now() - 1000) }, "it must be in date"],
    ["of another name", { dnsNames: ["other.example"] }, "for that name"],
    ["none, but plain HTTP", undefined, "doesn't speak TLS: say http://, or another port"],
  ])("says of a receiver whose certificate is %s that this is wrong, and where", async (_, certificate, words) => {
    const certificatePair = certificate && (await pair(certificate));
    const server = certificatePair
      ? createSecureServer({ cert: certificatePair.certificate, key: certificatePair.key })
      : createHttpServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closing.push(async () => void server.close());
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { notifier, enqueued } = await startNotifier([], { hosts: [host], waitsMs: [] });
    const url = `https://${host}/`;
    notifier.send(subject(url), { url, event: "Completed", state: "Pending" });
    await eventually(() => enqueued.length === 1);
    const [{ message = "" } = {}] = notifier.ended(subject(url));
    expect(message).toContain(host);
    expect(message).toContain(words);
  });

  it("holds no place for a delivery that waits for its next try", async () => {
    const down = Array.from({ length: 16 }, () => ({ code: 503 }));
    const { notifier, hook, enqueued, notification } = await startNotifier(down, { waitsMs: [60_000] });
    const many = workload({ notify: Array.from({ length: 17 }, (_, i) => ({ url: notification(`/${i}`).url })) });
    for (let i = 0; i < 17; i++) notifier.send(many, notification(`/${i}`));
    await eventually(() => enqueued.length === 1);
    expect(hook.requests).toHaveLength(17);
    expect(notifier.ended(many)).toMatchObject([{ state: "Delivered" }]);
  });
});
