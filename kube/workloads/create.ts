// Makes workloads in the submitter's own name, new ones and those of before once more.
import { randomBytes } from "node:crypto";
import { nameAgain, specAgain } from "@agentic/api/again.ts";
import type { AgentWorkload, AgentWorkloadSpec } from "@agentic/api/agentworkload.ts";
import type { DescribedTemplate } from "@agentic/api/catalogue.ts";
import { AGENT_WORKLOAD, ANNOTATIONS, API_GROUP_VERSION } from "@agentic/api/names.ts";
import { OPTIONAL_PARAMETERS } from "@agentic/api/template.ts";
import { templateRefOf } from "@agentic/api/template-ref.ts";
import { ApiError } from "../client/api-error.ts";
import type { Client } from "../client/client.ts";
import { templatePath, workloadsPath } from "./paths.ts";

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
  return {
    apiVersion: API_GROUP_VERSION,
    kind: AGENT_WORKLOAD.kind,
    metadata: { name: name ?? `${nameAgain(metadata.name)}-${randomBytes(3).toString("hex").slice(0, 5)}` },
    spec: { ...specAgain(spec), ...changes },
  };
}

/**
 * What changes of a workload's spec so that it goes on from what the first run has finished: the same job, which takes its artifacts over
 * where its template can.
 */
export async function goingOn(
  client: Pick<Client, "get">,
  workload: AgentWorkload,
): Promise<Partial<AgentWorkloadSpec>> {
  const { metadata, spec } = workload;
  const jobId = spec.jobId ?? metadata.name;
  return (await takesOver(client, workload)) ? { jobId, artifacts: { ...spec.artifacts, cache: true } } : { jobId };
}

/** Whether the workload's template has the parameter; one that can't be read is taken to. */
async function takesOver(client: Pick<Client, "get">, workload: AgentWorkload): Promise<boolean> {
  const { name, clusterScope } = templateRefOf(workload);
  const namespace = clusterScope ? undefined : (workload.metadata.namespace ?? "");
  try {
    const { spec } = await client.get<DescribedTemplate>(templatePath(namespace, name));
    return (spec?.arguments?.parameters ?? []).some((given) => given.name === OPTIONAL_PARAMETERS.artifactCache);
  } catch (error) {
    if (error instanceof ApiError) return true;
    throw error;
  }
}
