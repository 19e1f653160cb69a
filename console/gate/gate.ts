// The gate as its page shows it: what the analysis found beside the pages that it read, and what an answer would be bound to.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { screenshotName } from "@agentic/api/artifacts.ts";
import { approvedChanges } from "@agentic/api/changes.ts";
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { DEFAULTS } from "@agentic/api/phases.ts";
import { openQuestions } from "@agentic/api/questions.ts";
import { type Finding, GATE, SEVERITIES } from "@agentic/api/template.ts";
import { ApiError } from "@agentic/kube/client/api-error.ts";
import { answerAnnotations, changeAnnotations, replyAnnotations } from "@agentic/kube/workloads/answer.ts";
import { workloadPath } from "@agentic/kube/workloads/paths.ts";
import { artifactsOf, jsonOf } from "../artifacts/artifacts.ts";
import type { ReadObject } from "../artifacts/store.ts";
import type { Artifact, GateFinding, GateView } from "../contract.ts";
import type { Visitor } from "../sessions/visitors.ts";
import type { Board } from "../workloads/board.ts";
import { gateOf, rowOf } from "../workloads/row.ts";
import { gateInput } from "../workloads/run.ts";
import { workflowFor } from "../workloads/view.ts";
import { pageTextsOf } from "./page-texts.ts";
import { type Fact, placesOf } from "./place.ts";

/** What is read of `analysis.json`, or of the shorter result that the gate has as its input. */
interface Analysis {
  confidence?: number;
  reasons?: string[];
  findings?: Finding[];
  pages?: { n?: number; facts?: Fact[] }[];
}

/** Pages on which places of findings are looked for: each is read from the store. */
const MAX_LOCATED = 20;

export interface GateSources {
  board: Board;
  read: ReadObject;
  visitor: Visitor;
}

export async function gateView({ board, read, visitor }: GateSources, workload: AgentWorkload): Promise<GateView> {
  const { metadata, spec, status = {} } = workload;
  const { approval = {}, phase = "Pending" } = status;
  const row = rowOf(workload, board.runOf(workload));
  const gate = gateOf(workload, board.runOf(workload));
  const [artifacts, you] = await Promise.all([artifactsOf(read, workload), mayAnswer(visitor, workload)]);
  const [analysis, problems] = await Promise.all([
    analysisOf(visitor, read, workload, artifacts),
    jsonOf<Record<string, string>>(read, artifacts, "screenshot_problems"),
  ]);
  const submittedBy = metadata.annotations?.[ANNOTATIONS.submittedBy];
  const confidence = approval.confidence ?? analysis.confidence;
  const { decision, by, reason = "", at } = approval;
  const approvedWith = approvedChanges(approval);
  return {
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    uid: metadata.uid ?? "",
    phase,
    open: gate !== undefined,
    mode: spec.approval?.mode ?? DEFAULTS.mode,
    objective: spec.objective,
    ...(submittedBy ? { submittedBy } : {}),
    ...(confidence === undefined ? {} : { confidence }),
    reasons: strings(analysis.reasons),
    findings: await located(findingsOf(analysis, spec.targetUrls), { read, artifacts, analysis }),
    pages: spec.targetUrls.map((url, n) => {
      const screenshot = artifacts.find(({ name }) => name === screenshotName(n));
      const problem = problems?.[n];
      return { url, ...(screenshot ? { screenshot } : {}), ...(problem ? { problem: String(problem) } : {}) };
    }),
    evidence: approval.evidence ?? {},
    artifacts: artifacts.filter(({ step }) => step in (approval.evidence ?? {})),
    ...(approval.policy ? { policy: approval.policy } : {}),
    says: row.says,
    ...((decision === GATE.approve || decision === GATE.deny) && by
      ? { decided: { decision, by, reason, ...(at ? { at } : {}) } }
      : {}),
    answers: approval.answers ?? [],
    required: approval.required ?? 1,
    questions: approval.questions ?? [],
    ...(gate?.since ? { since: gate.since } : {}),
    ...(gate?.expiresAt ? { expiresAt: gate.expiresAt } : {}),
    ...(row.cost ? { cost: row.cost } : {}),
    changeable: approval.changeable ?? {},
    changes: approval.changes ?? {},
    ...(approvedWith ? { approvedWith } : {}),
    you,
  };
}

async function analysisOf(
  visitor: Visitor,
  read: ReadObject,
  workload: AgentWorkload,
  artifacts: readonly Artifact[],
): Promise<Analysis> {
  const whole = await jsonOf<Analysis>(read, artifacts, "analysis");
  if (whole) return whole;
  const run = await workflowFor(visitor, workload);
  const input = run && gateInput(run);
  return typeof input === "object" && input !== null ? input : {};
}

const strings = (list: unknown): string[] => (Array.isArray(list) ? list.map(String) : []);

type Unlocated = Omit<GateFinding, "places">;

/** The findings, each with its places on its page. */
async function located(
  findings: readonly Unlocated[],
  { read, artifacts, analysis }: { read: ReadObject; artifacts: readonly Artifact[]; analysis: Analysis },
): Promise<GateFinding[]> {
  const numbers = [...new Set(findings.flatMap(({ page }) => (page === undefined ? [] : [page])))].slice(
    0,
    MAX_LOCATED,
  );
  const texts = await pageTextsOf(read, artifacts, numbers);
  return findings.map((finding) => {
    const { page = -1, text } = finding;
    const shown = texts.get(page);
    const facts = analysis.pages?.find(({ n }) => n === page)?.facts;
    const known = (Array.isArray(facts) ? facts : []).filter(
      ({ name, value }) => typeof name === "string" && typeof value === "string",
    );
    return { ...finding, places: shown ? placesOf(text, known, shown) : [] };
  });
}

/** The worst first; of a severity that nobody has defined is what the policy takes for the worst. */
function findingsOf({ findings }: Analysis, pages: readonly string[]): Unlocated[] {
  const rank = (severity: string) => (SEVERITIES as readonly string[]).indexOf(severity);
  return (Array.isArray(findings) ? findings : [])
    .map(({ severity, url, text }) => {
      const page = pages.indexOf(url);
      return {
        severity: rank(severity) < 0 ? ("critical" as const) : severity,
        url: String(url),
        text: String(text),
        ...(page < 0 ? {} : { page }),
      };
    })
    .sort((one, other) => rank(other.severity) - rank(one.severity));
}

/** Whether the API server would take the visitor's answers: tried by dry runs, so that every rule of the cluster is in it. */
async function mayAnswer(visitor: Visitor, { metadata, status }: AgentWorkload): Promise<GateView["you"]> {
  if (status?.phase !== "AwaitingApproval") {
    const not = { may: false, why: "the gate doesn't wait for an answer" };
    return { approve: not, deny: not, ask: not, reply: not };
  }
  const { username } = await visitor.person();
  const dryRun = async (annotations: Record<string, string | null>) => {
    try {
      const body = { metadata: { uid: metadata.uid, annotations } };
      await visitor.client.patch(workloadPath(metadata.namespace ?? "", metadata.name), body, {
        query: { dryRun: "All" },
      });
      return { may: true };
    } catch (error) {
      if (error instanceof ApiError && error.status >= 400 && error.status < 500)
        return { may: false, why: error.message };
      throw error;
    }
  };
  const answer = (decision: string) => dryRun(answerAnnotations(decision, username, "tried"));
  const [approve, deny, ask, reply] = await Promise.all([
    dryRun({
      ...answerAnnotations(GATE.approve, username, "tried"),
      // Another approval has to change the same, or it is refused for that.
      ...changeAnnotations(approvedChanges(status.approval)?.changes ?? {}, metadata.annotations),
    }),
    answer(GATE.deny),
    answer(GATE.ask),
    openQuestions(status.approval?.questions).length > 0
      ? dryRun(replyAnnotations("tried", username))
      : { may: false, why: "nothing is asked: a reply is taken while a question is open" },
  ]);
  return { approve, deny, ask, reply };
}
