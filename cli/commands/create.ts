// Makes a workload in the submitter's own name.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { type Session, workloadsPath } from "../session.ts";

/** Makes it in its own namespace, or in the session's. */
export async function createWorkload(
  { client, namespace }: Session,
  { metadata, ...rest }: AgentWorkload,
  { me, dryRun = false }: { me: string; dryRun?: boolean },
): Promise<AgentWorkload> {
  const annotations = { [ANNOTATIONS.submittedBy]: me, ...metadata.annotations };
  return await client.create(
    workloadsPath(metadata.namespace ?? namespace),
    { ...rest, metadata: { ...metadata, annotations } },
    // A field that the API doesn't know is a typing mistake, not a wish.
    { query: { fieldValidation: "Strict", ...(dryRun ? { dryRun: "All" } : {}) } },
  );
}
