// A job with hostile pages among good ones: each costs itself, in every step, and the report says so.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Analysis, DomStructures } from "../../../agents/core/documents.ts";
import { listen, type Running } from "./services.ts";
import { createWorld, type StepRun, type World } from "./world.ts";

let world: World;
let site: Running & { port: number };

const good = `<!doctype html><html lang="en"><title>Kettles</title><body style="margin:0"><h1>Kettles</h1>
<p>The Aria kettle costs 89.00 EUR and has a guarantee of six years. It is made by Larkspur of Tromsø.</p></body></html>`;
const body = (script: string) =>
  good.replace("</body>", `<div style="height:900px"></div><script>${script}</script></body>`);

const pages: Record<string, string> = {
  "/good": good,
  "/deep": good.replace("</body>", `${"<div>".repeat(50_000)}bottom`),
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
const names = Object.keys(pages);

beforeAll(async () => {
  world = await createWorld();
  site = await listen((request, response) => {
    const page = pages[(request.url ?? "").replace(/\?.*/, "")];
    if (page) response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page);
    else response.writeHead(404).end();
  });
});
afterAll(async () => {
  await Promise.all([world[Symbol.asyncDispose](), site.stop()]);
});

test("each hostile page costs itself, and the report says what was wrong with it", async () => {
  const env = world.env("hostile", {
    TARGET_URLS: JSON.stringify(names.map((path) => site.url + path)),
    ALLOWED_HOSTS: `127.0.0.1:${site.port}`,
  });
  const runs: Record<string, StepRun> = {};
  for (const step of ["scrape", "screenshot", "dom", "analysis", "synthesis"] as const) {
    const run = await world.run(step, env);
    if (run.code !== 0) throw new Error(`${step} ended with ${run.code}: ${run.output}`);
    runs[step] = run;
  }
  const size = (path: string) => {
    const png = world.store.objects.get(`artifacts/job_hostile/screenshots/${names.indexOf(path)}.png`);
    return png && [png.readUInt32BE(16), png.readUInt32BE(20)];
  };
  for (const path of names) expect([path, size(path)?.[0]]).toEqual([path, 1280]);
  expect(size("/wide")).toEqual([1280, 15_000]);
  // The page itself was drawn, not the browser's words about an address that it may not go to.
  for (const path of ["/endless", "/dialogs", "/popups", "/reloads", "/frames", "/liar"])
    expect(size(path)?.[1]).toBeGreaterThan(950);
  const report = world.store.objects.get("artifacts/job_hostile/report.md")?.toString() ?? "";
  expect(report).toContain(`<${site.url}/endless>: the screenshot shows the page without its scripts`);
  expect(report).toContain(`<${site.url}/deep>: elements nested deeper than 512 levels`);
  for (const path of ["/good", "/deep", "/wide"]) expect(report).not.toContain(`<${site.url}${path}>: the screenshot`);
  expect(world.json<Analysis>("hostile", "analysis.json").pages).toHaveLength(names.length);
  expect(world.json<DomStructures>("hostile", "dom_structures.json").pages.every((page) => !("error" in page))).toBe(
    true,
  );
}, 300_000);
