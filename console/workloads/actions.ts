// What visitors do with workloads beside answering: everything with their own token, so that the API server judges it.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { AGENT_WORKLOAD, API_GROUP_VERSION } from "@agentic/api/names.ts";
import { createWorkload, goingOn, sameAgain } from "@agentic/kube/workloads/create.ts";
import { workloadPath } from "@agentic/kube/workloads/paths.ts";
import { parseAllDocuments, stringify } from "yaml";
import type { Created, DryRunResult, WorkloadRow } from "../contract.ts";
import { invalid, refusalOf } from "../http/errors.ts";
import type { Visitor } from "../sessions/visitors.ts";
import { rowOf } from "./row.ts";
import type { Key } from "./view.ts";

export async function suspend({ client }: Visitor, key: Key, isSuspended: boolean): Promise<WorkloadRow> {
  const path = workloadPath(key.namespace, key.name);
  return rowOf(await client.patch<AgentWorkload>(path, { spec: { suspend: isSuspended } }), undefined);
}

export async function remove({ client }: Visitor, { namespace, name }: Key): Promise<void> {
  await client.delete(workloadPath(namespace, name));
}

/** Runs it again under a new name: as another job, or as the same one, which goes on from its artifacts where its template can. */
export async function resubmit(visitor: Visitor, key: Key, body: unknown): Promise<Created> {
  const { name, as, changes = {} } = fields(body);
  if (as !== "resubmit" && as !== "retry") throw invalid("as must be resubmit or retry");
  if (name !== undefined && typeof name !== "string") throw invalid("name must be a text");
  const before = await visitor.client.get<AgentWorkload>(workloadPath(key.namespace, key.name));
  const again = sameAgain(before, {
    name,
    changes: { ...(as === "retry" ? await goingOn(visitor.client, before) : {}), ...fields(changes) },
  });
  return await create(visitor, again, key.namespace);
}

export async function createFrom(visitor: Visitor, body: unknown): Promise<Created> {
  const { namespace, workload } = given(body);
  return await create(visitor, workload, namespace);
}

async function create(visitor: Visitor, workload: AgentWorkload, namespace: string): Promise<Created> {
  const { username: me } = await visitor.person();
  const { metadata } = await createWorkload(visitor.client, workload, { me, namespace });
  return { namespace: metadata.namespace ?? namespace, name: metadata.name, uid: metadata.uid ?? "" };
}

/** What the API server would make of it, or what it would say. */
export async function dryRun(visitor: Visitor, body: unknown): Promise<DryRunResult> {
  try {
    const { namespace, workload } = given(body);
    const { username: me } = await visitor.person();
    const made = await createWorkload(visitor.client, workload, { me, namespace, dryRun: true });
    const { managedFields: _, ...metadata } = made.metadata as AgentWorkload["metadata"] & { managedFields?: unknown };
    const shown = { ...made, metadata };
    return { ok: true, yaml: stringify(shown), workload: shown };
  } catch (error) {
    const refused = refusalOf(error);
    if (!refused || refused.status === 401 || refused.status >= 500) throw error;
    return { ok: false, error: refused.body };
  }
}

const fields = (body: unknown): Record<string, unknown> => {
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw invalid("the body must be a JSON object");
  return body as Record<string, unknown>;
};

/** The one workload that the request describes. */
function given(body: unknown): { namespace: string; workload: AgentWorkload } {
  const { namespace, yaml } = fields(body);
  if (typeof namespace !== "string" || namespace === "") throw invalid("namespace is missing");
  if (typeof yaml !== "string") throw invalid("yaml is missing");
  const documents = parseAllDocuments(yaml).filter(
    (document) => document.toJS() !== null || document.errors.length > 0,
  );
  const [document] = documents;
  if (!document || documents.length > 1)
    throw invalid(`one AgentWorkload is expected, not ${documents.length} documents`);
  const [error] = document.errors;
  if (error) throw invalid(`it isn't YAML: ${error.message}`);
  const workload = document.toJS() as Partial<AgentWorkload>;
  if (workload.apiVersion !== API_GROUP_VERSION || workload.kind !== AGENT_WORKLOAD.kind)
    throw invalid(
      `it is ${String(workload.kind)} of ${String(workload.apiVersion)}, not ${AGENT_WORKLOAD.kind} of ${API_GROUP_VERSION}`,
    );
  if (typeof workload.metadata?.name !== "string") throw invalid("metadata.name is missing");
  return { namespace, workload: workload as AgentWorkload };
}
