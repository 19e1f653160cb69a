// The dashboards' page in a real browser: what it draws, at the width of a desk and of a phone, and that nothing runs but its own script.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dashboardsPage } from "../../../embedded/dashboards/page.ts";
import { shown } from "../../unit/observability/shown-dashboard.ts";

const dir = mkdtempSync(join(tmpdir(), "dashboards-page-"));
const file = join(dir, "dashboards.html");
const hostile = `<img src=x onerror="document.title='ran'">`;
let browser: Browser;

beforeAll(async () => {
  writeFileSync(file, await dashboardsPage([shown(hostile)], new Date(0)));
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
});

afterAll(async () => {
  await browser?.close();
  rmSync(dir, { recursive: true });
});

test.each([
  ["a desk", 1280, "light"],
  ["a phone", 390, "dark"],
] as const)("draws on %s", async (_, width, colorScheme) => {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  const complaints: string[] = [];
  page.on("pageerror", ({ message }) => complaints.push(message));
  page.on("console", (message) => complaints.push(message.text()));
  page.on("request", (request) => complaints.push(...(request.url().startsWith("file:") ? [] : [request.url()])));
  await page.goto(`file://${file}`);
  const text = (title: string) => page.locator("figure", { hasText: title });
  expect(await page.locator("h3").allInnerTexts()).toEqual(["Row"]);
  expect(await text("One number").locator(".number").allInnerTexts()).toEqual(["1.5 min"]);
  const two = await text("Two numbers").locator(".number").allInnerTexts();
  expect(two.map((number) => number.replaceAll(/\s+/g, " "))).toEqual(["9 s a", `18 s ${hostile}`]);
  expect(await text("Nothing").innerText()).toContain("Nothing of the kind in this time.");
  expect(await text("Refused").innerText()).toContain("Prometheus refuses the query: too many samples");
  // Both lines are on the canvas, in the colours that its legend has, and it stays inside of the screen.
  const canvas = page.locator("canvas");
  const colours = await page.evaluate<string[]>(`{
    const canvas = document.querySelector("canvas");
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const seen = new Set();
    for (let index = 0; index < data.length; index += 4) seen.add(data.slice(index, index + 3).join());
    [...seen];
  }`);
  expect(colours).toEqual(expect.arrayContaining(["0,114,178", "230,159,0"]));
  const box = await canvas.boundingBox();
  expect((box?.x ?? width) + (box?.width ?? 0)).toBeLessThanOrEqual(width);
  expect(await page.locator(".u-legend .u-label").allInnerTexts()).toEqual(["time", "a", hostile]);
  expect(await page.title()).toBe("Dashboards of the agentic-workflow platform");
  expect(complaints).toEqual([]);
  await page.close();
});
