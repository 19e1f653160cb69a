// API paths of the kinds that the controller reads and writes.

export const API_VERSION = "argoproj.io/v1alpha1";
const GROUP = `/apis/${API_VERSION}`;
const inNamespace = (namespace: string | undefined) => (namespace ? `/namespaces/${namespace}` : "");

export const workflows = (namespace?: string) => `${GROUP}${inNamespace(namespace)}/workflows`;
export const workflow = (namespace: string, name: string) => `${workflows(namespace)}/${name}`;
export const workflowTemplates = (namespace?: string) => `${GROUP}${inNamespace(namespace)}/workflowtemplates`;
export const clusterWorkflowTemplates = () => `${GROUP}/clusterworkflowtemplates`;
export const pods = (namespace?: string) => `/api/v1${inNamespace(namespace)}/pods`;
export const pod = (namespace: string, name: string) => `${pods(namespace)}/${name}`;
export const podLog = (namespace: string, name: string) => `${pod(namespace, name)}/log`;
/** The path of another kind of Argo, by its plural. */
export const ofKind = (plural: string, namespace?: string) => `${GROUP}${inNamespace(namespace)}/${plural}`;
