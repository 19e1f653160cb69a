// Reports as the console's pages render them, in a real browser without any policy of its own: nothing hostile runs, loads or stays.
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hostile } from "./hostile.ts";

const source = join(import.meta.dirname, "../../../console/pages/parts/markdown.ts");
let browser: Browser;
let page: Page;
const asked: string[] = [];

beforeAll(async () => {
  await using build = await rolldown({ input: source, platform: "browser" });
  const { output } = await build.generate({ format: "iife", name: "markdown" });
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  page = await browser.newPage();
  await page.route("**", (route) => {
    asked.push(route.request().url());
    return route.request().url() === "http://console.invalid/"
      ? route.fulfill({ contentType: "text/html", body: "<!doctype html><main></main>" })
      : route.abort();
  });
  await page.goto("http://console.invalid/");
  await page.addScriptTag({ content: output[0].code });
});
afterAll(() => browser?.close());

/** The HTML of a text once it is on the page, and how many of its scripts have run. */
async function shown(text: string): Promise<{ html: string; ran: number }> {
  return await page.evaluate(`(async () => {
    globalThis.ran = 0;
    const main = document.querySelector("main");
    const own = { "s3://artifacts/job_a/screenshots/0.png": "/own/0.png", analysis: "/own/analysis" };
    main.replaceChildren(markdown.renderMarkdown(${JSON.stringify(text)}, (target) => own[target]));
    for (const element of main.querySelectorAll("*")) element.dispatchEvent(new Event("click", { bubbles: true, cancelable: true }));
    await new Promise((resolve) => setTimeout(resolve, 5));
    return { html: main.innerHTML, ran: globalThis.ran };
  })()`);
}

describe("of a report", () => {
  test(`none of ${hostile.length} hostile texts runs, loads something of another site, or keeps an attribute of its own`, async () => {
    asked.length = 0;
    for (const text of hostile) {
      const { html, ran } = await shown(text);
      expect([text, ran]).toEqual([text, 0]);
      expect(html).not.toMatch(/<(script|style|iframe|object|embed|form|input|svg|math|link|meta|base)\b/i);
      const attributes = [...html.matchAll(/<\w+((?:\s+[\w-]+="[^"]*")*)/g)].flatMap(([, all = ""]) => [
        ...all.matchAll(/([\w-]+)="/g),
      ]);
      for (const [, attribute = ""] of attributes)
        expect(["href", "src", "alt", "title", "target", "rel", "loading", "start", "align"]).toContain(attribute);
    }
    expect(asked).toEqual([]);
  });

  test("the run's own pictures are shown, and links to its artifacts and to other sites lead there beside the page", async () => {
    const { html } = await shown(
      "Screenshot: `s3://artifacts/job_a/screenshots/0.png`\n\n![kettle](s3://artifacts/job_a/screenshots/0.png) [more](analysis) <https://example.com/>",
    );
    expect(html).toContain('<img src="/own/0.png" alt="Screenshot"');
    expect(html).toContain('<img src="/own/0.png" alt="kettle"');
    expect(html).toContain('<a href="/own/analysis" target="_blank"');
    expect(html).toContain('<a href="https://example.com/" target="_blank" rel="noopener noreferrer nofollow">');
  });
});
