// Fetching from a site that behaves badly in every way there is a limit for.
import type { IncomingMessage, ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { isTransient } from "../../../agents/core/errors.ts";
import { decodePage, fetchResource, PAGE_LIMITS } from "../../../agents/net/fetch.ts";
import { createGuard, type Guard } from "../../../agents/net/guard.ts";
import { createVisitor } from "../../../agents/net/site.ts";
import { listen, type Running } from "./services.ts";

let site: Running & { port: number };
let other: Running & { port: number };
let guard: Guard;
let requests: { path: string; at: number; userAgent: string }[] = [];
let robots: { status: number; body: string };
let failures = 0;

const html = { "content-type": "text/html" };

const pages: Record<string, (request: IncomingMessage, response: ServerResponse) => unknown> = {
  "/robots.txt": (_, response) => response.writeHead(robots.status, { "content-type": "text/plain" }).end(robots.body),
  "/ok": (_, response) => response.writeHead(200, html).end("<p>ok"),
  "/latin": (_, response) =>
    response
      .writeHead(200, { "content-type": 'text/html; charset="ISO-8859-1"' })
      .end(Buffer.from("caf\xe9", "latin1")),
  "/meta": (_, response) =>
    response.writeHead(200, html).end(Buffer.from('<meta charset="windows-1252">\x80', "latin1")),
  "/strange": (_, response) =>
    response.writeHead(200, { "content-type": "text/html; charset=x-nonsense" }).end("plain"),
  "/hop": (_, response) => response.writeHead(302, { location: "/ok" }).end(),
  "/loop": (_, response) => response.writeHead(307, { location: "/loop" }).end(),
  "/nowhere": (_, response) => response.writeHead(302, { location: "http://" }).end(),
  "/to-metadata": (_, response) =>
    response.writeHead(302, { location: "http://169.254.169.254/latest/meta-data/" }).end(),
  "/to-other": (_, response) => response.writeHead(302, { location: `${other.url}/ok` }).end(),
  "/to-file": (_, response) => response.writeHead(302, { location: "file:///etc/passwd" }).end(),
  "/to-private": (_, response) => response.writeHead(302, { location: "/private/x" }).end(),
  "/pdf": (_, response) => response.writeHead(200, { "content-type": "application/pdf" }).end("%PDF"),
  "/declared": (_, response) => response.writeHead(200, { ...html, "content-length": 10_000_000 }).write("x"),
  "/huge": (_, response) => {
    response.writeHead(200, html);
    const more = () => {
      while (!response.destroyed && response.write("x".repeat(65536)));
      if (!response.destroyed) response.once("drain", more);
    };
    more();
  },
  "/bomb": (_, response) =>
    response.writeHead(200, { ...html, "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(50 * 1024 * 1024))),
  "/slow": (_, response) => response.writeHead(200, html).write("<p>"),
  "/gone": (_, response) => response.writeHead(404).end(),
  "/flaky": (_, response) =>
    failures-- > 0 ? response.writeHead(503, { "retry-after": "0" }).end() : response.writeHead(200, html).end("up"),
  "/reset": (request) => request.socket.destroy(),
};

beforeAll(async () => {
  const handler = (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? "";
    requests.push({ path, at: performance.now(), userAgent: request.headers["user-agent"] ?? "" });
    const page = pages[path];
    if (page) page(request, response);
    else response.writeHead(200, html).end(path);
  };
  site = await listen(handler);
  other = await listen(handler);
  guard = createGuard([`127.0.0.1:${site.port}`]);
});
afterAll(async () => {
  await guard.dispatcher.destroy();
  await Promise.all([site.stop(), other.stop()]);
});
beforeEach(() => {
  requests = [];
  robots = { status: 404, body: "" };
});

const limits = {
  ...PAGE_LIMITS,
  maxBytes: 100_000,
  timeoutMs: 15_000,
  maxRedirects: 3,
  accept: "text/html",
  contentTypes: ["text/html"],
};
const get = (path: string, from: Guard = guard) => fetchResource(from, `${site.url}${path}`, limits);

describe("fetchResource", () => {
  test("gets a page and says who asks", async () => {
    expect(await get("/ok")).toMatchObject({
      status: 200,
      mediaType: "text/html",
      redirects: [],
      url: `${site.url}/ok`,
    });
    expect(requests[0]?.userAgent).toBe("AgenticPlatformBot/1.0");
  });
  test("follows redirects and remembers them", async () =>
    expect(await get("/hop")).toMatchObject({ url: `${site.url}/ok`, redirects: [`${site.url}/hop`] }));
  test.each([
    ["/loop", "more than 3 redirects"],
    ["/nowhere", "redirected to something that is not a valid URL"],
    ["/to-metadata", "169.254.169.254 is a loopback, link-local, metadata"],
    ["/to-other", "127.0.0.1 is a loopback"],
    ["/to-file", "file:// is refused"],
    ["/pdf", 'content type "application/pdf" is not read'],
    ["/declared", "larger than 98 KiB"],
    ["/huge", "larger than 98 KiB"],
    ["/bomb", "larger than 98 KiB"],
    ["/gone", "HTTP 404 Not Found"],
  ])("%s fails for good: %s", async (path, message) => {
    const error = await get(path).catch((reason: unknown) => reason);
    expect((error as Error).message).toContain(message);
    expect(isTransient(error)).toBe(false);
  });
  test.each([
    ["/slow", "no complete answer within 1 s"],
    ["/reset", ""],
  ])("%s fails for now: %s", async (path, message) => {
    const hasty = { ...limits, timeoutMs: 1_000 };
    const error = await fetchResource(guard, site.url + path, hasty).catch((reason: unknown) => reason);
    expect((error as Error).message).toContain(message);
    expect(isTransient(error)).toBe(true);
  });
  test("says that a name does not exist", async () => {
    const guardOfNone = createGuard([], () =>
      Promise.reject(Object.assign(new Error("x"), { code: "ENOTFOUND", hostname: "no.example" })),
    );
    await expect(fetchResource(guardOfNone, "http://no.example/", limits)).rejects.toThrow(
      "the name no.example does not exist",
    );
  });
  test("a name that changes its address after the check gains nothing: every connection checks its own", async () => {
    // First public, then loopback, as a rebinding name server answers; the connection goes where the check looked.
    const answers = [["127.0.0.1"], ["169.254.169.254"]];
    let requestCount = 0;
    const rebinding = createGuard([], async () => answers[requestCount++ % 2] ?? []);
    for (let i = 0; i < 2; i++)
      await expect(fetchResource(rebinding, `http://rebind.example:${site.port}/ok`, limits)).rejects.toThrow(
        /rebind.example .* is a loopback/,
      );
    expect(requestCount).toBe(2);
    expect(requests).toEqual([]);
  });
  test("connects to the address that was checked, not to what the name says later", async () => {
    // The name exists only in our resolver, so a second look-up by anybody else would fail.
    const pinned = createGuard([`127.0.0.1:${site.port}`], async () => ["127.0.0.1"]);
    await expect(fetchResource(pinned, `http://only-here.invalid:${site.port}/ok`, limits)).rejects.toThrow(/loopback/);
    expect(await get("/ok", pinned)).toMatchObject({ status: 200 });
  });
  test("decodes by the header's charset, else the page's, else as UTF-8", async () => {
    expect(decodePage(await get("/latin"))).toBe("café");
    expect(decodePage(await get("/meta"))).toContain("€");
    expect(decodePage(await get("/strange"))).toBe("plain");
  });
});

describe("visiting a site", () => {
  const visitor = (pauseMs = 0) => createVisitor(guard, { pauseMs, limits: { timeoutMs: 15_000 } });

  test("asks for robots.txt once, and first", async () => {
    const visit = visitor();
    await Promise.all([visit(`${site.url}/a`), visit(`${site.url}/b`)]);
    expect(requests.map(({ path }) => path)).toEqual(["/robots.txt", "/a", "/b"]);
  });
  test("keeps to robots.txt, after redirects, too", async () => {
    robots = { status: 200, body: "User-agent: *\nDisallow: /private/" };
    const visit = visitor();
    await expect(visit(`${site.url}/private/x`)).rejects.toThrow(/robots.txt of .* disallows it/);
    await expect(visit(`${site.url}/to-private`)).rejects.toThrow(/disallows it/);
    expect(requests.map(({ path }) => path)).toEqual(["/robots.txt", "/to-private"]);
  });
  test("a server that can't give its robots.txt is left alone, for now", async () => {
    robots = { status: 500, body: "" };
    const visiting = visitor()(`${site.url}/a`);
    await expect(visiting).rejects.toThrow(/nothing of http\S+ is read for now: .*HTTP 500/);
    await expect(visiting).rejects.toSatisfy(isTransient);
    expect(requests.every(({ path }) => path === "/robots.txt")).toBe(true);
  }, 30_000);
  test("pauses between the pages of a host, for as long as it asks", async () => {
    robots = { status: 200, body: "User-agent: *\nCrawl-delay: 0.3" };
    const visit = visitor(10);
    await Promise.all([visit(`${site.url}/a`), visit(`${site.url}/b`), visit(`${site.url}/c`)]);
    const times = requests.slice(1).map(({ at }) => at);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(290);
    expect((times[2] ?? 0) - (times[1] ?? 0)).toBeGreaterThan(290);
  });
  test("pauses as often longer as there are others that fetch from the same hosts", async () => {
    robots = { status: 200, body: "User-agent: *\nCrawl-delay: 0.1" };
    const visit = createVisitor(guard, { pauseMs: 10, sharers: 4 });
    await Promise.all([visit(`${site.url}/a`), visit(`${site.url}/b`)]);
    const times = requests.slice(1).map(({ at }) => at);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(390);
  });
  test("tries again when the site is in trouble, and only then", async () => {
    failures = 2;
    expect(decodePage(await visitor()(`${site.url}/flaky`))).toBe("up");
    expect(requests.filter(({ path }) => path === "/flaky")).toHaveLength(3);
    await expect(visitor()(`${site.url}/gone`)).rejects.toThrow("HTTP 404");
    expect(requests.filter(({ path }) => path === "/gone")).toHaveLength(1);
  }, 30_000);
  test("asked to go, it ends the page that it is at and begins no other", async () => {
    const interrupt = new AbortController();
    const visit = createVisitor(guard, { signal: interrupt.signal, pauseMs: 100 });
    const pages = [visit(`${site.url}/a`), visit(`${site.url}/b`)];
    for (const page of pages) page.catch(() => {});
    await expect(pages[0]).resolves.toMatchObject({ status: 200 });
    interrupt.abort();
    await expect(pages[1]).rejects.toThrow("interrupted");
    expect(requests.map(({ path }) => path)).toEqual(["/robots.txt", "/a"]);
  });
});
