// The steps, one after the other, over the sample site.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Analysis, DomStructures, PageStructure, RawHtml } from "../../../agents/core/documents.ts";
import { nonEmpty } from "../../non-empty.ts";
import { type StepEnvironment, type StepRun, startStepEnvironment } from "./step-environment.ts";

let environment: StepEnvironment;
beforeAll(async () => {
  environment = await startStepEnvironment();
});
afterAll(async () => await environment[Symbol.asyncDispose]());

const steps = ["scrape", "screenshot", "dom", "analysis", "synthesis"] as const;

async function runAll(env: Record<string, string>): Promise<Record<string, StepRun>> {
  const runs: Record<string, StepRun> = {};
  for (const step of steps) {
    const run = await environment.run(step, env);
    if (run.code !== 0) throw new Error(`${step} ended with ${run.code}: ${run.output}`);
    runs[step] = run;
  }
  return runs;
}

const report = (jobId: string) => environment.store.objects.get(`artifacts/job_${jobId}/report.md`)?.toString() ?? "";

/** Width and height from a PNG's header. */
const size = (png: Buffer | undefined) => [png?.readUInt32BE(16), png?.readUInt32BE(20)];

describe("the sample job", () => {
  let runs: Record<string, StepRun>;
  beforeAll(async () => {
    runs = await runAll(environment.env("sample"));
  });

  test("leaves all five kinds of artifacts, by the names that the contract gives them", () => {
    const ownKeys = [...environment.store.objects.keys()].filter((key) => key.startsWith("artifacts/job_sample/"));
    const names = ownKeys.map((key) => key.replace("artifacts/job_sample/", "")).sort();
    const exchanges = names.filter((name) => name.startsWith("exchanges/sample-0a1b2c3d/"));
    expect(exchanges).toHaveLength(environment.model.requests.length);
    expect(names.filter((name) => !exchanges.includes(name))).toEqual([
      "analysis.json",
      "dom_structures.json",
      ...[...steps].sort().map((step) => `logs/sample-0a1b2c3d/pod-of-${step}/main.log`),
      ...[...steps].sort().map((step) => `manifests/sample-0a1b2c3d/${step}.json`),
      "raw_html.json",
      "report.md",
      "screenshots/0.json",
      "screenshots/0.png",
      "screenshots/1.json",
      "screenshots/1.png",
      "screenshots/2.json",
      "screenshots/2.png",
    ]);
    expect(Object.assign({}, ...steps.map((step) => runs[step]?.result?.artifacts))).toEqual({
      raw_html: "s3://artifacts/job_sample/raw_html.json",
      screenshot_0: "s3://artifacts/job_sample/screenshots/0.png",
      screenshot_1: "s3://artifacts/job_sample/screenshots/1.png",
      screenshot_2: "s3://artifacts/job_sample/screenshots/2.png",
      shown_text_0: "s3://artifacts/job_sample/screenshots/0.json",
      shown_text_1: "s3://artifacts/job_sample/screenshots/1.json",
      shown_text_2: "s3://artifacts/job_sample/screenshots/2.json",
      dom_structures: "s3://artifacts/job_sample/dom_structures.json",
      analysis: "s3://artifacts/job_sample/analysis.json",
      report: "s3://artifacts/job_sample/report.md",
    });
  });

  test("keeps the log of each step, as it was printed", () => {
    for (const step of steps) {
      const log = environment.store.objects.get(`artifacts/job_sample/logs/sample-0a1b2c3d/pod-of-${step}/main.log`);
      expect(log?.toString()).toBe(runs[step]?.output);
      expect(log?.toString()).toContain("step done");
    }
  });

  test("fetches each page and each of its resources once", () => {
    expect(environment.site.requests.map(({ path }) => path).sort()).toEqual(
      [
        "/",
        "/about.html",
        "/images/award.png",
        "/images/offer.png",
        "/products.html",
        "/robots.txt",
        "/style.css",
      ].sort(),
    );
  });

  test("fetches for the browser in the browser's name", () => {
    const browserRequests = environment.site.requests.filter(({ userAgent }) => userAgent.includes("Chrome"));
    expect(browserRequests.map(({ path }) => path).sort()).toEqual([
      "/images/award.png",
      "/images/offer.png",
      "/style.css",
    ]);
  });

  test("takes screenshots of the whole page", () => {
    for (const n of [0, 1, 2]) {
      const [width, height] = size(environment.store.objects.get(`artifacts/job_sample/screenshots/${n}.png`));
      expect(width).toBe(1280);
      expect(height).toBeGreaterThan(800);
    }
  });

  test("is sure enough of the sample for the strict gate", () => {
    expect(runs.analysis?.result?.confidence).toBeGreaterThanOrEqual(0.95);
    expect(environment.json<Analysis>("sample", "analysis.json").pages.map(({ title }) => title)).toHaveLength(3);
  });

  test("reports what only the pages say: names, prices, what stands in a table, in data, in a picture", () => {
    for (const fact of ["Ingrid Solheim", "139.00 EUR", "12 years", "LK-B12", "1312", "BREW-2741", "Golden Spout 2025"])
      expect(report("sample")).toContain(fact);
    expect(report("sample")).toContain("| Cinder | 2.0 litres | 2400 W | 139.00 EUR | 12 years |");
  });

  test("shows the model each page's picture", () => {
    const questions = environment.model.requests.map(
      (body) => JSON.parse(body) as { messages: { content: unknown }[] },
    );
    const pictures = questions.filter(({ messages }) => JSON.stringify(messages).includes("data:image/png;base64,"));
    expect(pictures).toHaveLength(3);
  });

  test("keeps secrets and page bodies out of the logs", () => {
    const logs = Object.values(runs)
      .map(({ output }) => output)
      .join("");
    for (const secret of ["agent-secret", "it's a secret", "browser-token", "sk-tenant", "Ingrid Solheim"])
      expect(logs).not.toContain(secret);
    for (const line of nonEmpty(Object.values(runs).flatMap(({ log }) => log)))
      expect(line).toMatchObject({ jobId: "sample" });
  });

  test("run again, each step gives its result again and touches nothing", async () => {
    const before = { fetched: environment.site.requests.length, asked: environment.model.requests.length };
    const stored = new Map(environment.store.objects);
    const again = await runAll({ ...environment.env("sample"), POD: "another" });
    for (const step of steps) {
      const { pages: _, usage: __, ...result } = runs[step]?.result ?? {};
      expect(again[step]?.result).toEqual({ ...result, beginning: "reused", usage: expect.anything() });
    }
    expect({ fetched: environment.site.requests.length, asked: environment.model.requests.length }).toEqual(before);
    for (const [key, body] of nonEmpty(stored)) expect(environment.store.objects.get(key)).toBe(body);
  });

  test("another run of the same job fetches afresh, unless it may reuse", async () => {
    const before = environment.site.requests.length;
    const other = { RUN_ID: "sample-ffffffff" };
    await environment.run("scrape", environment.env("sample", { ...other, ARTIFACT_CACHE: "true" }));
    expect(environment.site.requests.length).toBe(before);
    await environment.run("scrape", environment.env("sample", { RUN_ID: "sample-eeeeeeee" }));
    expect(environment.site.requests.length).toBe(before + 4);
  });

  test("another tenant's job of the same id shares nothing", async () => {
    const before = environment.site.requests.length;
    await environment.run("scrape", environment.env("sample", { WORKFLOW: "tenant-other/3e5b1d2c" }));
    expect(environment.site.requests.length).toBe(before + 4);
  });
});

describe("a job with bad URLs among the good", () => {
  let runs: Record<string, StepRun>;
  beforeAll(async () => {
    const { url } = environment.site;
    const bad = [`${url}/gone.html`, "http://169.254.169.254/latest/", `${url}/private/plan.html`];
    runs = await runAll(
      environment.env("bad", { TARGET_URLS: JSON.stringify([`${url}/products.html`, ...bad, `${url}/about.html`]) }),
    );
  });

  test("records each with its reason", () => {
    const { pages } = environment.json<RawHtml>("bad", "raw_html.json");
    expect(pages.map((page) => ("error" in page ? page.error : "fetched"))).toEqual([
      "fetched",
      "HTTP 404 Not Found",
      expect.stringContaining("metadata"),
      expect.stringContaining("disallows it"),
      "fetched",
    ]);
    const bytes = pages.reduce((sum, page) => sum + ("bytes" in page ? page.bytes : 0), 0);
    const counts = { read: 2, failed: 3, disallowed: 1, bytes };
    expect(runs.scrape?.result).toMatchObject({ beginning: "fresh", pages: counts });
  });
  test("names screenshots, and what they show, by the place of their URL", () =>
    expect(Object.keys(runs.screenshot?.result?.artifacts ?? {})).toEqual([
      "screenshot_0",
      "screenshot_4",
      "shown_text_0",
      "shown_text_4",
    ]));
  test("tells the gate", () => {
    expect(runs.analysis?.result?.findings?.filter(({ text }) => text.includes("could not be read"))).toHaveLength(3);
    expect(runs.analysis?.result?.confidence).toBeLessThan(0.98);
  });
  test("reports the rest and says what is missing", () => {
    expect(report("bad")).toContain("89.00 EUR");
    expect(report("bad")).toMatch(/## Problems\n\n- <http:\S+gone.html> could not be read: HTTP 404/);
  });
});

test("pages that say little or contradict themselves give little confidence, and findings that say why", async () => {
  const { url } = environment.site;
  const env = environment.env("unsure", { TARGET_URLS: JSON.stringify([`${url}/soon.html`, `${url}/offers.html`]) });
  expect((await environment.run("scrape", env)).code).toBe(0);
  const { result } = await environment.run("analysis", env);
  expect(result?.confidence).toBeLessThan(0.5);
  expect(result?.findings?.map(({ severity }) => severity)).toContain("high");
});

test("a job without any good URL fails for good, and says why", async () => {
  const run = await environment.run(
    "scrape",
    environment.env("none", { TARGET_URLS: '["http://10.0.0.1/", "ftp://x/"]' }),
  );
  expect(run.code).toBe(1);
  expect(run.log.at(-1)?.error).toMatch(
    /none of the 2 pages could be fetched: http:\/\/10.0.0.1\/: 10.0.0.1 is a private address/,
  );
  expect((await environment.run("dom", environment.env("none"))).code).toBe(1);
});

test("the structure of each page is that of the page", () => {
  const page = environment.json<DomStructures>("sample", "dom_structures.json").pages[1] as PageStructure;
  expect(page.tables[0]?.header).toEqual(["Model", "Capacity", "Power", "Price", "Guarantee"]);
  expect(page.jsonLd).toHaveLength(1);
});

test("a wrong environment ends at once and names what is wrong", async () => {
  const run = await environment.start("scrape", { ...environment.env("x"), BUCKET: "" }).exit;
  expect(run.code).toBe(2);
  expect(run.log[0]?.error).toBe("BUCKET is empty: the template parameter minio_bucket sets it");
});
