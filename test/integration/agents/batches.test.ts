// A run whose pages are split: each batch by processes of its own, one join, and the report of all of them.
import { BATCH_ENV, GATE_ENV, type Step } from "@agentic/api/template.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Analysis, DomStructures, RawHtml } from "../../../agents/core/documents.ts";
import { type StepEnvironment, type StepRun, startStepEnvironment } from "./step-environment.ts";

let environment: StepEnvironment;
beforeAll(async () => {
  environment = await startStepEnvironment();
});
afterAll(async () => await environment[Symbol.asyncDispose]());

const pageSteps = ["scrape", "screenshot", "dom", "analysis"] as const;

/** Runs a step, or its part for a batch. */
async function run(step: Step, env: Record<string, string>, batch = ""): Promise<StepRun> {
  return await environment.run(step, { ...env, [BATCH_ENV.own]: batch, POD: `pod-of-${step}-${batch}` });
}

async function mustRun(...args: Parameters<typeof run>): Promise<StepRun> {
  const done = await run(...args);
  if (done.code !== 0) throw new Error(`${args[0]} of ${args[2]} ended with ${done.code}: ${done.output}`);
  return done;
}

/** The job's environment with a batch for each of these pages. */
function split(jobId: string, targets: readonly string[], more: Record<string, string> = {}) {
  const batches = targets.map((_, n) => `${n}-${n}`);
  const env = environment.env(jobId, {
    TARGET_URLS: JSON.stringify(targets),
    [BATCH_ENV.all]: JSON.stringify(batches),
    ...more,
  });
  return { batches, env };
}

const digestOf = ({ result }: StepRun): string => result?.manifest?.digest ?? "";
const gated = (evidence: Record<string, string>) => ({
  [GATE_ENV.steps]: pageSteps.join(","),
  [GATE_ENV.evidence]: JSON.stringify(evidence),
});

describe("a split job", () => {
  const evidence: Record<string, string> = {};
  let joined: StepRun;
  let env: Record<string, string>;
  beforeAll(async () => {
    const { site } = environment;
    const job = split("split", [`${site.url}/`, `${site.url}/products.html`, `${site.url}/about.html`]);
    env = job.env;
    for (const batch of job.batches)
      for (const step of pageSteps) evidence[`${step}/${batch}`] = digestOf(await mustRun(step, env, batch));
    joined = await mustRun("analysis", env);
    evidence.analysis = digestOf(joined);
  });

  test("comes to the same documents and the same judgement as one that isn't", async () => {
    const whole = environment.env("whole");
    for (const step of pageSteps) await mustRun(step, whole);
    const pagesOf = (job: string) => {
      const raw = environment.json<RawHtml>(job, "raw_html.json");
      const dom = environment.json<DomStructures>(job, "dom_structures.json");
      const { jobId: _, pages, ...judged } = environment.json<Analysis>(job, "analysis.json");
      return {
        raw: raw.pages.map((page) => ({ ...page, fetchedAt: "" })),
        dom: dom.pages,
        judged,
        pages: pages.map(({ view: { screenshot: _, ...view }, ...page }) => ({ ...page, view })),
      };
    };
    expect(pagesOf("split")).toEqual(pagesOf("whole"));
    expect(joined.result?.confidence).toBe(environment.json<Analysis>("whole", "analysis.json").confidence);
  });

  test("keeps what a batch wrote in a folder of its own, with manifests that the join's manifest holds by their digests", () => {
    const keys = [...environment.store.objects.keys()];
    expect(keys).toContain("artifacts/job_split/batches/1-1/raw_html.json");
    expect(keys).toContain("artifacts/job_split/batches/1-1/screenshots/1.png");
    expect(keys).toContain("artifacts/job_split/manifests/split-0a1b2c3d/screenshot/1-1.json");
    const manifest = environment.json<{ joins: object; artifacts: { name: string }[] }>(
      "split",
      "manifests/split-0a1b2c3d/analysis.json",
    );
    const { analysis: _, ...ofBatches } = evidence;
    expect(manifest.joins).toEqual(ofBatches);
    expect(manifest.artifacts.map(({ name }) => name)).toEqual(["raw_html", "dom_structures", "analysis"]);
  });

  test("is reported only from what was approved, of the join and of each batch", async () => {
    const replaced = { ...evidence, "dom/1-1": `sha256:${"0".repeat(64)}` };
    const refused = await run("synthesis", { ...env, ...gated(replaced) });
    expect([refused.code, refused.log.at(-1)?.error]).toEqual([
      1,
      expect.stringContaining("what the step dom/1-1 wrote is no longer what was approved"),
    ]);
    const { analysis: _, ...withoutJoin } = evidence;
    await expect(run("synthesis", { ...env, ...gated(withoutJoin) })).rejects.toThrow(
      "the gate was passed without saying what of analysis was approved",
    );
    await mustRun("synthesis", { ...env, ...gated(evidence) });
    const report = environment.store.objects.get("artifacts/job_split/report.md")?.toString() ?? "";
    expect(report).toContain(`analysis: \`${evidence.analysis}\``);
    for (const step of ["scrape", "dom", "analysis"])
      expect(report).toContain(`${step}/1-1: \`${evidence[`${step}/1-1`]}\``);
    expect(report).toContain("Screenshot: `s3://artifacts/job_split/batches/1-1/screenshots/1.png`");
  });

  test("is begun again where it ended, batch by batch", async () => {
    const again = await mustRun("screenshot", env, "1-1");
    expect(again.result?.beginning).toBe("reused");
    expect(digestOf(again)).toBe(evidence["screenshot/1-1"]);
    expect((await mustRun("analysis", env)).result?.beginning).toBe("reused");
  });
});

describe("a batch that fails for good", () => {
  test("costs its own pages: they are reported as failed, with the reason, and the confidence is lower for them", async () => {
    const { site } = environment;
    const { env } = split("lossy", [
      `${site.url}/products.html`,
      "http://127.0.0.1:9/gone",
      `${site.url}/about.html`,
      `${site.url}/missing.html`,
    ]);
    env.ALLOWED_HOSTS = `${site.host},127.0.0.1:9`;
    for (const step of pageSteps) await mustRun(step, env, "0-0");
    // While another try may help, it is tried again; the last one leaves what it knows to the join.
    expect((await run("scrape", env, "1-1")).code).toBe(75);
    await mustRun("scrape", { ...env, ATTEMPT: "5", LAST_STATUS: "Failed", LAST_EXIT_CODE: "75" }, "1-1");
    const noScreenshot = await run("screenshot", env, "1-1");
    expect([noScreenshot.code, noScreenshot.log.at(-1)?.error]).toEqual([
      1,
      expect.stringMatching(/^none of the 1 pages could be fetched: http:\/\/127\.0\.0\.1:9\/gone: /),
    ]);
    // As if its next pods had been killed.
    await mustRun("scrape", env, "2-2");
    await mustRun("screenshot", env, "2-2");
    // The fourth has never run.
    const { result } = await mustRun("analysis", env);
    const reasons = result?.reasons?.join("\n") ?? "";
    expect(reasons).toContain("1 of 4 pages read");
    expect(reasons).toContain("/about.html could not be read: the step analysis of its batch, 2-2, failed");
    expect(reasons).toContain("/missing.html could not be read: the step scrape of its batch, 3-3, failed");
    expect(reasons).toMatch(/127\.0\.0\.1:9\/gone could not be read: .*ECONNREFUSED/);
    const { confidence = 1, findings = [] } = result ?? {};
    expect(confidence).toBeLessThan(environment.json<Analysis>("lossy", "batches/0-0/analysis.json").confidence);
    expect(findings.filter(({ text }) => text.startsWith("The page could not be read"))).toHaveLength(3);
  });

  test("ends the run where no batch has read a page", async () => {
    const { env } = split("lost", [`${environment.site.url}/missing.html`, `${environment.site.url}/none.html`]);
    await mustRun("scrape", env, "0-0");
    const { code, log } = await run("analysis", env);
    expect([code, log.at(-1)?.error]).toEqual([1, expect.stringMatching(/^none of the 2 pages could be read: .*404/)]);
  });
});

test("a batch that the run doesn't have is refused", async () => {
  const { env } = split("unknown", [`${environment.site.url}/`]);
  await expect(run("scrape", env, "5-9")).rejects.toThrow('BATCH: "5-9" is not one of the batches 0-0');
  await expect(run("scrape", { ...env, [BATCH_ENV.all]: '["../x"]' })).rejects.toThrow(
    'BATCHES: must be a JSON array of batches such as "0-19"',
  );
});
