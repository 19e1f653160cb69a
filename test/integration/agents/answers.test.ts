// Answers to the byte, as servers really send them: what browsers read is read, the rest is told by its true cause.
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { isTransient } from "../../../agents/core/errors.ts";
import { decodePage, fetchResource, PAGE_LIMITS } from "../../../agents/net/fetch.ts";
import { createGuard, type Guard } from "../../../agents/net/guard.ts";
import { PAGE_TYPES } from "../../../agents/net/mime.ts";
import { createVisitor } from "../../../agents/net/site.ts";

const page = "<!doctype html><p>Hello";
const packed = gzipSync(page).toString("latin1");
const html = "content-type: text/html";

const ok = (headers: string, body: string) => `HTTP/1.1 200 OK\r\n${headers}\r\nconnection: close\r\n\r\n${body}`;
const sized = (headers: string, body: string) => ok(`${html}\r\ncontent-length: ${body.length}\r\n${headers}`, body);
const rawResponse = (line: string, ...headers: string[]) =>
  `HTTP/1.1 ${[line, ...headers].join("\r\n")}\r\ncontent-length: 0\r\n\r\n`;
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;

/** Answers by path; a function sees the request's head. */
const answers: Record<string, string | ((head: string) => string)> = {
  "/page": sized("x: y", page),
  "/packed": sized("content-encoding: gzip", packed),
  "/hints": `HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${sized("x: y", page)}`,
  "/http-1.0": `HTTP/1.0 200 OK\r\n${html}\r\n\r\n${page}`,
  "/until-close": ok(html, page),
  "/chunked": ok(`${html}\r\ntransfer-encoding: chunked`, `${chunk(page)}0\r\n\r\n`),
  "/whole-part": `HTTP/1.1 206 Partial Content\r\n${html}\r\ncontent-range: bytes 0-22/23\r\ncontent-length: 23\r\n\r\n${page}`,
  "/stray-control": sized("x: y", `${page} \x01 environment, and so on, for a while yet. It goes on.`),

  "/too-short": ok(`${html}\r\ncontent-length: 2000`, page),
  "/no-last-chunk": ok(`${html}\r\ntransfer-encoding: chunked`, chunk(page)),
  "/packed-cut": sized("content-encoding: gzip", packed.slice(0, -12)),
  "/no-content": "HTTP/1.1 204 No Content\r\n\r\n",
  "/empty": sized("x: y", ""),
  "/packed-empty": sized("content-encoding: gzip", ""),
  "/part": `HTTP/1.1 206 Partial Content\r\n${html}\r\ncontent-range: bytes 0-22/99\r\ncontent-length: 23\r\n\r\n${page}`,
  "/not-packed": sized("content-encoding: gzip", page),
  "/compress": sized("content-encoding: compress", page),
  "/noise": sized("x: y", String.fromCharCode(...Array.from({ length: 500 }, (_, i) => (i * 37) % 256))),
  "/not-modified": "HTTP/1.1 304 Not Modified\r\n\r\n",
  "/choices": rawResponse("300 Multiple Choices"),

  "/circle": rawResponse("302 Found", "location: /circle"),
  "/places": rawResponse("302 Found", "location: /page", "location: /packed"),
  "/wants-cookie": (head) =>
    /^cookie: seen=1\r$/m.test(head)
      ? sized("x: y", page)
      : rawResponse("302 Found", "location: /wants-cookie", "set-cookie: seen=1; Path=/; HttpOnly"),
  "/refresh": sized("refresh: 0; url=/page", "moved"),
  "/meta-refresh": sized("x: y", '<meta http-equiv=Refresh content="1; URL=&#39;page&#39;"><p>moved'),
  "/refresh-private": sized("refresh: 0;url=http://169.254.169.254/", "moved"),
  "/refresh-circle": sized("refresh: 0;url=/refresh-back", "moved"),
  "/refresh-back": sized("refresh: 0;url=/refresh-circle", "moved"),
  "/later": sized("refresh: 60; url=/page", "read me first"),
  "/reload": sized("refresh: 0; url=/reload", "live"),
};

let server: Server;
let guard: Guard;
let origin = "";
let requestedPaths: string[] = [];
let robots: string | undefined;

beforeAll(async () => {
  server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (data) => {
      const head = data.toString("latin1");
      const path = head.split(" ")[1] ?? "";
      requestedPaths.push(path);
      const answer = path === "/robots.txt" && robots !== undefined ? robots : answers[path];
      const text = typeof answer === "function" ? answer(head) : answer;
      socket.end(text ?? rawResponse("404 Not Found"), "latin1");
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  origin = `http://127.0.0.1:${port}`;
  guard = createGuard([`127.0.0.1:${port}`]);
});
afterAll(async () => {
  await guard.dispatcher.destroy();
  server.close();
});
beforeEach(() => {
  requestedPaths = [];
  robots = undefined;
});

const get = (path: string) =>
  fetchResource(guard, origin + path, { ...PAGE_LIMITS, accept: "*/*", contentTypes: PAGE_TYPES });

describe("an answer", () => {
  test.each(["/page", "/packed", "/hints", "/http-1.0", "/until-close", "/chunked", "/whole-part", "/stray-control"])(
    "%s is a page",
    async (path) => expect(decodePage(await get(path))).toContain(page),
  );
  test.each([
    ["/too-short", "the connection was closed before the answer was complete"],
    ["/no-last-chunk", "the connection was closed before the answer was complete"],
    ["/packed-cut", 'content encoding "gzip": unexpected end of file'],
  ])("%s may come whole another time: %s", async (path, words) => {
    const error = await get(path).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ message: words });
    expect(isTransient(error)).toBe(true);
  });
  test.each([
    ["/no-content", "HTTP 204, but the answer is empty"],
    ["/empty", "HTTP 200, but the answer is empty"],
    ["/packed-empty", "HTTP 200, but the answer is empty"],
    ["/part", "HTTP 206 Partial Content, though the whole resource was requested"],
    ["/not-packed", 'content encoding "gzip": the contents are not gzip'],
    ["/compress", 'content encoding "compress" is not read: only gzip, deflate, br, zstd'],
    ["/noise", 'content type "text/html", but it looks like application/octet-stream'],
    ["/not-modified", "HTTP 304 Not Modified"],
    ["/choices", "HTTP 300 Multiple Choices"],
    ["/circle", "more than 5 redirects, in a circle"],
    ["/refresh-circle", "more than 5 redirects, in a circle"],
    ["/places", "redirected to several places at once"],
    ["/refresh-private", "169.254.169.254 is a loopback, link-local, metadata"],
  ])("%s is no page: %s", async (path, words) => {
    const error = await get(path).catch((reason: unknown) => reason);
    expect((error as Error).message).toContain(words);
    expect(isTransient(error)).toBe(false);
  });
});

describe("a page that sends its reader on", () => {
  test.each(["/wants-cookie", "/refresh", "/meta-refresh"])("%s is followed", async (path) => {
    const answer = await get(path);
    expect(decodePage(answer)).toBe(page);
    expect(answer.redirects).toEqual([origin + path]);
  });
  test.each([
    ["/later", "read me first"],
    ["/reload", "live"],
  ])("%s is read where it does so later, or to itself", async (path, text) => {
    expect(decodePage(await get(path))).toBe(text);
    expect(requestedPaths).toEqual([path]);
  });
});

describe("robots.txt", () => {
  const visit = (path: string) => createVisitor(guard, { pauseMs: 0 })(origin + path);

  test.each([
    ["of any length counts with its beginning", sized("x: y", `user-agent: *\ndisallow: /page\n${"#".repeat(4e6)}`)],
    ["counts behind redirects", rawResponse("301 Moved Permanently", "location: /rules")],
  ])("%s", async (_, answer) => {
    answers["/rules"] = sized("x: y", "user-agent: *\r\ndisallow: /page");
    robots = answer;
    await expect(visit("/page")).rejects.toThrow(/robots.txt of .* disallows it/);
  });
  test.each([
    ["is forbidden", rawResponse("403 Forbidden")],
    ["leads in a circle", rawResponse("302 Found", "location: /robots.txt")],
    ["leads nowhere", rawResponse("302 Found")],
    ["is empty", sized("x: y", "")],
  ])("that %s has no rules", async (_, answer) => {
    robots = answer;
    expect(decodePage(await visit("/page"))).toBe(page);
  });
  test.each([
    ["is not implemented", rawResponse("501 Not Implemented"), "HTTP 501 Not Implemented"],
    ["can't be unpacked", sized("content-encoding: gzip", "x"), "the contents are not gzip"],
    ["is no HTTP", "user-agent: *", "Response does not match the HTTP/1.1 protocol"],
  ])("that %s keeps agents away", async (_, answer, words) => {
    robots = answer;
    const error = await visit("/page").catch((reason: unknown) => reason);
    expect((error as Error).message).toContain("is read: robots.txt: ");
    expect((error as Error).message).toContain(words);
    expect(requestedPaths).not.toContain("/page");
  });
  test("may be read itself", async () => {
    robots = sized("x: y", "User-agent: *\nDisallow: /");
    expect(decodePage(await visit("/robots.txt"))).toContain("Disallow: /");
  });
});
