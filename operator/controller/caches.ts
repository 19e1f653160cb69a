// The controller's informers: what it watches, what it keeps of each object, and which workloads a change concerns.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { AGENT_WORKLOAD, LABELS, TENANT_CONFIG_MAP } from "@agentic/api/names.ts";
import { isFinal } from "@agentic/api/phases.ts";
import { templateRefOf } from "@agentic/api/template-ref.ts";
import { Informer } from "@agentic/kube/controller/informer.ts";
import { keyOf } from "@agentic/kube/controller/object.ts";
import { workloadsPath } from "@agentic/kube/workloads/paths.ts";
import { PATHS, type Workflow, type WorkflowTemplate } from "../argo.ts";
import { attemptOf, owns } from "../decide/workflow.ts";
import type { watching } from "../kube/watching.ts";
import { type KnownTemplate, stepsOf } from "../metrics/known-template.ts";
import {
  isSettled,
  type KnownWorkload,
  trimMetadata,
  trimSettledWorkflow,
  trimTemplate,
  trimWorkflow,
  trimWorkload,
} from "./trim.ts";

export interface ConfigMap {
  metadata: AgentWorkload["metadata"];
  data?: Record<string, string>;
}

export interface CacheOptions {
  /** What all of them have in common. */
  watching: ReturnType<typeof watching>;
  /** Called with the key of each workload to reconcile. */
  enqueue: (key: string) => void;
  /** Called with a workload that is gone and had not ended, or not been told of, as it was. */
  onGone?: (workload: AgentWorkload) => void;
}

export class Caches {
  readonly workloads: Informer<AgentWorkload, KnownWorkload>;
  readonly workflows: Informer<Workflow>;
  readonly templates: Informer<WorkflowTemplate>;
  readonly clusterTemplates: Informer<WorkflowTemplate>;
  readonly tenants: Informer<ConfigMap>;
  /** Names of Workflows by the key of the workload that their label names. */
  readonly #runs = new Map<string, Set<string>>();
  readonly #enqueue: (key: string) => void;

  constructor({ watching: common, enqueue, onGone }: CacheOptions) {
    this.#enqueue = enqueue;
    this.workloads = new Informer<AgentWorkload, KnownWorkload>({
      ...common(AGENT_WORKLOAD.plural),
      path: workloadsPath(),
      trim: trimWorkload,
      onChange: ({ type, object }) => {
        const key = keyOf(object);
        if (type === "deleted" && !isSettled(object)) onGone?.(object);
        if (isSettled(object))
          for (const run of this.#runs.get(key) ?? []) this.workflows.shrink(run, trimSettledWorkflow);
        enqueue(key);
      },
    });
    this.workflows = new Informer<Workflow>({
      ...common("workflows"),
      path: PATHS.workflows,
      query: { labelSelector: LABELS.workload },
      trim: (workflow) => {
        const workload = this.workloads.get(workloadKey(workflow) ?? "");
        const settled = workload && isSettled(workload) ? trimSettledWorkflow(workflow) : workflow;
        return settled === workflow ? trimWorkflow(workflow) : settled;
      },
      onChange: (change) => {
        const { type, object } = change;
        // What a write returned was decided on by who wrote it.
        if (type === "set" && change.old === object) return;
        this.#index(object, type === "deleted");
        const key = workloadKey(object);
        if (key) enqueue(key);
      },
    });
    this.templates = new Informer<WorkflowTemplate>({
      ...common("workflowtemplates"),
      path: PATHS.workflowTemplates,
      trim: trimTemplate,
      onChange: ({ object }) => this.#wakeWaiting(object.metadata.namespace),
    });
    this.clusterTemplates = new Informer<WorkflowTemplate>({
      ...common("clusterworkflowtemplates"),
      path: PATHS.clusterWorkflowTemplates,
      trim: trimTemplate,
      onChange: () => this.#wakeWaiting(undefined),
      optional: true,
    });
    this.tenants = new Informer<ConfigMap>({
      ...common("configmaps"),
      path: "/api/v1/configmaps",
      query: { fieldSelector: `metadata.name=${TENANT_CONFIG_MAP}` },
      trim: ({ metadata, data }) => ({ metadata: trimMetadata(metadata), ...(data ? { data } : {}) }),
      onChange: ({ object }) => this.#wakeWaiting(object.metadata.namespace),
    });
  }

  get all() {
    return [this.workloads, this.workflows, this.templates, this.clusterTemplates, this.tenants];
  }

  get synced(): boolean {
    return this.all.every((informer) => informer.hasSynced);
  }

  /** Runs the informers until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.all.map((informer) => informer.run(signal)));
  }

  /** Puts a Workflow that a write returned into the cache, before the watch delivers it. */
  observeWorkflow(workflow: Workflow): Workflow {
    this.workflows.observe(workflow);
    this.#index(workflow, false);
    return this.workflows.get(keyOf(workflow)) ?? trimWorkflow(workflow);
  }

  /** The Workflows of a workload, oldest attempt first. */
  runsOf(workload: AgentWorkload): Workflow[] {
    const names = this.#runs.get(keyOf(workload)) ?? [];
    return [...names]
      .map((name) => this.workflows.get(name))
      .filter((run) => run !== undefined)
      .filter((run) => owns(workload, run))
      .sort((a, b) => attemptOf(a) - attemptOf(b));
  }

  templateOf(workload: AgentWorkload): WorkflowTemplate | undefined {
    const { name, clusterScope } = templateRefOf(workload);
    return clusterScope
      ? this.clusterTemplates.get(name)
      : this.templates.get(`${workload.metadata.namespace}/${name}`);
  }

  /** All templates by name: each tenant may have one of the same name. */
  knownTemplates(): Map<string, KnownTemplate> {
    const all = new Map<string, KnownTemplate>();
    const add = (template: WorkflowTemplate, tenants: Iterable<string>) => {
      const known = all.get(template.metadata.name) ?? { tenants: new Set(), steps: new Set() };
      all.set(template.metadata.name, known);
      for (const tenant of tenants) known.tenants.add(tenant);
      for (const step of stepsOf(template)) known.steps.add(step);
    };
    for (const template of this.templates.values()) add(template, [template.metadata.namespace ?? ""]);
    const tenants = [...this.tenants.values()].map(({ metadata }) => metadata.namespace ?? "");
    for (const template of this.clusterTemplates.values()) add(template, tenants);
    return all;
  }

  tenantOf(workload: AgentWorkload): Record<string, string> | undefined {
    const map = this.tenants.get(`${workload.metadata.namespace}/${TENANT_CONFIG_MAP}`);
    return map && (map.data ?? {});
  }

  /** Labels of the tenant's settings, which say who it is and who pays. */
  tenantLabelsOf({ metadata }: AgentWorkload): Record<string, string> | undefined {
    return this.tenants.get(`${metadata.namespace}/${TENANT_CONFIG_MAP}`)?.metadata.labels;
  }

  #index(workflow: Workflow, deleted: boolean): void {
    const key = workloadKey(workflow);
    if (!key) return;
    const names = this.#runs.get(key) ?? new Set<string>();
    if (deleted) names.delete(keyOf(workflow));
    else names.add(keyOf(workflow));
    if (names.size > 0) this.#runs.set(key, names);
    else this.#runs.delete(key);
  }

  /** Enqueues the workloads that have no Workflow yet: a template or a tenant's settings that they wait for has changed. */
  #wakeWaiting(namespace: string | undefined): void {
    for (const workload of this.workloads.values()) {
      if (isSettled(workload)) continue;
      if (namespace !== undefined && workload.metadata.namespace !== namespace) continue;
      if (!workload.status?.argoWorkflow && !isFinal(workload.status?.phase)) this.#enqueue(keyOf(workload));
    }
  }
}

function workloadKey({ metadata }: Workflow): string | undefined {
  const name = metadata.labels?.[LABELS.workload];
  return name ? `${metadata.namespace}/${name}` : undefined;
}
