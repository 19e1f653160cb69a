// Where AgentWorkloads, their schedules and their templates are in the API.
import { AGENT_SCHEDULE, AGENT_WORKLOAD, API_GROUP_VERSION, ARGO } from "@agentic/api/names.ts";

const base = `/apis/${API_GROUP_VERSION}`;

const collection = (plural: string, namespace?: string): string =>
  namespace === undefined ? `${base}/${plural}` : `${base}/namespaces/${encodeURIComponent(namespace)}/${plural}`;

/** Path of the workloads of a namespace, or of all. */
export const workloadsPath = (namespace?: string): string => collection(AGENT_WORKLOAD.plural, namespace);

/** Path of one workload. */
export const workloadPath = (namespace: string, name: string): string =>
  `${workloadsPath(namespace)}/${encodeURIComponent(name)}`;

/** Path of the schedules of a namespace, or of all. */
export const schedulesPath = (namespace?: string): string => collection(AGENT_SCHEDULE.plural, namespace);

/** Path of one schedule. */
export const schedulePath = (namespace: string, name: string): string =>
  `${schedulesPath(namespace)}/${encodeURIComponent(name)}`;

/** Path of the WorkflowTemplates of a namespace, or of those of the cluster. */
export const templatesPath = (namespace?: string): string =>
  namespace === undefined
    ? `/apis/${ARGO.groupVersion}/clusterworkflowtemplates`
    : `/apis/${ARGO.groupVersion}/namespaces/${encodeURIComponent(namespace)}/workflowtemplates`;

/** Path of one template. */
export const templatePath = (namespace: string | undefined, name: string): string =>
  `${templatesPath(namespace)}/${encodeURIComponent(name)}`;
