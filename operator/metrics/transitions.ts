// Observes what has happened to a workload between two statuses: each thing once, when the status that records it is written.
import type { AgentWorkload, AgentWorkloadStatus } from "@agentic/api/agentworkload.ts";
import { DECIDERS } from "@agentic/api/deciders.ts";
import { parseAmount } from "@agentic/api/money.ts";
import { DEFAULTS } from "@agentic/api/phases.ts";
import { COST_KINDS } from "@agentic/api/prices.ts";
import { type Beginning, GATE, RESULT } from "@agentic/api/template.ts";
import type { WorkflowNode, WorkflowTemplate } from "../argo.ts";
import { gateMs, isDone, isGate, isLeaf, nodesOf, parameter, parseResult } from "../decide/nodes.ts";
import { newRetries } from "../decide/step-retries.ts";
import { parseTime } from "../decide/time.ts";
import { changeOf, endingReason, type Transition } from "../decide/transition.ts";
import { faultOf } from "./fault.ts";
import { stepsOf } from "./known-template.ts";
import { OTHER } from "./label-values.ts";
import type { Metrics } from "./metrics.ts";

export interface Counted extends Transition {
  /** The template that it names, where it exists. */
  template: WorkflowTemplate | undefined;
}

/** Counts and measures what is new in the status. */
export function observeTransition(metrics: Metrics, transition: Counted): void {
  const { workload, status } = transition;
  const before = workload.status ?? {};
  const template = transition.template ? begun(metrics, workload, transition.template) : OTHER;
  const { ends, hasFailed, run } = changeOf(transition);
  const isAnswered = isAnswer(status) && before.approval?.decision !== status.approval?.decision;
  if (status.startedAt && !before.startedAt) observeStart(metrics, transition, template);
  const nodes = run && (ends || hasFailed || isAnswered) ? nodesOf(run) : [];
  if (isAnswered) observeGate(metrics, transition, nodes);
  if (hasFailed) metrics.failures.inc({ kind: status.failure?.kind ?? OTHER });
  for (const { kind } of newRetries(before.stepRetries, status.stepRetries)) metrics.stepRetries.inc({ kind });
  if (ends || hasFailed) for (const node of nodes) observeStep(metrics, node, template);
  if (ends) observeEnd(metrics, transition, { template, nodes });
}

/** The template's label, with series that are there before this is counted. */
function begun(metrics: Metrics, { metadata }: AgentWorkload, template: WorkflowTemplate): string {
  const tenants = new Set([metadata.namespace ?? ""]);
  return metrics.begin(template.metadata.name, { tenants, steps: new Set(stepsOf(template)) });
}

function isAnswer({ approval }: AgentWorkloadStatus): boolean {
  return approval?.decision === GATE.approve || approval?.decision === GATE.deny;
}

function observeStart(metrics: Metrics, { workload, status }: Transition, template: string): void {
  const created = parseTime(workload.metadata.creationTimestamp);
  const started = parseTime(status.startedAt);
  // A person may suspend a workload for days.
  if (created === undefined || started === undefined || status.suspension || status.attempt) return;
  metrics.firstPod.observe({ template }, Math.max(0, started - created) / 1000);
}

function observeGate(metrics: Metrics, { workload, status }: Transition, nodes: readonly WorkflowNode[]): void {
  const { by = "", decision = "", at } = status.approval ?? {};
  const mode = workload.spec.approval?.mode ?? DEFAULTS.mode;
  // Who the person is, the status says.
  const kind = (DECIDERS as readonly string[]).includes(by) ? by : "person";
  metrics.gates.inc({ decision, mode, by: kind });
  const since = parseTime(nodes.filter((node) => isGate(node) && isDone(node)).at(-1)?.startedAt);
  const until = parseTime(at);
  if (since !== undefined && until !== undefined) metrics.gateWait.observe({ mode }, Math.max(0, until - since) / 1000);
}

function observeStep(metrics: Metrics, node: WorkflowNode, template: string): void {
  const since = parseTime(node.startedAt);
  const until = parseTime(node.finishedAt);
  if (!isLeaf(node) || node.type === "Suspend" || !isDone(node) || since === undefined || until === undefined) return;
  // The name in the template: a step's own name may hold an item of a list.
  const step = metrics.stepNames.of(node.templateName ?? OTHER);
  const outcome = (node.phase ?? OTHER).toLowerCase();
  metrics.steps.observe({ template, step, outcome }, Math.max(0, until - since) / 1000);
  const { beginning, pages } = parseResult(parameter(node.outputs?.parameters, RESULT.parameter)) ?? {};
  if (beginning !== undefined && BEGINNINGS.includes(beginning)) metrics.beginnings.inc({ template, step, beginning });
  if (typeof pages !== "object" || pages === null) return;
  for (const result of ["read", "failed", "disallowed"] as const) {
    // Those that robots.txt keeps out are among the failed.
    const others = result === "failed" ? countOf(pages.disallowed) : 0;
    metrics.pages.inc({ template, result }, Math.max(0, countOf(pages[result]) - others));
  }
  metrics.pageBytes.inc({ template }, countOf(pages.bytes));
}

const BEGINNINGS: readonly string[] = ["fresh", "resumed", "done", "reused"] satisfies Beginning[];

/** A number of a step's own words, which may be anything. */
const countOf = (value: unknown): number => (Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : 0);

function observeEnd(
  metrics: Metrics,
  { workload, status }: Transition,
  { template, nodes }: { template: string; nodes: WorkflowNode[] },
): void {
  const phase = status.phase ?? "";
  const reason = endingReason(status) ?? OTHER;
  const tenant = metrics.tenants.of(workload.metadata.namespace ?? "");
  const fault = faultOf(status);
  metrics.finished.inc({ tenant, template, phase, reason, fault });
  metrics.outcomes.inc({ fault });
  if (status.cost) observeCost(metrics, status.cost, { tenant, template });
  // A started one has been counted when its Workflow was made.
  if (!status.argoWorkflow) metrics.submissions.inc({ result: reason === "PendingTimeout" ? "expired" : "refused" });
  const since = parseTime(status.startedAt);
  const until = parseTime(status.completedAt);
  if (since === undefined || until === undefined) return;
  const waited = gateMs(nodes) + (status.suspension?.seconds ?? 0) * 1000;
  metrics.runs.observe({ template, phase }, Math.max(0, until - since - waited) / 1000);
}

/** Whole numbers of billionths, which floating point adds exactly. */
function observeCost(
  metrics: Metrics,
  { parts, tokens }: NonNullable<AgentWorkloadStatus["cost"]>,
  labels: { tenant: string; template: string },
): void {
  for (const kind of COST_KINDS) metrics.cost.inc({ ...labels, kind }, Number(parseAmount(parts[kind] ?? "0")));
  for (const direction of ["input", "output"] as const) metrics.tokens.inc({ ...labels, direction }, tokens[direction]);
}
