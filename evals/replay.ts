// Runs a case: the present steps in the order of the present template, and the gate by the present policy.
import {
  SCREENSHOT_PROBLEMS,
  screenshotKey,
  screenshotName,
  shownTextKey,
  shownTextName,
} from "@agentic/api/artifacts.ts";
import { GATE, GATE_ENV, type GateDecision, type Step, type StepResult } from "@agentic/api/template.ts";
import { MemorySaver } from "@langchain/langgraph";
import { readSettings } from "../agents/core/config.ts";
import type { Context } from "../agents/core/context.ts";
import type { Analysis, FetchedPage, ScreenshotProblems, ShownPage } from "../agents/core/documents.ts";
import { describe } from "../agents/core/errors.ts";
import type { Exchange } from "../agents/core/exchange.ts";
import { runWork } from "../agents/core/graph.ts";
import { inputsOf, requireApproved } from "../agents/core/inputs.ts";
import { writeManifest } from "../agents/core/job.ts";
import { createLog } from "../agents/core/log.ts";
import { Meter } from "../agents/core/meter.ts";
import type { StepRecord } from "../agents/core/records.ts";
import { encodeResult, type StepOutput } from "../agents/core/result.ts";
import { stepModules } from "../agents/core/run.ts";
import { ARTIFACTS, type ArtifactStore } from "../agents/core/store.ts";
import { gateQuestion } from "../operator/decide/gate.ts";
import type { PolicyAnswer, Question } from "../operator/decide/types.ts";
import { workflowTemplates } from "../workflows/index.ts";
import type { Case, Recording } from "./case.ts";
import { MemoryStore } from "./memory-store.ts";
import { orderOf } from "./template-order.ts";

/** What a run needs besides its case. */
export interface Services {
  /** URL of a model gateway. */
  litellmUrl: string;
  /** Folder with the agents' Secrets, as files. */
  secretsDir: string;
  decide(question: Question): Promise<PolicyAnswer>;
  /** URL of a browser service that draws the pages. Absent: the recorded pictures stand for them. */
  browserlessUrl?: string;
}

export interface CaseRun {
  store: MemoryStore;
  analysis?: Analysis;
  /** The report's Markdown. */
  report?: string;
  /** The gate's answer; `fail` where a step failed before it. */
  decision: GateDecision | "fail" | "none";
  /** Why a step failed. */
  error?: string;
  /** The questions that were asked, with their answers. */
  exchanges: Exchange[];
}

/** Bucket and folder of a run's objects, which end with it. */
const BUCKET = "evals";

/** Runs the case to its end. A step that fails ends it, as in a workflow. */
export async function runCase(subject: Case, services: Services): Promise<CaseRun> {
  const template = workflowTemplates.find(({ metadata }) => metadata.name === subject.template);
  if (!template) throw new Error(`case ${subject.name}: there is no template "${subject.template}"`);
  const prefix = `job_${subject.name}`;
  const store = new MemoryStore({ bucket: BUCKET, prefix });
  const records = new Map<Step, StepRecord>();
  const run: CaseRun = { store, decision: "none", exchanges: [] };
  let evidence: string | undefined;
  try {
    for (const name of orderOf(template)) {
      if (name === GATE.name) {
        run.decision = await decide(subject, records.get("analysis")?.result, services);
        if (run.decision !== GATE.approve) break;
        evidence = JSON.stringify(
          Object.fromEntries([...records].map(([step, { result }]) => [step, result.manifest?.digest])),
        );
      } else records.set(name, await runStep({ step: name, subject, services, store, records, evidence }));
    }
  } catch (error) {
    run.error = describe(error);
    if (run.decision === "none") run.decision = "fail";
  }
  for (const [uri, bytes] of store.objects)
    if (uri.startsWith(store.uri("exchanges/"))) run.exchanges.push(JSON.parse(bytes.toString()) as Exchange);
  const analysis = store.objects.get(store.uri(ARTIFACTS.analysis));
  const report = store.objects.get(store.uri(ARTIFACTS.report));
  if (analysis) run.analysis = JSON.parse(analysis.toString()) as Analysis;
  if (report) run.report = report.toString();
  return run;
}

/** The case with new pictures, for which the browser loads what the pages need from `site`, a URL with the paths of their own. */
export async function drawCase(
  subject: Case,
  services: Services & { browserlessUrl: string },
  site: string,
): Promise<Case> {
  const { host } = new URL(site);
  const pages = subject.raw.pages.map((page) =>
    "html" in page ? { ...page, finalUrl: `${site}${new URL(page.finalUrl).pathname}` } : page,
  );
  const local = { ...subject, raw: { ...subject.raw, pages } };
  const store = new MemoryStore({ bucket: BUCKET, prefix: `job_${subject.name}` });
  const records = new Map<Step, StepRecord>();
  for (const step of ["scrape", "screenshot"] as const)
    records.set(step, await runStep({ step, subject: local, services, store, records, evidence: undefined, host }));
  const recording: Recording = { shown: {}, problems: {}, exchanges: [] };
  const pictures: Case["pictures"] = {};
  const json = <T>(key: string) => JSON.parse(store.objects.get(store.uri(key))?.toString() ?? "null") as T | null;
  for (const { n } of subject.raw.pages) {
    const picture = store.objects.get(store.uri(screenshotKey(n)));
    const shown = json<ShownPage>(shownTextKey(n));
    if (picture) pictures[n] = picture;
    if (shown) recording.shown[n] = shown;
  }
  recording.problems = json<ScreenshotProblems>(SCREENSHOT_PROBLEMS) ?? {};
  return { ...subject, pictures, recording };
}

/** The gate's decision, asked as the operator asks it. */
async function decide(subject: Case, result: StepResult | undefined, services: Services): Promise<GateDecision> {
  const workload = {
    apiVersion: "agentic.io/v1alpha1" as const,
    kind: "AgentWorkload" as const,
    metadata: { name: subject.name, namespace: "tenant-evals" },
    spec: { objective: subject.objective, targetUrls: subject.pages.map(({ url }) => url), approval: subject.approval },
  };
  const parameters = [{ name: GATE.input, value: encodeResult(result ?? { artifacts: {} }) }];
  const node = { id: GATE.name, name: GATE.name, displayName: GATE.name, type: "Suspend", inputs: { parameters } };
  const answer = await services.decide(gateQuestion(workload, subject.name, node));
  if (!answer.ok) throw new Error(`the policy gives no decision: ${answer.error}`);
  return answer.allow ? GATE.approve : GATE.deny;
}

interface StepRun {
  step: Step;
  subject: Case;
  services: Services;
  store: MemoryStore;
  records: ReadonlyMap<Step, StepRecord>;
  /** JSON of what was approved, of the steps after the gate. */
  evidence: string | undefined;
  /** The one host, with its port, that pages may load something from. */
  host?: string;
}

async function runStep(stepRun: StepRun): Promise<StepRecord> {
  const { step, subject, services, store, records, evidence } = stepRun;
  const settings = readSettings(step, environmentOf(stepRun));
  const recorded = await recordedOutput(step, subject, services, store);
  if (recorded) return { result: await writeManifest(settings, store, recorded), isComplete: true };
  const module = await stepModules[step]();
  const read = new Map([...records].filter(([earlier]) => module.reads.includes(earlier)));
  const inputs = inputsOf(store, read);
  if (evidence !== undefined && settings.approved) requireApproved(inputs, settings.approved);
  const signal = new AbortController().signal;
  const context: Context = {
    ...{ settings, store, inputs, former: undefined, log: createLog(settings, () => {}), meter: new Meter(), signal },
    ...{ onRetry: () => {}, drawLimits: {} },
  };
  const { work, concurrency, close } = await module.prepare(context);
  try {
    const { output } = await runWork(work, new MemorySaver(), { threadId: step, input: "", concurrency, signal });
    return { result: await writeManifest(settings, store, output), isComplete: true };
  } finally {
    await close?.();
  }
}

/** The environment of a step's pod. Services that it doesn't reach have names that nothing answers to. */
function environmentOf({ subject, services, records, evidence, host = "" }: StepRun): Record<string, string> {
  const gated = { [GATE_ENV.evidence]: evidence ?? "", [GATE_ENV.steps]: [...records.keys()].join(",") };
  return {
    JOB_ID: subject.name,
    RUN_ID: "eval",
    OBJECTIVE: subject.objective,
    TARGET_URLS: JSON.stringify(subject.pages.map(({ url }) => url)),
    BUCKET,
    ARTIFACT_PREFIX: `job_${subject.name}`,
    BROWSERLESS_URL: services.browserlessUrl ?? "ws://browser.invalid",
    LITELLM_URL: services.litellmUrl,
    OBJECT_STORE_URL: "http://store.invalid",
    POSTGRES_DSN: "postgresql://database.invalid",
    MODEL: subject.model,
    ALLOWED_HOSTS: host,
    SECRETS_DIR: services.secretsDir,
    ...(evidence === undefined ? {} : gated),
  };
}

/** What stands for a step that reaches outside: the case's pages for scrape, its pictures for screenshot. */
async function recordedOutput(
  step: Step,
  subject: Case,
  { browserlessUrl }: Services,
  store: ArtifactStore,
): Promise<StepOutput | undefined> {
  const json = (key: string, value: unknown) => store.put(key, JSON.stringify(value), "application/json");
  if (step === "scrape") return { artifacts: [{ name: "raw_html", ...(await json(ARTIFACTS.rawHtml, subject.raw)) }] };
  if (step !== "screenshot" || browserlessUrl !== undefined) return undefined;
  const { shown, problems } = subject.recording;
  const artifacts: StepOutput["artifacts"] = [];
  for (const { n } of subject.raw.pages.filter((page): page is FetchedPage => "html" in page)) {
    const [picture, texts] = [subject.pictures[n], shown[n]];
    if (picture)
      artifacts.push({ name: screenshotName(n), ...(await store.put(screenshotKey(n), picture, "image/png")) });
    if (texts) artifacts.push({ name: shownTextName(n), ...(await json(shownTextKey(n), texts)) });
  }
  if (Object.keys(problems).length > 0)
    artifacts.push({ name: "screenshot_problems", ...(await json(SCREENSHOT_PROBLEMS, problems)) });
  return { artifacts };
}
