// The parts of Argo's objects that people are shown: a run's steps, and the templates of a tenant.
import type { AgentWorkload, ObjectMeta } from "@agentic/api/agentworkload.ts";
import { ARGO } from "@agentic/api/names.ts";
import { nodesIn } from "@agentic/api/run-nodes.ts";
import { RESULT, type StepResult } from "@agentic/api/template.ts";
import { since } from "@agentic/api/times.ts";
import { isStatus } from "@agentic/kube/client/api-error.ts";
import { templatePath, templatesPath } from "@agentic/kube/workloads/paths.ts";
import { table } from "./output.ts";
import type { Session } from "./session.ts";

export interface Node {
  id: string;
  /** A path such as `run.scrape(0)`. */
  name: string;
  displayName: string;
  templateName?: string;
  type: string;
  phase?: string;
  message?: string;
  startedAt?: string;
  finishedAt?: string;
  outputs?: { parameters?: { name: string; value?: string }[] };
}

interface Workflow {
  /** `compressedNodes`: gzip and base64 of `nodes`, where Argo found them too large. */
  status?: { nodes?: Record<string, Node>; compressedNodes?: string };
}

export interface WorkflowTemplate {
  metadata: ObjectMeta;
  spec: { arguments?: { parameters?: { name: string; value?: string; default?: string; description?: string }[] } };
}

const path = (namespace: string, plural: string, name = "") =>
  `/apis/${ARGO.groupVersion}/namespaces/${namespace}/${plural}${name && `/${encodeURIComponent(name)}`}`;

/** The steps of the workload's present run in the order of their start; none where its Workflow isn't there any more. */
export async function stepsOf({ client }: Session, { status }: AgentWorkload): Promise<Node[]> {
  const { name, namespace } = status?.argoWorkflow ?? {};
  if (!name || !namespace) return [];
  try {
    const { status: run } = await client.get<Workflow>(path(namespace, "workflows", name));
    return Object.values(nodesIn(run))
      .filter(({ type }) => type === "Pod" || type === "Suspend")
      .sort((one, other) => (one.startedAt ?? "").localeCompare(other.startedAt ?? ""));
  } catch (error) {
    if (isStatus(error, 404)) return [];
    throw error;
  }
}

/** What a step has reported, or undefined where it hasn't. */
export function resultOf(steps: readonly Node[], step: string): StepResult | undefined {
  const named = steps.filter(
    ({ displayName, phase }) => displayName.replace(/\(\d+\)$/, "") === step && phase === "Succeeded",
  );
  const text = named.at(-1)?.outputs?.parameters?.find(({ name }) => name === RESULT.parameter)?.value;
  try {
    const value: unknown = JSON.parse(text ?? "");
    return typeof value === "object" && value !== null ? (value as StepResult) : undefined;
  } catch {
    return undefined;
  }
}

/** A row for each step; a step whose pod was started again has a row for each attempt. */
export const stepTable = (steps: readonly Node[]): string =>
  table(
    ["STEP", "PHASE", "TOOK", "MESSAGE"],
    steps.map(({ displayName, phase = "Pending", startedAt, finishedAt, message = "" }) => [
      displayName,
      phase,
      since(startedAt, finishedAt),
      message,
    ]),
  );

export const listTemplates = ({ client, namespace }: Session): Promise<WorkflowTemplate[]> =>
  client.list(templatesPath(namespace));

export const getTemplate = ({ client, namespace }: Session, name: string): Promise<WorkflowTemplate> =>
  client.get(templatePath(namespace, name));
