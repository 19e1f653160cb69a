// A job with hostile pages among good ones: each costs itself, in every step, and the report says so.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Analysis, DomStructures } from "../../../agents/core/documents.ts";
import type { DrawLimits } from "../../../agents/page/draw.ts";
import { nonEmpty } from "../../non-empty.ts";
import { listen, type Running } from "./services.ts";
import { type StepEnvironment, startStepEnvironment } from "./step-environment.ts";

let environment: StepEnvironment;
let site: Running & { port: number };

const plainPage = `<!doctype html><html lang="en"><title>Kettles</title><body style="margin:0"><h1>Kettles</h1>
<p>The Aria kettle costs 89.00 EUR and has a guarantee of six years. It is made by Larkspur of Tromsø.</p></body></html>`;
const body = (script: string) =>
  plainPage.replace("</body>", `<div style="height:900px"></div><script>${script}</script></body>`);

const pages: Record<string, string> = {
  "/good": plainPage,
  "/deep": plainPage.replace("</body>", `${"<div>".repeat(50_000)}bottom`),
  "/endless": body("while (true) {}"),
  "/dialogs": body(
    "alert(1); confirm(2); prompt(3); print(); onbeforeunload = (e) => e.preventDefault(); location.href = '/x'; alert(4)",
  ),
  "/popups": body("for (let i = 0; i < 20; i++) window.open(location.href + '?' + i); window.open(location.href)"),
  "/reloads": body("location.reload()"),
  "/frames": body(
    "for (let i = 0; i < 50; i++) document.body.append(Object.assign(document.createElement('iframe'), {src: '?' + i}))",
  ),
  "/wide":
    '<body style="margin:0"><div style="height:40000px;width:40000px;background:linear-gradient(red,blue)">Aria costs 89.00 EUR</div>',
  "/liar": body("Object.defineProperty(Element.prototype, 'scrollHeight', {get: () => 1e9}); window.innerWidth = 1280"),
};

beforeAll(async () => {
  environment = await startStepEnvironment();
  site = await listen((request, response) => {
    const page = pages[(request.url ?? "").replace(/\?.*/, "")];
    if (page) response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page);
    else response.writeHead(404).end();
  });
});
afterAll(async () => {
  await Promise.all([environment[Symbol.asyncDispose](), site.stop()]);
});

/** Runs every step over some of the pages. */
async function runAll(jobId: string, paths: string[], drawLimits: Partial<DrawLimits>): Promise<void> {
  const env = environment.env(jobId, {
    TARGET_URLS: JSON.stringify(paths.map((path) => site.url + path)),
    ALLOWED_HOSTS: `127.0.0.1:${site.port}`,
    PAGE_SCRIPTS: "true",
  });
  for (const step of ["scrape", "screenshot", "dom", "analysis", "synthesis"] as const) {
    const run = await environment.run(step, env, { drawLimits });
    if (run.code !== 0) throw new Error(`${step} ended with ${run.code}: ${run.output}`);
  }
  expect(environment.json<Analysis>(jobId, "analysis.json").pages).toHaveLength(paths.length);
  expect(environment.json<DomStructures>(jobId, "dom_structures.json").pages.every((page) => !("error" in page))).toBe(
    true,
  );
}

const report = (jobId: string) => environment.store.objects.get(`artifacts/job_${jobId}/report.md`)?.toString() ?? "";

/** Width and height of each picture. */
const sizes = (jobId: string, paths: string[]) =>
  paths.map((_, n) => {
    const png = environment.store.objects.get(`artifacts/job_${jobId}/screenshots/${n}.png`);
    return png ? [png.readUInt32BE(16), png.readUInt32BE(20)] : [];
  });

test("a hostile page costs itself, and the report says what was wrong with it", async () => {
  const paths = ["/good", "/deep", "/wide", "/liar"];
  await runAll("hostile", paths, {});
  const [good, deep, wide, liar] = sizes("hostile", paths);
  expect([good?.[0], deep?.[0], wide, liar?.[0]]).toEqual([1280, 1280, [1280, 15_000], 1280]);
  expect(liar?.[1]).toBeGreaterThan(950);
  expect(report("hostile")).toContain(`<${site.url}/deep>: elements nested deeper than 512 levels`);
  expect(report("hostile")).not.toContain(">: the screenshot");
  // What is too large to compare is not trusted with more than it shows.
  const { pages } = environment.json<Analysis>("hostile", "analysis.json");
  expect(pages[1]?.findings[0]?.text).toMatch(
    / was not compared with what it shows: it has \d+ nodes, and at most 50000 are/,
  );
  expect(pages[0]?.findings.map(({ text }) => text).join()).not.toContain("not compared");
}, 300_000);

test("a page that never comes to rest is drawn all the same, if need be without its scripts", async () => {
  const paths = ["/endless", "/dialogs", "/popups", "/reloads", "/frames", "/good"];
  await runAll("restless", paths, { loadMs: 1_500, pageMs: 4_000, closeMs: 500 });
  for (const [i, [width, height]] of nonEmpty(sizes("restless", paths).entries())) {
    expect([paths[i], width]).toEqual([paths[i], 1280]);
    // The page itself was drawn, not the browser's words about an address that it may not go to.
    if (paths[i] !== "/good") expect(height).toBeGreaterThan(950);
  }
  expect(report("restless")).toContain(`<${site.url}/endless>: the screenshot shows the page without its scripts`);
  expect(report("restless")).not.toContain(`<${site.url}/good>: the screenshot`);
}, 300_000);
