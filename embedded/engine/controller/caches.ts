// The controller's caches of workflows, templates and the pods of workflows, for the namespaces that it serves.
import type { Watches } from "@agentic/kube/client/client.ts";
import type { Change } from "@agentic/kube/controller/informer.ts";
import { keyOf, namespaceOf } from "@agentic/kube/controller/object.ts";
import { labels } from "../core/names.ts";
import type { Library, Pod, Workflow, WorkflowTemplate } from "../core/types.ts";
import { Informers } from "./informers.ts";
import * as paths from "./paths.ts";
import { trimPod, trimWorkflow } from "./trim.ts";

export interface Caches {
  workflow(key: string): Workflow | undefined;
  workflows(): Iterable<Workflow>;
  pods(key: string): Pod[];
  allPods(): Iterable<Pod>;
  library(namespace: string): Library;
  /** Adds an object that a request returned, unless the cache has a newer version. */
  offerWorkflow(workflow: Workflow): void;
  offerPod(pod: Pod): void;
  offerTemplate(template: WorkflowTemplate): void;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Whether every list is complete. */
  synced(): boolean;
}

/** The key of the workflow that a pod belongs to. */
export const workflowKeyOf = (pod: Pod) => `${pod.metadata.namespace}/${pod.metadata.labels?.[labels.workflow] ?? ""}`;

export interface CachesOptions {
  client: Watches;
  /** Empty for all. */
  namespaces: readonly string[];
  /** Called with the key of a workflow when it or one of its pods changes. */
  onChange: (key: string) => void;
  /** Called with the namespace of a template that changes; undefined for one of the cluster. */
  onTemplate?: (namespace: string | undefined) => void;
  onProblem: (error: Error, path: string) => void;
  /** Called with each pod that has entered its phase. */
  onPodPhase?: (pod: Pod) => void;
}

export function makeCaches({ client, namespaces, onChange, onTemplate, onProblem, onPodPhase }: CachesOptions): Caches {
  const scopes = namespaces.length > 0 ? namespaces : [undefined];
  const podsByWorkflow = new Map<string, Map<string, Pod>>();

  const onPod = ({ type, object: pod }: Change<Pod>) => {
    const key = workflowKeyOf(pod);
    const podsByName = podsByWorkflow.get(key) ?? new Map<string, Pod>();
    if (type === "set") {
      const before = podsByName.get(pod.metadata.name);
      const isKnown = before?.metadata.uid === pod.metadata.uid && before?.status?.phase === pod.status?.phase;
      if (!isKnown) onPodPhase?.(pod);
      podsByName.set(pod.metadata.name, pod);
      podsByWorkflow.set(key, podsByName);
    } else if (podsByName.get(pod.metadata.name)?.metadata.uid === pod.metadata.uid) {
      podsByName.delete(pod.metadata.name);
      if (podsByName.size === 0) podsByWorkflow.delete(key);
    }
    onChange(key);
  };
  const onWorkflow = ({ object }: Change<Workflow>) => onChange(keyOf(object));
  const onAnyTemplate = ({ object }: Change<WorkflowTemplate>) => onTemplate?.(object.metadata.namespace);

  const informers = new Informers({ client, onError: onProblem });
  const workflows = scopes.map((scope) =>
    informers.add<Workflow>({ path: paths.workflows(scope), trim: trimWorkflow, onChange: onWorkflow }),
  );
  const pods = scopes.map((scope) =>
    informers.add<Pod>({
      path: paths.pods(scope),
      query: { labelSelector: labels.workflow },
      trim: trimPod,
      onChange: onPod,
    }),
  );
  const templates = scopes.map((scope) =>
    informers.add<WorkflowTemplate>({ path: paths.workflowTemplates(scope), onChange: onAnyTemplate }),
  );
  // An engine that serves some namespaces only may have no right to read cluster-wide templates.
  const clusterTemplates = informers.add<WorkflowTemplate>({
    path: paths.clusterWorkflowTemplates(),
    optional: true,
    onChange: onAnyTemplate,
  });

  /** The one of a kind's informers that watches a namespace. */
  const informerFor = <T>(informersOfKind: T[], namespace: string | undefined): T => {
    const index = namespaces.indexOf(namespace ?? "");
    const informer = informersOfKind[Math.max(index, 0)];
    if (!informer) throw new Error("no informer");
    return informer;
  };

  return {
    workflow: (key) => informerFor(workflows, namespaceOf(key)).get(key),
    workflows: function* () {
      for (const informer of workflows) yield* informer.values();
    },
    allPods: function* () {
      for (const informer of pods) yield* informer.values();
    },
    pods: (key) => [...(podsByWorkflow.get(key)?.values() ?? [])],
    library: (namespace) => ({
      workflowTemplate: (name) => informerFor(templates, namespace).get(`${namespace}/${name}`),
      clusterWorkflowTemplate: (name) => clusterTemplates.get(name),
    }),
    offerWorkflow: (workflow) => {
      const object = informerFor(workflows, workflow.metadata.namespace).observe(workflow);
      if (object) onWorkflow({ type: "set", object, old: undefined });
    },
    offerPod: (pod) => {
      const object = informerFor(pods, pod.metadata.namespace).observe(pod);
      if (object) onPod({ type: "set", object, old: undefined });
    },
    offerTemplate: (template) => {
      const { namespace } = template.metadata;
      if (namespace) informerFor(templates, namespace).observe(template);
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
