// Where AgentWorkloads and their templates are in the API.
import { AGENT_WORKLOAD, API_GROUP_VERSION, ARGO } from "@agentic/api/names.ts";

const base = `/apis/${API_GROUP_VERSION}`;

/** Path of the workloads of a namespace, or of all. */
export const workloadsPath = (namespace?: string): string =>
  namespace === undefined
    ? `${base}/${AGENT_WORKLOAD.plural}`
    : `${base}/namespaces/${encodeURIComponent(namespace)}/${AGENT_WORKLOAD.plural}`;

/** Path of one workload. */
export const workloadPath = (namespace: string, name: string): string =>
  `${workloadsPath(namespace)}/${encodeURIComponent(name)}`;

/** Path of the WorkflowTemplates of a namespace, or of those of the cluster. */
export const templatesPath = (namespace?: string): string =>
  namespace === undefined
    ? `/apis/${ARGO.groupVersion}/clusterworkflowtemplates`
    : `/apis/${ARGO.groupVersion}/namespaces/${encodeURIComponent(namespace)}/workflowtemplates`;

/** Path of one template. */
export const templatePath = (namespace: string | undefined, name: string): string =>
  `${templatesPath(namespace)}/${encodeURIComponent(name)}`;
