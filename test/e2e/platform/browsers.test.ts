// The browser service with its front: what is one tenant's is out of every other one's reach, and pages are in a sandbox.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Forward, forward, kubectl } from "../../../embedded/cli/cluster.ts";
import { allowsUserNamespaces } from "../../../embedded/node/seccomp.ts";
import { type Cdp, connect, iceCandidates, openPage, valueIn } from "../../cdp.ts";
import { eventually, platform } from "./platform.ts";

const namespace = "shared-services";
let service: Forward;
let tokens: { tenant: string; token: string }[];
let victim: Cdp;
let page: { targetId: string; sessionId: string };

const url = (tenant: string, path = "/") =>
  `ws://127.0.0.1:${service.port}${path}?token=${tokens.find((known) => known.tenant === tenant)?.token}`;

beforeAll(async () => {
  service = await forward(platform, namespace, "svc/browserless", 3000);
  const read = ["get", "secret", "browserless-token", "-n", namespace, "-o", "jsonpath={.data.tokens\\.json}"];
  tokens = JSON.parse(Buffer.from(await kubectl(platform, read), "base64").toString());
  victim = await connect(url("acme"));
  page = await openPage(victim);
});

afterAll(async () => {
  victim.close();
  await service[Symbol.asyncDispose]();
});

test("another tenant's browsers are not listed, entered or ended, and its page goes on", async () => {
  for (const path of ["/json/list", "/sessions", "/kill/all"]) {
    const response = await fetch(url("demo", path).replace("ws:", "http:"));
    expect(response.status).toBe(404);
  }
  await expect(connect(url("demo", `/devtools/page/${page.targetId}`))).rejects.toThrow("404 a WebSocket to /");
  await expect(connect(`${url("demo")}&launch={"args":["--no-sandbox"]}`)).rejects.toThrow(
    "400 the parameter launch is not allowed",
  );
  await expect(connect(url("nobody"))).rejects.toThrow("401 ");
  expect(await valueIn(victim, page.sessionId, "20 + 3")).toBe(23);
});

test("a tenant's browser is its own process: it knows no page of another's, and reaches no other by the network", async () => {
  using cdp = await connect(url("demo"));
  const attached = cdp.send("Target.attachToTarget", { targetId: page.targetId, flatten: true });
  await expect(attached).rejects.toThrow("No target with given id found");
  const { sessionId } = await openPage(cdp);
  for (const address of ["http://127.0.0.1:3001/json/list", "http://minio.shared-services:9000/"]) {
    const { errorText } = await cdp.send<{ errorText: string }>("Page.navigate", { url: address }, sessionId);
    expect(errorText).toBe("net::ERR_NAME_NOT_RESOLVED");
  }
  expect(await valueIn(cdp, sessionId, iceCandidates("stun:127.0.0.1:3001"))).toEqual([]);
  const { data } = await cdp.send<{ data: string }>("Page.captureScreenshot", { format: "png" }, sessionId);
  expect(data.length).toBeGreaterThan(100);
});

/** Has a page of the connection's hold so many MiB of pictures, which are no part of a script's heap. */
const holding = (mebibytes: number) => `(async () => {
  window.held = [];
  for (let i = 0; i < ${mebibytes / 16}; i++) {
    window.held.push(new Uint8Array(16 << 20).fill(i + 1));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return window.held.length * 16;
})()`;

test("a page that takes its browser's share of memory loses the browser, and hears why; another tenant's page goes on", async () => {
  using modest = await connect(url("demo"));
  expect(await valueIn(modest, (await openPage(modest)).sessionId, holding(128))).toBe(128);
  using greedy = await connect(url("demo"));
  const { sessionId } = await openPage(greedy);
  await expect(valueIn(greedy, sessionId, holding(1600))).rejects.toThrow(
    "the connection has ended: 1008 the browser was ended: its pages took more than 597 MiB of memory",
  );
  expect(await valueIn(victim, page.sessionId, "20 + 3")).toBe(23);
  expect(await valueIn(modest, (await openPage(modest)).sessionId, "20 + 3")).toBe(23);
  const restarts = "jsonpath={.items[*].status.containerStatuses[*].restartCount}";
  const pods = ["get", "pods", "-n", namespace, "-l", "app.kubernetes.io/name=browserless", "-o", restarts];
  expect(await kubectl(platform, pods)).toBe("0 0");
});

/** State and nested process ids of what runs in the container, by Chromium's name for it. */
async function processes(): Promise<{ type: string; state: string; depth: number; filters: number }[]> {
  const script = `
    const { readdirSync, readFileSync } = require("node:fs");
    const read = (id) => { try {
      const status = readFileSync("/proc/" + id + "/status", "utf8");
      const field = (name) => new RegExp("^" + name + ":\\\\s*(.*)$", "m").exec(status)?.[1] ?? "";
      const type = /--type=([a-z]+)/.exec(readFileSync("/proc/" + id + "/cmdline", "utf8"))?.[1] ?? "";
      return [{ type, state: field("State")[0], depth: field("NSpid").split("\\t").length, filters: Number(field("Seccomp_filters")) }];
    } catch { return []; } };
    console.log(JSON.stringify(readdirSync("/proc").filter((name) => Number(name)).flatMap(read)));`;
  const pod = ["exec", "-n", namespace, "deploy/browserless", "-c", "browserless"];
  return JSON.parse(await kubectl(platform, [...pod, "--", "node", "-e", script]));
}

test.runIf(allowsUserNamespaces())(
  "pages are drawn in process namespaces of their own, with a filter of system calls besides the container's",
  async () => {
    const renderers = (await processes()).filter(({ type }) => type === "renderer");
    expect(renderers.length).toBeGreaterThan(0);
    for (const { depth, filters } of renderers) expect([depth > 1, filters]).toEqual([true, 2]);
  },
);

test("nothing is left of browsers that have ended", async () => {
  const noneIsLeft = async () => !(await processes()).some(({ state }) => state === "Z") || undefined;
  await expect(eventually("container without zombies", noneIsLeft, { seconds: 20 })).resolves.toBe(true);
});
