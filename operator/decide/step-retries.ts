// The tries of a run's steps: after what kind of failure each began, told in the status, in events and in the message.
import type { StepRetry } from "@agentic/api/agentworkload.ts";
import { AFTER_FAILURE } from "@agentic/api/failures.ts";
import { timestamp } from "@agentic/api/times.ts";
import type { Workflow, WorkflowNode } from "../argo.ts";
import type { Draft } from "./draft.ts";
import { failureKind } from "./failure.ts";
import { isDone, isLeaf, stepName } from "./nodes.ts";
import { parseTime } from "./time.ts";

/** The most recent retries that the status has. */
const MAX_RETRIES = 50;

/** Every try of a step that follows a failed one, in the order of their start. */
export function stepRetries(run: Workflow, nodes: WorkflowNode[]): StepRetry[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  return nodes.flatMap((node): StepRetry[] => {
    const [, base, digits] = /^(.*)\((\d+)\)$/s.exec(node.name) ?? [];
    const number = Number(digits);
    const before = node.nodeFlag?.retried && number > 0 ? byName.get(`${base}(${number - 1})`) : undefined;
    if (!before || !isLeaf(node)) return [];
    const limit = run.retryLimits?.[node.templateName ?? ""];
    const startedAt = parseTime(node.startedAt);
    return [
      {
        step: stepName(node),
        kind: failureKind(before),
        number,
        ...(limit === undefined ? {} : { limit }),
        ...(startedAt === undefined ? {} : { at: timestamp(startedAt) }),
      },
    ];
  });
}

const words = ({ kind, number, limit }: StepRetry) =>
  `tried again after ${AFTER_FAILURE[kind]}, ${number}${limit === undefined ? "" : ` of ${limit}`}`;

/** The retries that a status has and an earlier one had not. */
export function newRetries(before: readonly StepRetry[] = [], after: readonly StepRetry[] = []): StepRetry[] {
  const known = new Set(before.map(({ step, number, at }) => `${step} ${number} ${at}`));
  return after.filter(({ step, number, at }) => !known.has(`${step} ${number} ${at}`));
}

/** Puts the run's retries into the status, and those that are new there into events. */
export function noteRetries(draft: Draft, run: Workflow, nodes: WorkflowNode[]): void {
  const before = draft.status.stepRetries;
  const retries = stepRetries(run, nodes).slice(-MAX_RETRIES);
  if (retries.length === 0) return;
  draft.status.stepRetries = retries;
  for (const retry of newRetries(before, retries))
    draft.event("Warning", "StepRetried", `${retry.step}: ${words(retry)}`);
}

/** The steps that run now, each with the reason why it is tried again. */
export function runningText(draft: Draft, nodes: WorkflowNode[]): string {
  const { currentNode, stepRetries: retries = [] } = draft.status;
  if (!currentNode) return "running";
  const active = new Set(nodes.filter((node) => isLeaf(node) && !isDone(node)).map(stepName));
  const again = [...active].flatMap((step) => {
    const last = retries.findLast((retry) => retry.step === step);
    return last ? [`${step}: ${words(last)}`] : [];
  });
  return `running: ${[currentNode, ...again.slice(0, 5)].join("; ")}`;
}
