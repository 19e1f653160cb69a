// Somebody with a tenant's token for the browser service who would reach what is not its own, at the front before a real Chromium.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect as openSocket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { createFront } from "../../components/data/browserless/front/front.ts";
import { browserFlags } from "../../components/data/browserless/launch.ts";
import { type Cdp, connect, iceCandidates, openPage, valueIn } from "../cdp.ts";
import { startBrowsers } from "../integration/agents/services.ts";
import { refusal } from "./platform.ts";

let service: Awaited<ReturnType<typeof startBrowsers>>;
let victim: Cdp;
let page: { targetId: string; sessionId: string };

const tokens = [
  { tenant: "demo", token: "token-of-demo" },
  { tenant: "demo", token: "next-token-of-demo" },
  { tenant: "acme", token: "token-of-acme" },
];
const as = (token: string, path = "/", more = "") => `${service.url}${path}?token=${token}${more}`;

beforeAll(async () => {
  service = await startBrowsers(tokens, { concurrency: 4, tenantConcurrency: 2, queue: 1 }, { flags: browserFlags });
  victim = await connect(as("token-of-acme"));
  page = await openPage(victim);
});

afterAll(async () => {
  victim.close();
  await service.stop();
});

/** What comes of a call in the victim's page: that it goes on. */
const goesOn = () => valueIn(victim, page.sessionId, "20 + 3");

test("a tenant's page is drawn, with either of its tokens", async () => {
  for (const token of ["token-of-demo", "next-token-of-demo"]) {
    using cdp = await connect(as(token));
    const { sessionId } = await openPage(cdp);
    const { data } = await cdp.send<{ data: string }>("Page.captureScreenshot", { format: "png" }, sessionId);
    expect(Buffer.from(data, "base64").subarray(1, 4).toString()).toBe("PNG");
  }
});

test.each(["", "token-of-nobody", "token-of-dem", "token-of-demo%00"])("the token '%s' is nobody's", async (token) => {
  expect(await refusal(connect(as(token)))).toBe("401 the parameter token is not a tenant's token");
});

test("who is refused keeps no connection, although it doesn't end its side", async () => {
  const { port } = new URL(service.url);
  const socket = openSocket({ port: Number(port), host: "127.0.0.1", allowHalfOpen: true });
  const closed = new Promise((resolve) => socket.once("error", () => {}).once("close", resolve));
  socket.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  const [answer] = await once(socket, "data");
  expect(answer.toString()).toContain("401 Unauthorized");
  const writing = setInterval(() => socket.write("x"), 20);
  await closed;
  clearInterval(writing);
});

describe("what others have open", () => {
  const offered = "404 a WebSocket to / gives one browser; nothing else is served here";

  test.each(["/json/list", "/json/version", "/sessions", "/active", "/config", "/kill/all", "/function", "/content"])(
    "is not told or ended by %s",
    async (path) => {
      for (const method of ["GET", "POST", "PUT"]) {
        const response = await fetch(as("token-of-demo", path).replace("ws:", "http:"), { method });
        expect(`${response.status} ${(await response.text()).trim()}`).toBe(offered);
      }
      expect(await goesOn()).toBe(23);
    },
  );

  test.each(["/devtools/browser/x", "/chromium", "/playwright/chromium", "/function/connect/x", "//", "/%2e/json"])(
    "is not entered by %s",
    async (path) => expect(await refusal(connect(as("token-of-demo", path)))).toBe(offered),
  );

  test("is not entered by its own address", async () => {
    expect(await refusal(connect(as("token-of-demo", `/devtools/page/${page.targetId}`)))).toBe(offered);
    expect(await goesOn()).toBe(23);
  });
});

test.each([
  ["launch", '{"args":["--disable-web-security"]}'],
  ["--proxy-server", "http://attacker.test"],
  ["--user-data-dir", "/tmp"],
  ["timeout", "9999999"],
  ["trackingId", "all"],
  ["blockAds", "true"],
])("a browser isn't started with %s of the tenant's", async (name, value) => {
  expect(await refusal(connect(as("token-of-demo", "/", `&${name}=${encodeURIComponent(value)}`)))).toBe(
    `400 the parameter ${name} is not allowed: the platform decides how browsers are started`,
  );
});

test("files of the container are read by no call, and the connection goes on", async () => {
  using cdp = await connect(as("token-of-demo"));
  const { sessionId } = await openPage(cdp);
  const files = { files: ["/etc/passwd"] };
  const url = "file:///etc/passwd";
  expect(await refusal(cdp.send("Page.navigate", { url }, sessionId))).toContain("url must begin with http");
  expect(await refusal(cdp.send("Target.createTarget", { url }))).toContain("url must be about:blank");
  expect(await refusal(cdp.send("DOM.setFileInputFiles", files, sessionId))).toContain("not among the calls");
  expect((await cdp.raw('{"id":99,"method":"Runtime.enable","method":"Target.getTargets"}')).error?.message).toContain(
    "Target.getTargets is not among the calls",
  );
  const { frameTree } = await cdp.send<{ frameTree: { frame: { id: string } } }>("Page.getFrameTree", {}, sessionId);
  const world = await cdp.send<{ executionContextId: number }>(
    "Page.createIsolatedWorld",
    { frameId: frameTree.frame.id, grantUniveralAccess: true },
    sessionId,
  );
  const read = async (contextId?: number) =>
    await cdp.send(
      "Runtime.evaluate",
      { expression: `fetch("${url}").then(() => "read", () => "refused")`, awaitPromise: true, contextId },
      sessionId,
    );
  for (const contextId of [undefined, world.executionContextId])
    expect(await read(contextId)).toMatchObject({ result: { value: "refused" } });
});

test("what isn't the protocol is refused, and ends nobody's connection", async () => {
  using cdp = await connect(as("token-of-demo"));
  const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
  const wrong = "id must be a whole number, method a text, sessionId a text or absent";
  for (const text of [`{"id":${deep},"method":"Browser.getVersion"}`, '{"id":"x","method":{"toString":1}}'])
    expect((await cdp.raw(text)).error?.message).toBe(`not allowed by the platform: ${wrong}`);
  await expect(cdp.send("Browser.getVersion")).resolves.toBeDefined();
  expect(await goesOn()).toBe(23);
});

const notOpened = "the session is not with a page that this connection has opened";

test("a page of another connection takes no calls, even where both have one browser", async () => {
  using cdp = await connect(as("token-of-demo"));
  const attach = { targetId: page.targetId, flatten: true };
  const { sessionId } = await cdp.send<{ sessionId: string }>("Target.attachToTarget", attach);
  for (const [method, params] of Object.entries({
    "Runtime.evaluate": { expression: "1" },
    "Page.navigate": { url: "http://attacker.test/" },
    "Page.captureScreenshot": {},
    "DOMSnapshot.captureSnapshot": { computedStyles: [] },
  }))
    expect(await refusal(cdp.send(method, params, sessionId))).toBe(
      `not allowed by the platform: ${method}: ${notOpened}`,
    );
  expect(await goesOn()).toBe(23);
});

test("nothing is stored on the disk that all browsers share: a page is in a context of the connection's, which is in memory", async () => {
  using cdp = await connect(as("token-of-demo"));
  const wrong = "browserContextId must be that of a context which this connection has made";
  const { targetInfo } = await cdp.send<{ targetInfo: { browserContextId: string } }>("Target.getTargetInfo", page);
  for (const browserContextId of [undefined, targetInfo.browserContextId])
    expect(await refusal(cdp.send("Target.createTarget", { url: "about:blank", browserContextId }))).toContain(wrong);
  expect(await valueIn(cdp, (await openPage(cdp)).sessionId, "20 + 3")).toBe(23);
});

test("the browser's own pages, which have rights over all of it, take no calls, however their session came about", async () => {
  using browser = await connect(service.browserUrl);
  const { targetId } = await browser.send<{ targetId: string }>("Target.createTarget", { url: "chrome://version" });
  using cdp = await connect(as("token-of-demo"));
  await expect
    .poll(
      async () =>
        (await browser.send<{ targetInfo: { url: string } }>("Target.getTargetInfo", { targetId })).targetInfo.url,
    )
    .toBe("chrome://version/");
  const attach = { targetId, flatten: true };
  const { sessionId } = await cdp.send<{ sessionId: string }>("Target.attachToTarget", attach);
  expect(await refusal(cdp.send("Runtime.evaluate", { expression: "chrome.send" }, sessionId))).toBe(
    `not allowed by the platform: Runtime.evaluate: ${notOpened}`,
  );
  await browser.send("Target.closeTarget", { targetId });
  expect(await valueIn(cdp, (await openPage(cdp)).sessionId, "20 + 3")).toBe(23);
});

test("a browser reaches nothing, by address, by name, by a proxy of the tenant's or by WebRTC; what a step gives it is drawn", async () => {
  const reached: string[] = [];
  const server = createServer((request, response) => {
    reached.push(request.url ?? "");
    response.end();
  });
  const datagrams = createSocket("udp4");
  datagrams.on("message", () => reached.push("a datagram"));
  datagrams.bind(0, "127.0.0.1");
  await Promise.all([once(server.listen(0, "127.0.0.1"), "listening"), once(datagrams, "listening")]);
  const { port } = server.address() as AddressInfo;
  using cdp = await connect(as("token-of-demo"));
  const { sessionId } = await openPage(cdp);
  for (const host of ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"])
    expect(await cdp.send("Page.navigate", { url: `http://${host}:${port}/` }, sessionId)).toMatchObject({
      errorText: "net::ERR_NAME_NOT_RESOLVED",
    });
  const proxied = await openPage(cdp, { proxyServer: `http://127.0.0.1:${port}` });
  expect(await cdp.send("Page.navigate", { url: "http://shop.test/" }, proxied.sessionId)).toMatchObject({
    errorText: "net::ERR_PROXY_CONNECTION_FAILED",
  });
  expect(await valueIn(cdp, sessionId, iceCandidates(`stun:127.0.0.1:${datagrams.address().port}`))).toEqual([]);
  expect(reached).toEqual([]);
  server.close();
  datagrams.close();
  await cdp.send("Fetch.enable", {}, sessionId);
  const navigated = cdp.send("Page.navigate", { url: "https://shop.test/" }, sessionId);
  const { requestId } = await cdp.event<{ requestId: string }>("Fetch.requestPaused");
  const body = Buffer.from("<title>Given</title>").toString("base64");
  await cdp.send("Fetch.fulfillRequest", { requestId, responseCode: 200, body }, sessionId);
  await navigated;
  await expect.poll(() => valueIn(cdp, sessionId, "document.title")).toBe("Given");
});

test("a tenant with its share waits for more and is turned away after that, while another one is served", async () => {
  const first = await connect(as("token-of-demo"));
  using _second = await connect(as("token-of-demo"));
  // Who leaves while it waits is not waited for.
  const socket = new WebSocket(as("token-of-demo")).on("error", () => {});
  await expect
    .poll(async () => await refusal(connect(as("token-of-demo"))))
    .toContain("429 demo has 2 browsers and 1 requests that wait");
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.terminate();
  await closed;
  const third = connect(as("next-token-of-demo"));
  await expect
    .poll(async () => await refusal(connect(as("token-of-demo"))))
    .toBe("429 demo has 2 browsers and 1 requests that wait: its share. Try again later");
  using other = await connect(as("token-of-acme"));
  await expect(other.send("Browser.getVersion")).resolves.toBeDefined();
  first.close();
  using late = await third;
  await expect(late.send("Browser.getVersion")).resolves.toBeDefined();
});

test("where no browser can be started, the answer says so", async () => {
  const limits = { concurrency: 1, tenantConcurrency: 1, queue: 1 };
  const { server: front } = createFront({ ...limits, tokens, browserUrl: "ws://127.0.0.1:9/", ws: await import("ws") });
  await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
  const address = front.address();
  const url = `ws://127.0.0.1:${typeof address === "object" ? address?.port : ""}/?token=token-of-demo`;
  for (const _ of [1, 2])
    expect(await refusal(connect(url))).toMatch(/^503 no browser could be started: .*ECONNREFUSED/);
  front.close();
});
