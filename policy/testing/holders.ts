// Puts a pod into every kind of object that creates pods, for tests that rules find it there.
import { dump } from "js-yaml";
import type { Fields } from "../values.ts";
import type { Holder, PodTemplate } from "./holder.ts";
import { object } from "./objects.ts";
import { sparkHolders } from "./spark.ts";
import { tektonHolders } from "./tekton.ts";

const core = (kind: string, apiVersion = "apps/v1"): Holder => ({
  make: (template) => object(kind, { spec: { template } }, apiVersion),
  path: "spec.template.",
});
const custom = (apiVersion: string, kind: string, path: string, wrap: (template: PodTemplate) => Fields): Holder => ({
  make: (template) => object(kind, { spec: wrap(template) }, apiVersion),
  path,
});

const argo = "argoproj.io/v1alpha1";
/** What stands on a workflow and not on a template. */
const ofWorkflow = ["hostNetwork", "hostPID", "hostIPC"];

/** A workflow of one kind of template, whose containers stand in a field of it. */
const workflowSpec = (
  { metadata, spec }: PodTemplate,
  put: (container: Fields) => Fields,
  around: (template: Fields) => Fields,
): Fields => {
  const { containers, ...rest } = spec;
  const own = Object.fromEntries(Object.entries(rest).filter(([name]) => !ofWorkflow.includes(name)));
  const shared = Object.fromEntries(Object.entries(rest).filter(([name]) => ofWorkflow.includes(name)));
  return {
    ...shared,
    ...around({ name: "step", ...(metadata ? { metadata } : {}), ...own, ...put(containers[0] ?? {}) }),
  };
};
const list = (template: Fields): Fields => ({ templates: [template] });
const unnamed = ({ name: _, ...container }: Fields): Fields => container;
const inContainer = (container: Fields) => ({ container: unnamed(container) });

const workflow = (
  path: string,
  {
    kind = "WorkflowTemplate",
    put = inContainer,
    around = list,
  }: Partial<{
    kind: string;
    put: (container: Fields) => Fields;
    around: (template: Fields) => Fields;
  }> = {},
): Holder => ({
  make: (pod) => {
    const spec = workflowSpec(pod, put, around);
    return object(kind, { spec: kind === "CronWorkflow" ? { workflowSpec: spec } : spec }, argo);
  },
  path,
  isPartial: true,
});

/** Argo Events' own form of a pod. */
const event = (kind: string): Holder => ({
  make: ({ metadata, spec: { containers, ...rest } }) =>
    object(
      kind,
      { spec: { template: { ...(metadata ? { metadata } : {}), ...rest, container: unnamed(containers[0] ?? {}) } } },
      argo,
    ),
  path: "spec.template",
  lacks: ["hostNetwork", "hostPID", "hostIPC", "automountServiceAccountToken"],
  isPartial: true,
});

const trigger = (kind: string, { make, path, isPartial = false }: Holder): Holder => ({
  make: (template) =>
    object(
      "Sensor",
      {
        spec: {
          template: goodEvent,
          triggers: [{ template: { [kind]: { source: { resource: make(template) } } } }],
        },
      },
      argo,
    ),
  path: `spec.triggers[0].template.${kind}.source.resource.${path}`,
  isPartial,
});
let goodEvent: Fields = {};

/** Every holder by name. `good` is a pod that violates nothing, for what makes a pod beside the one in question. */
export function holdersOf(good: PodTemplate): Record<string, Holder> {
  const { containers, automountServiceAccountToken: _, ...rest } = good.spec;
  goodEvent = { ...rest, container: unnamed(containers[0] ?? {}) };
  const step = (template: Fields) => ({
    templates: [{ name: "all", dag: { tasks: [{ name: "a", inline: template }] } }],
  });
  return {
    Pod: {
      make: ({ metadata, spec }) =>
        object("Pod", { ...(metadata ? { metadata: { name: "one", ...metadata } } : {}), spec }),
      path: "",
    },
    PodTemplate: { make: (template) => object("PodTemplate", { template }), path: "template." },
    ReplicationController: core("ReplicationController", "v1"),
    Deployment: core("Deployment"),
    StatefulSet: core("StatefulSet"),
    DaemonSet: core("DaemonSet"),
    ReplicaSet: core("ReplicaSet"),
    Job: core("Job", "batch/v1"),
    CronJob: {
      make: (template) => object("CronJob", { spec: { jobTemplate: { spec: { template } } } }, "batch/v1"),
      path: "spec.jobTemplate.spec.template.",
    },
    DeploymentList: {
      make: (template) => object("DeploymentList", { items: [{ kind: "Deployment", spec: { template } }] }, "apps/v1"),
      path: "items[0].spec.template.",
    },
    "an Argo Rollout": core("Rollout", argo),
    "a Knative Service": core("Service", "serving.knative.dev/v1"),
    "a ScaledJob of KEDA": custom("keda.sh/v1alpha1", "ScaledJob", "spec.jobTargetRef.template.", (template) => ({
      jobTargetRef: { template },
    })),
    "a PyTorchJob of Kubeflow": custom(
      "kubeflow.org/v1",
      "PyTorchJob",
      "spec.pytorchReplicaSpecs.Worker.template.",
      (template) => ({ pytorchReplicaSpecs: { Worker: { replicas: 2, template } } }),
    ),
    "a Pooler of CloudNativePG": core("Pooler", "postgresql.cnpg.io/v1"),
    "a JobSet": custom(
      "jobset.x-k8s.io/v1alpha2",
      "JobSet",
      "spec.replicatedJobs[0].template.spec.template.",
      (template) => ({ replicatedJobs: [{ template: { spec: { template } } }] }),
    ),
    "a Sandbox": custom("agents.x-k8s.io/v1alpha1", "Sandbox", "spec.podTemplate.", (podTemplate) => ({ podTemplate })),
    "a job of an AnalysisTemplate": custom(
      argo,
      "AnalysisTemplate",
      "spec.metrics[0].provider.job.spec.template.",
      (template) => ({
        metrics: [{ provider: { job: { spec: { template } } } }],
      }),
    ),
    "a spec that an operator adds to": {
      make: ({ metadata, spec }) =>
        object("Prometheus", { spec: { ...spec, podMetadata: metadata } }, "monitoring.coreos.com/v1"),
      path: "spec",
      lacks: ["automountServiceAccountToken"],
      isPartial: true,
    },
    "an object in another": custom(
      "kubernetes.crossplane.io/v1alpha2",
      "Object",
      "spec.forProvider.manifest.spec.template.",
      (template) => ({ forProvider: { manifest: { apiVersion: "apps/v1", kind: "Deployment", spec: { template } } } }),
    ),
    EventSource: event("EventSource"),
    Sensor: event("Sensor"),
    "a Job that a Sensor makes": trigger("k8s", core("Job", "batch/v1")),
    "a Workflow that a Sensor makes": trigger("argoWorkflow", workflow("spec", { kind: "Workflow" })),
    "a template's container": workflow("spec"),
    "a template's script": workflow("spec", {
      put: (container) => ({ script: { ...unnamed(container), source: "true" } }),
    }),
    "a template's containerSet": workflow("spec", {
      put: (container) => ({ containerSet: { containers: [container] } }),
    }),
    "a template's init container": workflow("spec", { put: (container) => ({ initContainers: [container] }) }),
    "a template's sidecar": workflow("spec", { put: (container) => ({ sidecars: [container] }) }),
    "a task's inline template": workflow("spec", { around: step }),
    "a step's inline template": workflow("spec", {
      around: (template) => ({ templates: [{ name: "all", steps: [[{ name: "a", inline: template }]] }] }),
    }),
    "a workflow's templateDefaults": workflow("spec", {
      around: ({ name, ...defaults }) => ({ templates: [{ name, container: {} }], templateDefaults: defaults }),
    }),
    "an init container of templateDefaults": workflow("spec", {
      put: (container) => ({ initContainers: [container] }),
      around: ({ name, ...defaults }) => ({ templates: [], templateDefaults: defaults }),
    }),
    ClusterWorkflowTemplate: workflow("spec", { kind: "ClusterWorkflowTemplate" }),
    CronWorkflow: workflow("spec.workflowSpec", { kind: "CronWorkflow" }),
    Workflow: workflow("spec", { kind: "Workflow" }),
    "a manifest in a step": {
      make: (template) => {
        const manifest = dump(core("Job", "batch/v1").make(template));
        return object(
          "WorkflowTemplate",
          { spec: list({ name: "make", resource: { action: "create", manifest } }) },
          argo,
        );
      },
      path: "spec.templates[0].resource.manifest.spec.template.",
    },
    ...tektonHolders,
    ...sparkHolders,
  };
}
