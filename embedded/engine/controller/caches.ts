// The controller's view of the cluster: workflows, templates and the pods of workflows, for the namespaces it serves.
import { labels } from "../core/names.ts";
import type { Library, Pod, Workflow, WorkflowTemplate } from "../core/types.ts";
import type { Watches } from "./client.ts";
import { type Change, Informer } from "./informer.ts";
import { keepPod, keepWorkflow } from "./keep.ts";
import * as paths from "./paths.ts";

export interface Caches {
  workflow(key: string): Workflow | undefined;
  workflows(): Iterable<Workflow>;
  pods(key: string): Pod[];
  library(namespace: string): Library;
  offerWorkflow(workflow: Workflow): void;
  offerPod(pod: Pod): void;
  offerTemplate(template: WorkflowTemplate): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Whether every list is complete. */
  synced(): boolean;
}

/** The key of the workflow that a pod belongs to. */
export const workflowOf = (pod: Pod) => `${pod.metadata.namespace}/${pod.metadata.labels?.[labels.workflow] ?? ""}`;

/** `namespaces` empty means all. `onChange` is called with the key of a workflow about which something is new. */
export function makeCaches(
  client: Watches,
  namespaces: readonly string[],
  onChange: (key: string) => void,
  onProblem: (error: unknown, path: string) => void,
): Caches {
  const scopes = namespaces.length > 0 ? namespaces : [undefined];
  const podsByWorkflow = new Map<string, Map<string, Pod>>();

  const onPod = (pod: Pod, change: Change) => {
    const key = workflowOf(pod);
    const group = podsByWorkflow.get(key) ?? new Map<string, Pod>();
    if (change === "set") {
      group.set(pod.metadata.name, pod);
      podsByWorkflow.set(key, group);
    } else if (group.get(pod.metadata.name)?.metadata.uid === pod.metadata.uid) {
      group.delete(pod.metadata.name);
      if (group.size === 0) podsByWorkflow.delete(key);
    }
    onChange(key);
  };
  const onWorkflow = (workflow: Workflow) => onChange(`${workflow.metadata.namespace}/${workflow.metadata.name}`);
  const nothing = () => {};

  const workflows = scopes.map(
    (scope) =>
      new Informer<Workflow>(client, {
        path: paths.workflows(scope),
        keep: keepWorkflow,
        onChange: onWorkflow,
        onProblem,
      }),
  );
  const pods = scopes.map(
    (scope) =>
      new Informer<Pod>(client, {
        path: paths.pods(scope),
        query: { labelSelector: labels.workflow },
        keep: keepPod,
        onChange: onPod,
        onProblem,
      }),
  );
  const templates = scopes.map(
    (scope) =>
      new Informer<WorkflowTemplate>(client, { path: paths.workflowTemplates(scope), onChange: nothing, onProblem }),
  );
  // Who serves but some namespaces may well have no right to cluster-wide templates.
  const clusterTemplates = new Informer<WorkflowTemplate>(client, {
    path: paths.clusterWorkflowTemplates(),
    optional: true,
    onChange: nothing,
    onProblem,
  });
  const all = [...workflows, ...pods, ...templates, clusterTemplates];

  /** The informer of a kind that holds a namespace. */
  const of = <T>(informers: T[], namespace: string | undefined): T => {
    const index = namespaces.indexOf(namespace ?? "");
    const found = informers[Math.max(index, 0)];
    if (!found) throw new Error("no informer");
    return found;
  };
  const namespaceOf = (key: string) => key.slice(0, key.indexOf("/"));

  return {
    workflow: (key) => of(workflows, namespaceOf(key)).get(key),
    workflows: function* () {
      for (const informer of workflows) yield* informer.items.values();
    },
    pods: (key) => [...(podsByWorkflow.get(key)?.values() ?? [])],
    library: (namespace) => ({
      workflowTemplate: (name) => of(templates, namespace).get(`${namespace}/${name}`),
      clusterWorkflowTemplate: (name) => clusterTemplates.get(name),
    }),
    offerWorkflow: (workflow) => of(workflows, workflow.metadata.namespace).offer(workflow),
    offerPod: (pod) => of(pods, pod.metadata.namespace).offer(pod),
    offerTemplate: (template) => {
      const { namespace } = template.metadata;
      if (namespace) of(templates, namespace).offer(template);
      else clusterTemplates.offer(template);
    },
    start: async () => {
      for (const informer of all) informer.start();
      await Promise.all(all.map((informer) => informer.synced));
    },
    stop: async () => {
      await Promise.all(all.map((informer) => informer.stop()));
    },
    synced: () => all.every((informer) => informer.isSynced),
  };
}
