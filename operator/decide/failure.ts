// Why a run failed: the step that failed, the kind of failure, and the step's last message.
import { BUDGET_EXHAUSTED, FAILURE_KINDS, type FailureKind } from "@agentic/api/failures.ts";
import { EVICTION_MESSAGES, EXIT_CODES } from "@agentic/api/retries.ts";
import { clean, cut } from "@agentic/api/text.ts";
import type { Workflow, WorkflowNode } from "../argo.ts";
import { isFailed, isLeaf, stepName } from "./nodes.ts";

export interface Failure {
  kind: FailureKind;
  /** The step's name; absent where no step failed. */
  step?: string;
  /** Of the step's container. */
  exitCode?: number;
  /** One sentence: step, kind, and the message of the step or the cluster. */
  message: string;
}

const MAX_MESSAGE = 1024;

/** The messages that the kubelet, the scheduler and the API server write into a pod that they evict; engines pass them on. */
const EVICTED = new RegExp(`^(${EVICTION_MESSAGES.join("|")})`);

const POD_LOST = /pod deleted|can't find failed message for pod|pod was lost|Node .* (is )?(shut ?down|lost)/i;

const NO_IMAGE =
  /\b(ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull|ImageInspectError|RegistryUnavailable)\b/;

/** Refusals by the policy controller's webhook and by the allow-list of images (components/tenancy/image-allow-list.ts). */
const IMAGE_DENIED =
  /admission webhook "policy\.sigstore\.dev" denied|may not run in a tenant's namespace: allowed are/;

/** The kind of failure of a step, by its exit code and the engine's message; the first match wins. */
function kindOf(message: string, exitCode: number | undefined): FailureKind {
  if (/\bOOMKilled\b/.test(message)) return "OutOfMemory";
  if (EVICTED.test(message)) return "Evicted";
  if (/active on the node longer than the specified deadline/i.test(message)) return "StepDeadline";
  if (POD_LOST.test(message)) return "PodLost";
  if (IMAGE_DENIED.test(message)) return "ImageDenied";
  if (NO_IMAGE.test(message)) return "ImageUnavailable";
  if (exitCode === 128 + 9 || exitCode === 128 + 15) return "Killed";
  if (exitCode !== undefined && exitCode > 128 && exitCode < 160) return "Crashed";
  if (exitCode === EXIT_CODES.transient || exitCode === EXIT_CODES.notReady) return "ServiceUnavailable";
  return message.includes(`${BUDGET_EXHAUSTED}: `) ? "BudgetExhausted" : "StepFailed";
}

/** Why a Workflow failed: the step that failed, with the message of its last attempt. */
export function failureOf(run: Workflow, nodes: WorkflowNode[]): Failure {
  const failed = nodes.filter(isFailed);
  const step =
    failed.find((node) => (isLeaf(node) || node.type === "Retry") && !node.nodeFlag?.retried) ??
    failed.find(({ name }) => name !== run.metadata.name);
  if (!step) {
    const message = run.status?.message || `the Workflow ended as ${run.status?.phase}`;
    return { kind: "WorkflowFailed", message: cut(clean(message), MAX_MESSAGE) };
  }
  const attempts = failed.filter(({ name }) => step.type === "Retry" && name.startsWith(`${step.name}(`));
  const lastAttempt = attempts.at(-1);
  const stepMessage = lastAttempt?.message || step.message || "failed";
  const exitCode = exitCodeOf(lastAttempt ?? step, stepMessage);
  const kind = kindOf(stepMessage, exitCode);
  const name = stepName(step);
  const kindText = FAILURE_KINDS[kind];
  const message = cut(clean(`step ${name}: ${kindText ? `${kindText}: ` : ""}${stepMessage}`), MAX_MESSAGE);
  return { kind, step: name, ...(exitCode === undefined ? {} : { exitCode }), message };
}

/** The kind of failure of a step's try. */
export const failureKind = (node: WorkflowNode): FailureKind =>
  kindOf(node.message ?? "", exitCodeOf(node, node.message ?? ""));

function exitCodeOf(node: WorkflowNode, message: string): number | undefined {
  const text = node.outputs?.exitCode ?? /\(exit code (\d+)\)/.exec(message)?.[1];
  const code = Number(text);
  return text !== undefined && text !== "" && Number.isInteger(code) ? code : undefined;
}
