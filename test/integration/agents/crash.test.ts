// A page whose tab crashes because it takes all memory: real Chromium, whose scripts get little of it.
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { draw } from "../../../agents/page/draw.ts";
import { createResources } from "../../../agents/page/resources.ts";
import { type Running, startChromium } from "./services.ts";

let running: Running;
let browser: Browser;

beforeAll(async () => {
  running = await startChromium({ flags: ["--js-flags=--max-old-space-size=32"] });
  browser = await chromium.connectOverCDP(running.url);
});
afterAll(async () => {
  await browser.close();
  await running.stop();
});

const page = {
  n: 0,
  url: "http://site.test/",
  finalUrl: "http://site.test/",
  redirects: [],
  status: 200,
  contentType: "text/html",
  bytes: 1,
  fetchedAt: "2026-01-01T00:00:00Z",
  html: "<p>Kettles</p><script>const all = []; while (true) all.push(new Array(10_000).fill({}));</script>",
};

test("a page that makes its tab crash is drawn without its scripts, and the browser goes on", async () => {
  const resources = createResources([], new AbortController().signal).of(page.finalUrl);
  const drawing = await draw(async () => browser, page, { resources, scripts: true });
  expect(drawing.problem).toBe("the screenshot shows the page without its scripts: with them, it made its tab crash");
  expect(drawing.png.readUInt32BE(16)).toBe(1280);
  expect(browser.isConnected()).toBe(true);
}, 90_000);

test("the next page is drawn as ever in the same browser", async () => {
  const resources = createResources([], new AbortController().signal).of(page.finalUrl);
  const connect = async () => browser;
  const drawing = await draw(connect, { ...page, html: "<p>Kettles</p>" }, { resources, scripts: true });
  expect(drawing.problem).toBeUndefined();
}, 90_000);
