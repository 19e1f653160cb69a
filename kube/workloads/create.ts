// Makes workloads in the submitter's own name, new ones and those of before once more.
import { randomBytes } from "node:crypto";
import type { AgentWorkload, AgentWorkloadSpec } from "@agentic/api/agentworkload.ts";
import { AGENT_WORKLOAD, ANNOTATIONS, API_GROUP_VERSION } from "@agentic/api/names.ts";
import type { Client } from "../client/client.ts";
import { workloadsPath } from "./paths.ts";

export interface CreateOptions {
  /** The submitter's name. */
  me: string;
  /** Of a workload that names none. */
  namespace: string;
  /** true: the API server checks and completes it, and makes nothing. */
  dryRun?: boolean;
}

/** Makes it, and returns it as the API server completes it. */
export async function createWorkload(
  client: Pick<Client, "create">,
  { metadata, ...rest }: AgentWorkload,
  { me, namespace, dryRun = false }: CreateOptions,
): Promise<AgentWorkload> {
  const annotations = { [ANNOTATIONS.submittedBy]: me, ...metadata.annotations };
  return await client.create(
    workloadsPath(metadata.namespace ?? namespace),
    { ...rest, metadata: { ...metadata, annotations } },
    // A field that the API doesn't know is a typing mistake, not a wish.
    { query: { fieldValidation: "Strict", ...(dryRun ? { dryRun: "All" } : {}) } },
  );
}

/** A workload that does the same once more, as another job, with these fields of its spec changed. */
export function sameAgain(
  { metadata, spec }: AgentWorkload,
  { name, changes = {} }: { name?: string | undefined; changes?: Partial<AgentWorkloadSpec> },
): AgentWorkload {
  // A job id names artifacts, which the first run's are; and what was suspended is to run now.
  const { jobId: _, suspend: __, ...same } = spec;
  return {
    apiVersion: API_GROUP_VERSION,
    kind: AGENT_WORKLOAD.kind,
    metadata: { name: name ?? `${metadata.name.slice(0, 57)}-${randomBytes(3).toString("hex").slice(0, 5)}` },
    spec: { ...same, ...changes },
  };
}

/** What changes of a workload's spec so that it goes on from what the first run has finished: the same job, which takes its artifacts over. */
export const goingOn = ({ metadata, spec }: AgentWorkload): Partial<AgentWorkloadSpec> => ({
  jobId: spec.jobId ?? metadata.name,
  artifacts: { ...spec.artifacts, cache: true },
});
