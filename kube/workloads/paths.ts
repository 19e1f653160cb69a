// Where AgentWorkloads are in the API.
import { AGENT_WORKLOAD, API_GROUP_VERSION } from "@agentic/api/names.ts";

const base = `/apis/${API_GROUP_VERSION}`;

/** Path of the workloads of a namespace, or of all. */
export const workloadsPath = (namespace?: string): string =>
  namespace === undefined
    ? `${base}/${AGENT_WORKLOAD.plural}`
    : `${base}/namespaces/${encodeURIComponent(namespace)}/${AGENT_WORKLOAD.plural}`;

/** Path of one workload. */
export const workloadPath = (namespace: string, name: string): string =>
  `${workloadsPath(namespace)}/${encodeURIComponent(name)}`;
