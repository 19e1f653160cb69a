// What the browser may load for a page, and what it may not.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { listen, type Running } from "./services.ts";
import { type StepEnvironment, type StepRun, startStepEnvironment } from "./step-environment.ts";

let environment: StepEnvironment;
let site: Running & { port: number };
let secret: Awaited<ReturnType<typeof listen>>;
let requests: string[] = [];
let leaked: string[] = [];
const datagrams = createSocket("udp4");
datagrams.on("message", (message) => leaked.push(`${message.length} bytes by UDP`));

/** A page whose height is its answer: each resource that loads makes it 1000 pixels taller. */
const probing = (sources: string[]) => `<!doctype html><body style="margin:0;background:#fff">
<div style="height:900px"></div>
${sources.map((source) => `<img src="${source}" style="display:block" onload="this.style.height='1000px'" onerror="this.remove()">`).join("\n")}`;

const pixel = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>';

/** Asks a STUN server for its address, from the page itself, from an empty frame, and from one with a document. */
const peers = (port: number) => {
  const ask = (subject: string) => `{
    const peer = new ${subject}.RTCPeerConnection({ iceServers: [{ urls: "stun:127.0.0.1:${port}" }] });
    peer.createDataChannel("x"); peer.createOffer().then((offer) => peer.setLocalDescription(offer));
  }`;
  return `${probing([])}<iframe id="empty"></iframe><iframe srcdoc='<script>${ask("window")}</script>'></iframe>
    <script>${ask('document.getElementById("empty").contentWindow')}</script><script>${ask("window")}</script>
    <link rel="stylesheet" href="/slow.css">`;
};

beforeAll(async () => {
  datagrams.bind(0, "127.0.0.1");
  await once(datagrams, "listening");
  environment = await startStepEnvironment();
  secret = await listen((request, response) => {
    leaked.push(request.url ?? "");
    response.writeHead(200, { "content-type": "image/svg+xml" }).end(pixel);
  });
  const pages: Record<string, string> = {
    "/good": probing([
      "/pixel.svg",
      "data:image/svg+xml;utf8,<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>",
    ]),
    "/evil": probing([
      `${secret.url}/direct`,
      "/redirect",
      `http://localhost:${secret.port}/by-name`,
      "http://169.254.169.254/latest/meta-data",
      "file:///etc/hostname",
    ]),
    "/script": `${probing([])}<script>
      fetch("${secret.url}/fetch").catch(() => {});
      fetch("/post", {method: "POST"}).catch(() => {});
      new WebSocket("ws://127.0.0.1:${secret.port}/socket");
      setTimeout(() => { location.href = "/elsewhere" }, 10);
    </script><iframe src="${secret.url}/frame"></iframe>`,
    "/webrtc": peers(datagrams.address().port),
    "/unasked": `${probing([])}<script type="speculationrules">${JSON.stringify({
      prefetch: [{ source: "list", urls: [`${secret.url}/speculated`], eagerness: "immediate" }],
    })}</script><script>
      const run = (Kind, text) => new Kind(URL.createObjectURL(new Blob([text])));
      const socket = (path) => 'new WebSocket("ws://127.0.0.1:${secret.port}/' + path + '")';
      run(Worker, socket("worker")); run(SharedWorker, socket("shared-worker") + ';fetch("${secret.url}/shared-worker")');
      for (const rel of ["prefetch", "preconnect", "dns-prefetch", "prerender", "modulepreload"])
        document.head.append(Object.assign(document.createElement("link"), { rel, href: "${secret.url}/" + rel }));
    </script><link rel="stylesheet" href="/slow.css">`,
    "/tall": '<body style="margin:0"><div style="height:40000px;background:linear-gradient(red,blue)"></div>',
  };
  secret.server.on("upgrade", (request, socket) => {
    leaked.push(request.url ?? "");
    socket.end();
  });
  site = await listen((request, response) => {
    const path = request.url ?? "";
    requests.push(`${request.method} ${path}`);
    if (path === "/redirect") return response.writeHead(302, { location: `${secret.url}/redirected` }).end();
    // Holds the page up, so that what its scripts ask for has the time to arrive.
    if (path === "/slow.css")
      return setTimeout(() => response.writeHead(200, { "content-type": "text/css" }).end(), 1500);
    if (path.endsWith(".svg")) return response.writeHead(200, { "content-type": "image/svg+xml" }).end(pixel);
    const page = pages[path];
    return page ? response.writeHead(200, { "content-type": "text/html" }).end(page) : response.writeHead(404).end();
  });
});
afterAll(async () => {
  datagrams.close();
  await Promise.all([environment[Symbol.asyncDispose](), site.stop(), secret.stop()]);
});

async function shoot(name: string): Promise<{ width?: number; height?: number }> {
  requests = [];
  leaked = [];
  const env = environment.env(name, {
    TARGET_URLS: JSON.stringify([`${site.url}/${name}`]),
    ALLOWED_HOSTS: `127.0.0.1:${site.port}`,
    PAGE_SCRIPTS: "true",
  });
  for (const step of ["scrape", "screenshot"] as const) {
    const run = await environment.run(step, env);
    if (run.code !== 0) throw new Error(run.output);
  }
  const png = environment.store.objects.get(`artifacts/job_${name}/screenshots/0.png`);
  return png ? { width: png.readUInt32BE(16), height: png.readUInt32BE(20) } : {};
}

/** Runs the step until it says something, then asks it to go. */
async function stopAfter(env: Record<string, string>, words: string): Promise<StepRun> {
  const { child, exit, output } = environment.start("screenshot", env);
  while (!output().includes(words) && child.exitCode === null) await sleep(50);
  child.kill("SIGTERM");
  expect(output()).toContain(words);
  return await exit;
}

test("pictures of the page's own site and inline ones are drawn, and the page is not fetched again", async () => {
  expect(await shoot("good")).toEqual({ width: 1280, height: 2900 });
  expect(requests).toEqual(["GET /robots.txt", "GET /good", "GET /pixel.svg"]);
});

test("nothing of a page reaches an address that the guard refuses, directly, by name or by redirect", async () => {
  expect(await shoot("evil")).toEqual({ width: 1280, height: 900 });
  expect(leaked).toEqual([]);
});

test("scripts can't send anything, open sockets, load frames from elsewhere or lead the page away", async () => {
  expect(await shoot("script")).toMatchObject({ width: 1280 });
  expect(leaked).toEqual([]);
  expect(requests).toEqual(["GET /robots.txt", "GET /script"]);
});

test("WebRTC, which asks no proxy, can't send anything, from frames either", async () => {
  expect(await shoot("webrtc")).toMatchObject({ width: 1280 });
  expect(leaked).toEqual([]);
});

test("what the browser sends without a request, such as speculation rules and sockets of workers, gets nowhere", async () => {
  expect(await shoot("unasked")).toMatchObject({ width: 1280 });
  expect(leaked).toEqual([]);
});

test("a page without end is cut", async () => expect(await shoot("tall")).toEqual({ width: 1280, height: 15_000 }));

test("a browser service that is not there is worth another try, without the token in the log", async () => {
  const stoppedServer = await listen(() => {});
  await stoppedServer.stop();
  const env = environment.env("good", {
    RUN_ID: "good-2",
    BROWSERLESS_URL: `ws://127.0.0.1:${stoppedServer.port}`,
    TARGET_URLS: JSON.stringify([`${site.url}/good`]),
    ALLOWED_HOSTS: `127.0.0.1:${site.port}`,
  });
  expect((await environment.run("scrape", env)).code).toBe(0);
  const run = await stopAfter(
    env,
    `can't connect to the browser service ws://127.0.0.1:${stoppedServer.port}: ECONNREFUSED`,
  );
  expect(run.code).toBe(75);
  expect(run.output).not.toContain("browser-token");
});

test("a browser service that refuses the token is not asked again, and a busy one is", async () => {
  let status = 401;
  const service = await listen((_, response) => response.writeHead(status).end("no"));
  service.server.on("upgrade", (_, socket) => socket.end(`HTTP/1.1 ${status} No\r\n\r\ntest has 2 browsers\n`));
  const env = environment.env("good", {
    RUN_ID: "good-3",
    BROWSERLESS_URL: `ws://127.0.0.1:${service.port}`,
    TARGET_URLS: JSON.stringify([`${site.url}/good`]),
    ALLOWED_HOSTS: `127.0.0.1:${site.port}`,
  });
  expect((await environment.run("scrape", env)).code).toBe(0);
  const run = await environment.run("screenshot", env);
  expect(run.code).toBe(75);
  expect(run.log.at(-1)?.error).toMatch(/refused the token: check the Secret "browserless"/);
  status = 429;
  expect((await stopAfter(env, "it is busy (429): test has 2 browsers")).code).toBe(75);
  await service.stop();
});

test("a page whose browser is ended for its memory has no picture, and the step goes on and says why", async () => {
  const reason = "the browser was ended: its pages took more than 597 MiB of memory";
  const { BROWSERLESS_URL = "" } = environment.env("greedy");
  const service = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  let ended = 0;
  service.on("connection", (client, request) => {
    const browser = new WebSocket(new URL(request.url ?? "", BROWSERLESS_URL));
    const opened = once(browser, "open");
    browser.on("message", (data, isBinary) => client.send(data, { binary: isBinary }));
    client.on("close", () => browser.terminate());
    client.on("message", async (data) => {
      await opened;
      if (!data.toString().includes('"Page.captureScreenshot"')) return browser.send(data.toString());
      ended++;
      client.close(1008, reason);
    });
  });
  await once(service, "listening");
  const env = environment.env("greedy", {
    TARGET_URLS: JSON.stringify([`${site.url}/good`]),
    ALLOWED_HOSTS: `127.0.0.1:${site.port}`,
    BROWSERLESS_URL: `ws://127.0.0.1:${(service.address() as AddressInfo).port}`,
  });
  for (const step of ["scrape", "screenshot"] as const)
    expect(await environment.run(step, env)).toMatchObject({ code: 0 });
  const problems = environment.store.objects.get("artifacts/job_greedy/screenshots/problems.json");
  expect(JSON.parse(String(problems))).toEqual({
    0: `there is no screenshot of this page: the browser ended 3 times while it drew the page: ${reason}`,
  });
  expect(ended).toBe(3);
  service.close();
});
