// Headers that servers really send, read as browsers read them.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { decodePage, fetchResource, PAGE_LIMITS } from "../../../agents/net/fetch.ts";
import { createGuard, type Guard } from "../../../agents/net/guard.ts";
import { PAGE_TYPES } from "../../../agents/net/mime.ts";
import { createVisitor } from "../../../agents/net/site.ts";
import { listen, type Running } from "./services.ts";

let site: Running & { port: number };
let guard: Guard;
let requests: { path: string; at: number }[] = [];

/** A text as the bytes of a header. */
const raw = (text: string) => Buffer.from(text).toString("latin1");

const answers: Record<string, { status?: number; headers?: [string, string][]; body?: string | Buffer }> = {
  "/twice": {
    headers: [
      ["content-type", "text/html"],
      ["content-type", "text/html; charset=utf-8"],
    ],
    body: "<p>é",
  },
  "/no-type": { body: "<!doctype html><p>é" },
  "/no-type-pdf": { body: "%PDF-1.7" },
  "/pdf-as-html": { headers: [["content-type", "text/html"]], body: "%PDF-1.7" },
  "/pdf": { headers: [["content-type", "application/pdf"]], body: "%PDF-1.7" },
  "/text": { headers: [["content-type", "text/plain"]], body: "plain" },
  "/binary": { headers: [["content-type", "text/plain"]], body: "a\0b" },
  "/utf-16": { headers: [["content-type", "text/html; charset=utf-16le"]], body: Buffer.from("<p>é", "utf16le") },
  "/json": { headers: [["content-type", "application/ld+json"]], body: '{"é":1}' },
  "/utf-8": { status: 302, headers: [["location", raw("/café/안녕?q=ü")]] },
  "/caf%C3%A9/%EC%95%88%EB%85%95?q=%C3%BC": { headers: [["content-type", "text/html"]], body: "arrived" },
  "/latin": { status: 302, headers: [["location", "/caf\xE9"]] },
  "/caf%E9": { headers: [["content-type", "text/html"]], body: "arrived" },
  "/two": {
    status: 302,
    headers: [
      ["location", "/text"],
      ["location", "/text"],
    ],
  },
  "/empty": { status: 302, headers: [["location", ""]] },
  "/none": { status: 302 },
  "/long": { status: 503, headers: [["retry-after", "3600"]] },
};

beforeAll(async () => {
  let busyUntil = 0;
  site = await listen((request, response) => {
    const path = request.url ?? "";
    requests.push({ path, at: performance.now() });
    if (path === "/busy") {
      busyUntil ||= Date.now() + 1_500;
      // A clock that is a day behind: what counts is the time between the two.
      const serverDate = (ms: number) => new Date(ms - 86_400_000).toUTCString();
      if (Date.now() < busyUntil)
        return response.writeHead(429, { date: serverDate(Date.now()), "retry-after": serverDate(busyUntil) }).end();
      return response.writeHead(200, { "content-type": "text/html" }).end("up");
    }
    const { status = 200, headers = [], body } = answers[path] ?? { status: 404 };
    return response.writeHead(status, headers.flat()).end(body);
  });
  guard = createGuard([`127.0.0.1:${site.port}`]);
});
afterAll(async () => {
  await guard.dispatcher.destroy();
  await site.stop();
});
beforeEach(() => {
  requests = [];
});

const get = (path: string) =>
  fetchResource(guard, `${site.url}${path}`, { ...PAGE_LIMITS, accept: "*/*", contentTypes: PAGE_TYPES });

describe("the content type", () => {
  test.each([
    ["/twice", "text/html", "<p>é"],
    ["/no-type", "text/html", "<!doctype html><p>é"],
    ["/text", "text/plain", "plain"],
    ["/utf-16", "text/html", "<p>é"],
    ["/json", "application/ld+json", '{"é":1}'],
  ])("%s is %s", async (path, type, text) => {
    const page = await get(path);
    expect([page.mediaType, decodePage(page)]).toEqual([type, text]);
  });
  test.each([
    ["/pdf", 'content type "application/pdf" is not read: only text/html'],
    ["/no-type-pdf", "no content type, but it looks like application/pdf, which is not read"],
    ["/pdf-as-html", 'content type "text/html", but it looks like application/pdf'],
    ["/binary", 'content type "text/plain", but it looks like application/octet-stream'],
  ])("%s is refused by name", async (path, words) => await expect(get(path)).rejects.toThrow(words));
});

describe("the address of a redirect", () => {
  test.each([
    ["/utf-8", "/caf%C3%A9/%EC%95%88%EB%85%95?q=%C3%BC"],
    ["/latin", "/caf%E9"],
    ["/two", "/text"],
  ])("%s leads to %s", async (path, end) => {
    expect((await get(path)).url).toBe(site.url + end);
    expect(requests.map((request) => request.path)).toEqual([path, end]);
  });
  test.each(["/empty", "/none"])("%s leads nowhere, and says so", async (path) => {
    await expect(get(path)).rejects.toThrow("HTTP 302 Found without a Location header");
    expect(requests).toHaveLength(1);
  });
});

describe("Retry-After", () => {
  const visit = (path: string) => createVisitor(guard, { pauseMs: 0 })(`${site.url}${path}`);
  test("as a date is waited for, by the server's clock", async () => {
    expect(decodePage(await visit("/busy"))).toBe("up");
    const times = requests.filter(({ path }) => path === "/busy").map(({ at }) => at);
    expect(times).toHaveLength(2);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(1_400);
  });
  test("of an hour is not waited for, and said", async () => {
    await expect(visit("/long")).rejects.toThrow("HTTP 503 Service Unavailable, asks to wait 3600 s");
    expect(requests.filter(({ path }) => path === "/long")).toHaveLength(1);
  });
});
