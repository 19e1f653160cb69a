// A real browser at a console: what the tests do there, and what of it must never happen.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { expect } from "vitest";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const DESK = { width: 1280, height: 900 };
const MOST_TABS = 40;

export const startBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });

export interface Shown {
  page: Page;
  /** Errors of scripts, what the Content Security Policy has kept from happening, and requests to other sites. */
  complaints: string[];
}

/** A page of a browser of its own, which has no cookie yet. */
export async function openPage(browser: Browser, url: string, options: Parameters<Browser["newContext"]>[0] = {}) {
  const context = await browser.newContext({ baseURL: url, viewport: DESK, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const complaints: string[] = [];
  page.on("pageerror", ({ message }) => complaints.push(message));
  page.on("console", (message) => {
    // A refusal is an answer; that it is one, the browser says by itself.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      complaints.push(message.text());
  });
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) complaints.push(request.url());
  });
  return { page, complaints } satisfies Shown;
}

/** Signs in by a token, as a person would. */
export async function signIn({ page }: Shown, token: string, path = "/"): Promise<void> {
  await page.goto(path);
  await page.getByLabel("Kubernetes token").fill(token);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("button", { name: "Sign out" }).waitFor();
}

interface Violation {
  id: string;
  nodes: { html: string; failureSummary?: string }[];
}

/** What axe finds wrong on the page, by the rules of WCAG 2.2 AA and its own best practices. */
export async function violations({ page }: Shown): Promise<string[]> {
  // The policy of the page keeps scripts out of it; the browser's own protocol doesn't ask it.
  await page.evaluate(axe);
  const found = await page.evaluate<Violation[]>("axe.run(document).then(({ violations }) => violations)");
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`));
}

/** Folder for pictures of the pages, for people who look at them. */
const pictures = process.env.PICTURES;

/** Takes pictures of a page as a phone, a tablet and a desk show it, where somebody has asked for them. */
async function picture({ page }: Shown, name: string): Promise<void> {
  if (!pictures) return;
  for (const width of [390, 820, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    await page.screenshot({ path: join(pictures, `${name}-${width}.png`) });
  }
  await page.setViewportSize(DESK);
}

/** What makes the page wider than a phone's screen: each element that sticks out, with its text. */
const OVERHANG = `document.documentElement.scrollWidth <= innerWidth ? [] : [...document.body.querySelectorAll("*")]
  .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
  .map((element) => element.tagName + "." + element.className + ": " + element.textContent.slice(0, 80))`;

async function overhang({ page }: Shown): Promise<string[]> {
  await page.setViewportSize({ width: 390, height: 900 });
  const found = await page.evaluate<string[]>(OVERHANG);
  await page.setViewportSize(DESK);
  return found;
}

/** Everybody can use the page, as it is now, on a phone too; takes pictures of it. */
export async function fits(shown: Shown, name: string): Promise<void> {
  expect(await violations(shown)).toEqual([]);
  expect(await overhang(shown)).toEqual([]);
  await picture(shown, name);
}

const FOCUSED = `(document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "")`;

/** What has the focus is called. */
export const focused = (page: Page): Promise<string> => page.evaluate<string>(FOCUSED);

/** Presses Tab until what has the focus is called so. Throws where no press leads there. */
export async function tabTo(page: Page, what: string): Promise<void> {
  for (let i = 0; i < MOST_TABS; i++) {
    await page.keyboard.press("Tab");
    if ((await focused(page)).includes(what)) return;
  }
  throw new Error(`the key Tab doesn't lead to ${what}`);
}
