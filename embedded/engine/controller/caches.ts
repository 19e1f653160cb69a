// The controller's view of the cluster: workflows, templates and the pods of workflows, for the namespaces it serves.
import type { Watches } from "@agentic/kube/client/client.ts";
import type { Change } from "@agentic/kube/controller/informer.ts";
import { keyOf, namespaceOf } from "@agentic/kube/controller/object.ts";
import { labels } from "../core/names.ts";
import type { Library, Pod, Workflow, WorkflowTemplate } from "../core/types.ts";
import { Informers } from "./informers.ts";
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
  onProblem: (error: Error, path: string) => void,
): Caches {
  const scopes = namespaces.length > 0 ? namespaces : [undefined];
  const podsByWorkflow = new Map<string, Map<string, Pod>>();

  const onPod = ({ type, object: pod }: Change<Pod>) => {
    const key = workflowOf(pod);
    const group = podsByWorkflow.get(key) ?? new Map<string, Pod>();
    if (type === "set") {
      group.set(pod.metadata.name, pod);
      podsByWorkflow.set(key, group);
    } else if (group.get(pod.metadata.name)?.metadata.uid === pod.metadata.uid) {
      group.delete(pod.metadata.name);
      if (group.size === 0) podsByWorkflow.delete(key);
    }
    onChange(key);
  };
  const onWorkflow = ({ object }: Change<Workflow>) => onChange(keyOf(object));
  const nothing = () => {};

  const informers = new Informers({ client, onError: onProblem });
  const workflows = scopes.map((scope) =>
    informers.add<Workflow>({ path: paths.workflows(scope), trim: keepWorkflow, onChange: onWorkflow }),
  );
  const pods = scopes.map((scope) =>
    informers.add<Pod>({
      path: paths.pods(scope),
      query: { labelSelector: labels.workflow },
      trim: keepPod,
      onChange: onPod,
    }),
  );
  const templates = scopes.map((scope) =>
    informers.add<WorkflowTemplate>({ path: paths.workflowTemplates(scope), onChange: nothing }),
  );
  // Who serves but some namespaces may well have no right to cluster-wide templates.
  const clusterTemplates = informers.add<WorkflowTemplate>({
    path: paths.clusterWorkflowTemplates(),
    optional: true,
    onChange: nothing,
  });

  /** The informer of a kind that holds a namespace. */
  const of = <T>(informers: T[], namespace: string | undefined): T => {
    const index = namespaces.indexOf(namespace ?? "");
    const found = informers[Math.max(index, 0)];
    if (!found) throw new Error("no informer");
    return found;
  };

  return {
    workflow: (key) => of(workflows, namespaceOf(key)).get(key),
    workflows: function* () {
      for (const informer of workflows) yield* informer.values();
    },
    pods: (key) => [...(podsByWorkflow.get(key)?.values() ?? [])],
    library: (namespace) => ({
      workflowTemplate: (name) => of(templates, namespace).get(`${namespace}/${name}`),
      clusterWorkflowTemplate: (name) => clusterTemplates.get(name),
    }),
    offerWorkflow: (workflow) => {
      const object = of(workflows, workflow.metadata.namespace).observe(workflow);
      if (object) onWorkflow({ type: "set", object, old: undefined });
    },
    offerPod: (pod) => {
      const object = of(pods, pod.metadata.namespace).observe(pod);
      if (object) onPod({ type: "set", object, old: undefined });
    },
    offerTemplate: (template) => {
      const { namespace } = template.metadata;
      if (namespace) of(templates, namespace).observe(template);
      else clusterTemplates.observe(template);
    },
    start: () => {
      informers.start();
      return informers.synced;
    },
    stop: () => informers.stop(),
    synced: () => informers.hasSynced,
  };
}
