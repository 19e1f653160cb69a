// What a run reads is what it wrote itself, and what failed for a moment is tried again.
import { createHash } from "node:crypto";
import type { ArtifactManifest } from "@agentic/api/artifacts.ts";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Analysis, RawHtml } from "../../../agents/core/documents.ts";
import { listen, type Running } from "./services.ts";
import { type StepEnvironment, type StepRun, startStepEnvironment } from "./step-environment.ts";

let environment: StepEnvironment;
let site: Running & { port: number };
let requestedPaths: string[] = [];
/** HTTP status by path; pages without one are there. */
let failures: Record<string, number> = {};

beforeAll(async () => {
  environment = await startStepEnvironment();
  site = await listen((request, response) => {
    const path = request.url ?? "";
    if (path === "/robots.txt") return response.writeHead(404).end();
    requestedPaths.push(path);
    const status = failures[path];
    // Worth a retry by another run, but not by this one.
    if (status) return response.writeHead(status, { "retry-after": "3600" }).end();
    return response.writeHead(200, { "content-type": "text/html" }).end(`<title>Page</title><h1>Page ${path}</h1>`);
  });
});
afterAll(async () => {
  await Promise.all([environment[Symbol.asyncDispose](), site.stop()]);
});
beforeEach(() => {
  requestedPaths = [];
  failures = {};
});

function env(jobId: string, paths: string[], more: Record<string, string> = {}): Record<string, string> {
  return environment.env(jobId, {
    TARGET_URLS: JSON.stringify(paths.map((path) => site.url + path)),
    ALLOWED_HOSTS: `${environment.site.host},127.0.0.1:${site.port}`,
    ...more,
  });
}

async function runStep(
  step: Parameters<StepEnvironment["run"]>[0],
  variables: Record<string, string>,
): Promise<StepRun> {
  const run = await environment.run(step, variables);
  if (run.code !== 0) throw new Error(`${step} ended with ${run.code}: ${run.output}`);
  return run;
}

async function sql(text: string, values: string[] = []): Promise<unknown[]> {
  const url = new URL(environment.postgres.url);
  url.password = encodeURIComponent(environment.postgres.password);
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    return (await client.query(text, values)).rows;
  } finally {
    await client.end();
  }
}

/** A job's file, whatever folder it is in. */
const object = (uri: string | undefined) =>
  environment.store.objects.get(uri?.replace("s3://", "") ?? "") ?? Buffer.alloc(0);
const html = (jobId: string) => environment.json<RawHtml>(jobId, "raw_html.json").pages.map((page) => "html" in page);

describe("a page that failed for a moment", () => {
  test("is fetched by the next run of the workload, and no other page is", async () => {
    failures = { "/b": 503 };
    const variables = env("moment", ["/a", "/b", "/c"]);
    await runStep("scrape", variables);
    expect(html("moment")).toEqual([true, false, true]);
    await runStep("analysis", variables);
    failures = {};
    requestedPaths = [];
    const again = await runStep("scrape", variables);
    expect(requestedPaths).toEqual(["/b"]);
    expect(html("moment")).toEqual([true, true, true]);
    // What was made of the pages that there were is made again.
    await runStep("analysis", variables);
    expect(environment.json<Analysis>("moment", "analysis.json").pages).toHaveLength(3);
    const { pages: _, usage: __, ...result } = again.result ?? {};
    expect((await runStep("scrape", variables)).result).toEqual({
      ...result,
      beginning: "reused",
      usage: expect.anything(),
    });
    expect(requestedPaths).toEqual(["/b"]);
  });

  test("is fetched by another run that may reuse the rest", async () => {
    failures = { "/b": 429 };
    await runStep("scrape", env("cached", ["/a", "/b"]));
    failures = {};
    requestedPaths = [];
    const other = env("cached", ["/a", "/b"], { RUN_ID: "cached-2", ARTIFACT_CACHE: "true" });
    const { result } = await runStep("scrape", other);
    expect(requestedPaths).toEqual(["/b"]);
    const { pages } = JSON.parse(object(result?.artifacts.raw_html).toString()) as RawHtml;
    expect(pages.map((page) => "html" in page)).toEqual([true, true]);
  });

  test("is not tried again where it failed for good", async () => {
    failures = { "/b": 404 };
    await runStep("scrape", env("good", ["/a", "/b"]));
    requestedPaths = [];
    await runStep("scrape", env("good", ["/a", "/b"]));
    await runStep("scrape", env("good", ["/a", "/b"], { RUN_ID: "good-2", ARTIFACT_CACHE: "true" }));
    expect(requestedPaths).toEqual([]);
  });

  test("makes the step worth another attempt when none came, which asks for it again", async () => {
    failures = { "/a": 503, "/b": 404 };
    const variables = env("none", ["/a", "/b"]);
    const first = await environment.run("scrape", variables);
    expect(first.code).toBe(75);
    expect(first.log.at(-1)?.error).toMatch(/none of the 2 pages could be fetched: .*HTTP 503/);
    requestedPaths = [];
    expect((await environment.run("scrape", variables)).code).toBe(75);
    expect(requestedPaths).toEqual(["/a"]);
    failures = {};
    await runStep("scrape", variables);
    expect(requestedPaths).toEqual(["/a", "/a"]);
  });

  test("draws no page again that was drawn when another could not be", async () => {
    const variables = env("drawn", ["/a"]);
    await runStep("scrape", variables);
    const { result } = await runStep("screenshot", variables);
    await sql("UPDATE agent_steps SET complete = false WHERE owner = $1", ["tenant-test/drawn-0a1b2c3d"]);
    const again = await runStep("screenshot", variables);
    expect(again.result).toEqual({ ...result, usage: expect.anything() });
    expect(again.log.map(({ msg }) => msg)).not.toContain("screenshot taken");
  });

  test("does not where all failed for good", async () => {
    failures = { "/a": 404, "/b": 410 };
    expect((await environment.run("scrape", env("never", ["/a", "/b"]))).code).toBe(1);
  });
});

describe("two runs of one job id", () => {
  const first = () => env("twins", ["/a"], { RUN_ID: "twin-1", OBJECTIVE: "Compare the kettles." });
  const second = () => env("twins", ["/b"], { RUN_ID: "twin-2", OBJECTIVE: "Say who makes the kettles." });

  test("at once: each reads its own pages and keeps its own report", async () => {
    await runStep("scrape", first());
    const scraped = await runStep("scrape", second());
    expect(scraped.log.find(({ holder }) => holder)).toMatchObject({
      holder: "tenant-test/twin-1",
      prefix: "job_twins",
    });
    for (const step of ["screenshot", "dom", "analysis"] as const)
      await Promise.all([
        environment.start(step, first()).exit,
        environment.run(step, { ...second(), RESULT_FILE: `${second().RESULT_FILE}.2` }),
      ]);
    const reports = [await runStep("synthesis", second()), await runStep("synthesis", first())].map(
      ({ result }) => result?.artifacts.report,
    );
    expect(reports).toEqual(["s3://artifacts/job_twins/runs/twin-2/report.md", "s3://artifacts/job_twins/report.md"]);
    const [secondReport, firstReport] = reports.map((uri) => object(uri).toString());
    expect(firstReport).toContain("# Compare the kettles.");
    expect(firstReport).toContain(`${site.url}/a`);
    expect(firstReport).not.toContain(`${site.url}/b`);
    expect(secondReport).toContain("# Say who makes the kettles.");
    expect(secondReport).toContain(`${site.url}/b`);
    expect(secondReport).not.toContain(`${site.url}/a`);
    expect(firstReport).toContain("s3://artifacts/job_twins/screenshots/0.png");
    expect(secondReport).toContain("s3://artifacts/job_twins/runs/twin-2/screenshots/0.png");
  });

  test("one after the other: the later one has the prefix, and takes nothing that the earlier one left there", async () => {
    const third = env("twins", ["/c"], { RUN_ID: "twin-3" });
    const { result } = await runStep("scrape", third);
    expect(result?.artifacts.raw_html).toBe("s3://artifacts/job_twins/raw_html.json");
    await runStep("dom", third);
    await runStep("analysis", third);
    requestedPaths = [];
    const report = object((await runStep("synthesis", third)).result?.artifacts.report).toString();
    expect(report).toContain("there is no screenshot of this page");
    expect(report).not.toContain("screenshots/0.png");
  });

  test("a run whose steps have left nothing does not take another's", async () => {
    const run = await environment.run("analysis", env("twins", ["/c"], { RUN_ID: "twin-4" }));
    expect(run.code).toBe(1);
    expect(run.log.at(-1)?.error).toBe("this run has no result of the step scrape, which must run first");
  });
});

describe("a run that has been silent", () => {
  /** Lets the time pass for all runs. */
  const age = (interval: string) => sql("UPDATE agent_places SET at = at - $1::interval", [interval]);
  const claimRun = async (variables: Record<string, string>) =>
    (await runStep("scrape", variables)).result?.artifacts.raw_html;
  const plain = "s3://artifacts/job_silent/raw_html.json";

  test("gives its prefix to a later workload of its namespace, and refuses what that one wrote", async () => {
    expect(await claimRun(env("silent", ["/a"], { RUN_ID: "w1" }))).toBe(plain);
    await age("10 minutes");
    expect(await claimRun(env("silent", ["/b"], { RUN_ID: "w2" }))).toBe(
      "s3://artifacts/job_silent/runs/w2/raw_html.json",
    );
    await age("10 minutes");
    expect(await claimRun(env("silent", ["/c"], { RUN_ID: "w3" }))).toBe(plain);
    const resumed = await environment.run("analysis", env("silent", ["/a"], { RUN_ID: "w1" }));
    expect(resumed.code).toBe(1);
    expect(resumed.log.at(-1)?.error).toContain("is not what the step scrape wrote");
    expect((await runStep("analysis", env("silent", ["/c"], { RUN_ID: "w3" }))).code).toBe(0);
  });

  test("keeps it for a day from runs that nobody keeps apart", async () => {
    const workflow = { RUN_ID: "", WORKFLOW: "tenant-test/wf1" };
    expect(await claimRun(env("silent", ["/d"], workflow))).toBe("s3://artifacts/job_silent/runs/wf1/raw_html.json");
    await age("1 day");
    expect(await claimRun(env("silent", ["/d"], { ...workflow, WORKFLOW: "tenant-test/wf2" }))).toBe(plain);
  });

  test("for a month leaves nothing in the database", async () => {
    failures = { "/b": 503 };
    await runStep("scrape", env("old", ["/a"], { RUN_ID: "old-1" }));
    expect((await environment.run("scrape", env("old", ["/b"], { RUN_ID: "old-2" }))).code).toBe(75);
    const count = async () => [
      (await sql("SELECT 1 FROM agent_steps WHERE owner LIKE 'tenant-test/old-%'")).length > 0,
      (await sql("SELECT 1 FROM checkpoint_blobs WHERE thread_id LIKE 'tenant-test/old-%'")).length > 0,
    ];
    await age("29 days");
    await runStep("scrape", env("new", ["/a"]));
    expect(await count()).toEqual([true, true]);
    await age("2 days");
    await runStep("scrape", env("new", ["/a"], { RUN_ID: "new-2" }));
    expect(await count()).toEqual([false, false]);
  });

  test("that failed for good gives it at once", async () => {
    failures = { "/a": 404 };
    expect((await environment.run("scrape", env("failed", ["/a"], { RUN_ID: "f1" }))).code).toBe(1);
    expect(await claimRun(env("failed", ["/b"], { RUN_ID: "f2" }))).toBe("s3://artifacts/job_failed/raw_html.json");
  });
});

describe("what a step has written", () => {
  test("is named by its manifest with size and digest, and the result names the manifest", async () => {
    const { result } = await runStep("scrape", env("named", ["/a"]));
    const manifest = object(result?.manifest?.uri);
    const body = object("s3://artifacts/job_named/raw_html.json");
    const sha256 = (bytes: Buffer) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    expect(JSON.parse(manifest.toString())).toEqual({
      version: 1,
      run: "named-0a1b2c3d",
      jobId: "named",
      step: "scrape",
      artifacts: [
        {
          name: "raw_html",
          uri: "s3://artifacts/job_named/raw_html.json",
          digest: sha256(body),
          bytes: body.length,
        },
      ],
    } satisfies ArtifactManifest);
    expect(result?.manifest).toEqual({
      uri: "s3://artifacts/job_named/manifests/named-0a1b2c3d/scrape.json",
      digest: sha256(manifest),
      count: 1,
      bytes: body.length,
    });
  });

  test.each(["raw_html.json", "manifests/changed-0a1b2c3d/scrape.json"])(
    "is refused when somebody has changed %s since",
    async (name) => {
      const key = `artifacts/job_changed/${name}`;
      await runStep("scrape", env("changed", ["/a"]));
      environment.store.objects.set(key, Buffer.from(`${environment.store.objects.get(key)} `));
      const run = await environment.run("dom", env("changed", ["/a"]));
      expect(run.code).toBe(1);
      expect(run.log.at(-1)?.error).toMatch(
        /^s3:\S+ is not what the step scrape wrote \(sha256:\w+\): another run or somebody else has overwritten it$/,
      );
    },
  );

  test("is made again rather than reused when somebody has changed it since", async () => {
    const key = "artifacts/job_reused/raw_html.json";
    await runStep("scrape", env("reused", ["/a"]));
    environment.store.objects.set(key, Buffer.from('{"pages":[]}'));
    await runStep("scrape", env("reused", ["/a"], { RUN_ID: "reused-2", ARTIFACT_CACHE: "true" }));
    expect(requestedPaths).toEqual(["/a", "/a"]);
  });
});
