// A page whose text is for whoever reads its source, and not for people: it is to carry the page past the gate.
import type { TextBox } from "@agentic/api/artifacts.ts";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Analysis, DomStructures, FetchedPage, PageAnalysis } from "../../agents/core/documents.ts";
import { draw } from "../../agents/page/draw.ts";
import { listen, type Running } from "../integration/agents/services.ts";
import { type StepEnvironment, startStepEnvironment } from "../integration/agents/step-environment.ts";

const pixel = (color: string) =>
  `url("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='9' height='9'%3E%3Crect width='9' height='9' fill='${color}'/%3E%3C/svg%3E")`;

/** Ways to hide a text from people, and beside each what does something alike with a text that is seen. */
const tricks: Record<string, [hides: string, shows: string]> = {
  "no box": [".x { display: none }", ".x { display: inline }"],
  "no visibility": [".x { visibility: hidden }", ".x { visibility: visible }"],
  "no opacity, of what is around it": [".o { opacity: 0 }", ".o { opacity: 0.9 }"],
  "next to no opacity, twice": [".o { opacity: 0.3 } .x { opacity: 0.3 }", ".o { opacity: 0.8 } .x { opacity: 0.8 }"],
  "its background's color": [".x { color: #fff }", ".x { color: #444 }"],
  "nearly its background's color": [
    ".o { background: #123 } .x { color: #135 }",
    ".o { background: #123 } .x { color: #fff }",
  ],
  "no color": [".x { color: transparent }", ".x { color: rgba(0, 0, 0, 0.8) }"],
  "no fill": [".x { -webkit-text-fill-color: transparent }", ".x { -webkit-text-fill-color: navy }"],
  "a picture's color": [
    `.x { color: #fff; background: ${pixel("white")} }`,
    `.x { color: #fff; background: ${pixel("navy")} }`,
  ],
  "a gradient's color": [
    ".x { color: #fff; background: linear-gradient(#fff, #fefefe) }",
    ".x { color: #fff; background: linear-gradient(navy, black) }",
  ],
  "a place beside the page": [".x { position: absolute; left: -9999px }", ".x { position: absolute; left: 400px }"],
  "an indent beside the page": [".x { text-indent: -9999px }", ".x { text-indent: 50px }"],
  "a place beyond the picture": [".x { position: absolute; top: 99999px }", ".x { position: relative; top: 2px }"],
  "a move beside the page": [".x { transform: translateX(-4000px) }", ".x { transform: translateX(40px) }"],
  "no scale": [".x { transform: scale(0) }", ".x { transform: scale(0.9) }"],
  "a tiny scale": [".x { transform: scale(0.1) }", ".x { transform: scale(0.7) }"],
  "no size": [".x { font-size: 0 }", ".x { font-size: 11px }"],
  "a tiny size": [".x { font-size: 2px }", ".x { font-size: 9px }"],
  "letters on each other": [".x { letter-spacing: -0.6em }", ".x { letter-spacing: -0.02em }"],
  "dots instead of letters": [".x { -webkit-text-security: disc }", ".x { font-style: italic }"],
  "no height": [".o { height: 0; overflow: hidden }", ".o { height: 40px; overflow: hidden }"],
  "no height, by containment": [".o { height: 0; contain: paint }", ".o { height: 40px; contain: paint }"],
  "a pixel's window": [
    ".o { position: absolute; width: 1px; height: 1px; overflow: hidden }",
    ".o { position: relative; width: 500px; height: 40px; overflow: hidden }",
  ],
  "a clip": [".x { position: absolute; clip: rect(0, 0, 0, 0) }", ".x { position: static; clip: rect(0, 0, 0, 0) }"],
  "a clip path": [".x { clip-path: inset(50%) }", ".x { clip-path: none }"],
  "a mask": [".x { mask-image: linear-gradient(transparent, transparent) }", ".x { mask-image: none }"],
  "a filter": [".x { filter: opacity(0) }", ".x { filter: drop-shadow(1px 1px 1px #ccc) }"],
  "a blend": [".x { color: #fff; mix-blend-mode: multiply }", ".x { mix-blend-mode: normal }"],
  "a cover": [
    ".o { position: relative } .o::after { content: ''; position: absolute; inset: 0; background: #fff }",
    ".o { position: relative } .o::after { content: ''; position: absolute; inset: 0; background: #ff000022 }",
  ],
  "a cover's shadow": [
    ".o { position: relative } .o::after { content: ''; position: absolute; left: 0; top: 0; width: 1px; height: 1px; box-shadow: 0 0 0 1000px #fff }",
    ".o { position: relative } .o::after { content: ''; position: absolute; left: 600px; width: 9px; height: 9px; box-shadow: 0 0 0 9px #000 }",
  ],
  "a cover's shadow, but for its end": [
    ".o { position: relative; width: max-content } .o::after { content: ''; position: absolute; left: 0; top: 0; width: 70%; height: 100%; box-shadow: inset 0 0 0 99px #fff }",
    ".o { position: relative; width: max-content } .o::after { content: ''; position: absolute; left: 0; top: 0; width: 15%; height: 100%; box-shadow: inset 0 0 0 99px #fff }",
  ],
  "a cover, with words above it": [
    ".o { position: relative } .o::after { content: 'other words'; position: absolute; inset: 0; background: #fff }",
    ".o { position: relative } .o::after { content: 'other words'; position: absolute; left: 600px; background: #fff }",
  ],
  "words of the background's color over others": [
    ".o { position: relative } .o::before { content: 'some other words'; position: absolute } .x { color: #fff; position: relative }",
    ".o { position: relative } .o::before { content: 'some words'; position: absolute; left: 600px } .x { position: relative }",
  ],
  "an animation's end": [
    "@keyframes away { to { opacity: 0 } } .x { animation: away 1s 60s forwards }",
    "@keyframes here { from { opacity: 0 } } .x { animation: here 1s 60s both }",
  ],
};

/** The styles with selectors for one element and the one around it. */
const styled = (css: string, id: string) => css.replace(/\.([ox])(?=[ :])/g, `#$1-${id}`);
const names = Object.keys(tricks);
const words = (kind: "hidden" | "seen", n: number) => `These words are number ${n} of those ${kind}`;

/** All ways at once, each in a strip of its own, so that none touches another. */
const everyTrick = () => {
  const sections = Object.values(tricks).flatMap((styles, n) =>
    (["hidden", "seen"] as const).map((kind, i) => {
      const id = `${kind}-${n}`;
      return `<style>${styled(styles[i] ?? "", id)}</style><section><div id="o-${id}"><span id="x-${id}">${words(kind, n)}</span></div></section>`;
    }),
  );
  return `<!doctype html><style>section { height: 60px; overflow: clip; position: relative } section * { display: block }</style>${sections.join("")}`;
};

let environment: StepEnvironment;
let site: Running & { port: number };

/** Words on the objective, enough for the gate. */
const visibleText = `<h1>Kettles</h1><p>We make three kettles, and say here what they cost, who makes them and how long their guarantee lasts.
The Aria costs 89.00 EUR and has a guarantee of eight years. The Bruno costs 64.50 EUR and has a guarantee of six years. The Cinder
costs 139.00 EUR and has a guarantee of twelve years. All of them are made by Larkspur in Tarn Valley, where the workshop is open to
visitors on the first Saturday of each month. Prices include delivery. Every kettle is tested for thirty minutes before it leaves the
workshop, and spare parts are kept for twenty years after the last one of a series was sold.</p>`;
const objective = "Compare the kettles, their prices and their guarantees, and say who makes them.";

const pages: Record<string, string> = {
  good: visibleText,
  labelled: `<style>.sr { position: absolute; left: -999px }</style><a class="sr" href="#m">Skip to content</a>${visibleText}`,
  hidden: `<style>.x { display: none }</style><p>Closed for a holiday. We are back soon.</p><div class="x">${visibleText}</div>`,
  table: `<style>.x { opacity: 0 }</style>${visibleText}<table class="x"><tr><th>Model</th><th>Guarantee</th></tr><tr><td>Aria</td><td>forty years</td></tr></table>`,
  repeated: `<p>${`${objective} `.repeat(40)}</p>`,
  data: `<p>Closed for a holiday.</p><script type="application/ld+json">${JSON.stringify({
    name: "Kettles",
    ...Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`kettle ${i}`, `Price ${i}9 EUR, guarantee of six years`]),
    ),
  })}</script>`,
  alternative: `<p>Closed for a holiday.</p><img src="/none" alt="${visibleText.replace(/<[^>]*>/g, "")}">`,
};

beforeAll(async () => {
  environment = await startStepEnvironment();
  // Only what the pages' texts are judged by matters here: their pictures needn't be read.
  environment.model.answerWith(() =>
    environment.model.requests.at(-1)?.includes('"name":"sight"')
      ? '{"description":"","text_in_images":[]}'
      : undefined,
  );
  site = await listen((request, response) => {
    const page = pages[(request.url ?? "").slice(1)];
    if (page) response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(`<title>T</title>${page}`);
    else response.writeHead(404).end();
  });
}, 120_000);
afterAll(async () => {
  await Promise.all([environment[Symbol.asyncDispose](), site.stop()]);
});

describe("of a page's texts", () => {
  let browser: Browser;
  let shown: Map<string, unknown>;
  let places: Map<string, TextBox | null | undefined>;
  beforeAll(async () => {
    browser = await chromium.connectOverCDP(environment.browserUrl);
    const page: FetchedPage = {
      ...{ n: 0, redirects: [], status: 200, bytes: 0, fetchedAt: "", contentType: "text/html" },
      ...{ url: "http://page.example/", finalUrl: "http://page.example/", html: everyTrick() },
    };
    const resources = { get: () => Promise.reject(new Error("nothing to load")) };
    const drawn = await draw(async () => browser, page, { resources });
    expect(drawn.shown.problem).toBeUndefined();
    const { texts = [], boxes = [] } = drawn.shown;
    shown = new Map(texts);
    places = new Map(texts.map(([text], n) => [text, boxes[n]]));
  });
  afterAll(() => browser.close());

  test.each(names.map((name, n) => [name, n] as const))("one that is hidden by %s counts as hidden", (_, n) =>
    expect(shown.get(words("hidden", n))).toBe(0),
  );
  test.each(names.map((name, n) => [name, n] as const))("one beside it counts as shown (%s)", (_, n) =>
    expect(shown.get(words("seen", n))).toBe(1),
  );
  test("those that are shown are said where they are, one below the other, and no others are", () => {
    const tops = names.map((_, n) => {
      expect(places.get(words("hidden", n))).toBeNull();
      const [left = -1, top = -1, right = 0, bottom = 0] = places.get(words("seen", n)) ?? [];
      expect([left >= 0, right - left > 20, bottom - top > 6]).toEqual([true, true, true]);
      return top;
    });
    expect(tops).toEqual(tops.toSorted((one, other) => one - other));
  });
});

describe("a run over pages", () => {
  let analysis: Analysis;
  const paths = Object.keys(pages);
  const pageOf = (path: string) => analysis.pages.find(({ url }) => url.endsWith(`/${path}`)) as PageAnalysis;
  const findings = (path: string) => pageOf(path).findings.map(({ severity, text }) => `${severity}: ${text}`);

  beforeAll(async () => {
    const env = environment.env("hidden", {
      OBJECTIVE: objective,
      TARGET_URLS: JSON.stringify(paths.map((path) => `${site.url}/${path}`)),
      ALLOWED_HOSTS: `127.0.0.1:${site.port}`,
    });
    for (const step of ["scrape", "screenshot", "dom", "analysis"] as const) {
      const run = await environment.run(step, env);
      if (run.code !== 0) throw new Error(`${step}: ${run.output}`);
    }
    analysis = environment.json<Analysis>("hidden", "analysis.json");
  }, 120_000);

  test.each(["good", "labelled"])("that show what they say (%s): sure enough for the gate", (path) =>
    expect(pageOf(path).confidence).toBeGreaterThanOrEqual(0.97),
  );
  test("a few words for screen readers are told of, and cost nothing", () =>
    expect(findings("labelled")).toContainEqual(
      expect.stringMatching(/^info: 3 of \d+ words .* are not shown, and were left out: “Skip to content”\.$/),
    ));

  test.each(["hidden", "repeated", "data", "alternative"])("that only seem to say enough (%s): not sure", (path) =>
    expect(pageOf(path).confidence).toBeLessThan(0.5),
  );
  test("that hide a table: it is neither read nor reported, and a finding names it", () => {
    expect(findings("table")).toContainEqual(expect.stringMatching(/^info: .*left out: “Model”/));
    expect(JSON.stringify(pageOf("table").facts)).not.toContain("forty");
    const { pages } = environment.json<DomStructures>("hidden", "dom_structures.json");
    expect(JSON.stringify(pages.find(({ url }) => url.endsWith("/table")))).not.toContain("forty");
  });
  test.each([
    ["hidden", /^high: \d+ of \d+ words of the page's text are not shown, and were left out: “Kettles”/],
    [
      "data",
      /^medium: The page says more in titles, alternative texts and data \(\d+ words\) than it shows \(4 words\)/,
    ],
    ["alternative", /^medium: The page says more in titles, alternative texts and data/],
    ["repeated", /^medium: The page repeats itself/],
  ])("the findings say what is wrong (%s)", (path, words) =>
    expect(findings(path)).toContainEqual(expect.stringMatching(words)),
  );
});

test("without a screenshot, no page is sure enough", async () => {
  const env = environment.env("blind", {
    OBJECTIVE: objective,
    TARGET_URLS: JSON.stringify([`${site.url}/good`]),
    ALLOWED_HOSTS: `127.0.0.1:${site.port}`,
  });
  for (const step of ["scrape", "analysis"] as const) expect((await environment.run(step, env)).code).toBe(0);
  const { confidence, findings } = environment.json<Analysis>("blind", "analysis.json");
  expect(confidence).toBe(0.9);
  expect(findings[0]?.text).toBe(
    "The page's text was not compared with what it shows: its workflow takes no screenshots.",
  );
});
