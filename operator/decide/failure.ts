// Why a run failed: the step that did, the kind of its failure, and its last words.
import { FAILURE_KINDS, type FailureKind } from "@agentic/api/failures.ts";
import { EXIT_CODES } from "@agentic/api/template.ts";
import { clean, cut } from "@agentic/api/text.ts";
import type { Workflow, WorkflowNode } from "../argo.ts";
import { isLeaf, stepName } from "./nodes.ts";

export interface Failure {
  kind: FailureKind;
  /** The step's name; absent where no step failed. */
  step?: string;
  /** Of the step's container. */
  exitCode?: number;
  /** One sentence: step, kind, and what the step or the cluster said. */
  message: string;
}

const MAX_MESSAGE = 1024;

/** What the kubelet, the scheduler and the API server write into a pod that they take away; engines pass it on. */
const EVICTED =
  /^(The node (was low on resource|had condition)|Pod ephemeral local storage usage|Container .+ exceeded its local ephemeral storage|Usage of EmptyDir volume|Preempt|Pod was (terminated in response to|rejected)|Pod (has been )?evicted|Evicted)/i;

const POD_LOST = /pod deleted|can't find failed message for pod|pod was lost|Node .* (is )?(shut ?down|lost)/i;

const NO_IMAGE =
  /\b(ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull|ImageInspectError|RegistryUnavailable)\b/;

/** The kind of a failed step, by its exit code and the engine's message; the first that fits. */
function kindOf(message: string, exitCode: number | undefined): FailureKind {
  if (/\bOOMKilled\b/.test(message)) return "OutOfMemory";
  if (EVICTED.test(message)) return "Evicted";
  if (/active on the node longer than the specified deadline/i.test(message)) return "StepDeadline";
  if (POD_LOST.test(message)) return "PodLost";
  if (NO_IMAGE.test(message)) return "ImageUnavailable";
  if (exitCode === 128 + 9 || exitCode === 128 + 15) return "Killed";
  if (exitCode !== undefined && exitCode > 128 && exitCode < 160) return "Crashed";
  return exitCode === EXIT_CODES.transient ? "ServiceUnavailable" : "StepFailed";
}

/** Why a Workflow failed: the step that did, in the words of its last attempt. */
export function failureOf(run: Workflow, nodes: WorkflowNode[]): Failure {
  const failed = nodes.filter(({ phase }) => phase === "Failed" || phase === "Error");
  const step =
    failed.find((node) => (isLeaf(node) || node.type === "Retry") && !node.nodeFlag?.retried) ??
    failed.find(({ name }) => name !== run.metadata.name);
  if (!step) {
    const message = run.status?.message || `the Workflow ended as ${run.status?.phase}`;
    return { kind: "WorkflowFailed", message: cut(clean(message), MAX_MESSAGE) };
  }
  const attempts = failed.filter(({ name }) => step.type === "Retry" && name.startsWith(`${step.name}(`));
  const last = attempts.at(-1);
  const said = last?.message || step.message || "failed";
  const exitCode = exitCodeOf(last ?? step, said);
  const kind = kindOf(said, exitCode);
  const name = stepName(step);
  const explained = FAILURE_KINDS[kind];
  const message = cut(clean(`step ${name}: ${explained ? `${explained}: ` : ""}${said}`), MAX_MESSAGE);
  return { kind, step: name, ...(exitCode === undefined ? {} : { exitCode }), message };
}

function exitCodeOf(node: WorkflowNode, message: string): number | undefined {
  const text = node.outputs?.exitCode ?? /\(exit code (\d+)\)/.exec(message)?.[1];
  const code = Number(text);
  return text !== undefined && text !== "" && Number.isInteger(code) ? code : undefined;
}
