// Attacks of somebody who may create Workflows: of another tenant's team, or of a stack that was handed that right.
import { type Case, core, DRY_RUN, group, PODS, pod, WORKFLOWS } from "./case.ts";

const parameter = (more: object) => ({ arguments: { parameters: [{ name: "objective", ...more }] } });
const owner = { apiVersion: "agentic.io/v1alpha1", kind: "AgentWorkload", name: "w", uid: "u", controller: true };
const evil = { entrypoint: "x", templates: [{ name: "x", container: { image: "evil" } }] };
const passed = { nodes: { gate: { id: "gate", type: "Suspend", phase: "Succeeded" } } };

/** A Workflow of the platform's template. */
export function workflow({ metadata, ...more }: Record<string, object> = {}, spec: object = {}) {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Workflow",
    metadata: { generateName: "wf-", ...metadata },
    spec: { workflowTemplateRef: { name: "visual-analysis-template" }, ...spec },
    ...more,
  };
}

/** Fields of a Workflow's spec that would change what its pods are. */
export const DECIDED = [
  "podSpecPatch",
  "hooks",
  "onExit",
  "templates",
  "volumes",
  "volumeClaimTemplates",
  "artifactRepositoryRef",
  "synchronization",
  "executor",
  "templateDefaults",
  "workflowMetadata",
  "hostNetwork",
  "imagePullSecrets",
  "securityContext",
  "automountServiceAccountToken",
  "dnsConfig",
  "hostAliases",
  "podPriorityClassName",
  "archiveLogs",
];

function workflowCase(attack: string, object: object, says: string, twin: object = workflow()): Case {
  return {
    attack: `a Workflow that ${attack}`,
    by: "the admission policy workflows.agentic.io",
    says,
    attempt: ({ team }) => team.create(WORKFLOWS + DRY_RUN, object),
    twin: ({ team }) => team.create(WORKFLOWS + DRY_RUN, twin),
  };
}

export const workflowCases: Case[] = [
  ...DECIDED.map((field) =>
    workflowCase(
      `sets ${field}`,
      workflow({}, { [field]: field === "podSpecPatch" ? "{}" : {} }),
      `spec.${field} must not be set, because the template decides it`,
    ),
  ),
  workflowCase(
    "has no template",
    { ...workflow(), spec: { entrypoint: "x" } },
    "a Workflow in a tenant's namespace must use a template",
  ),
  workflowCase(
    "brings a status, with another spec than the template's",
    workflow({ status: { phase: "Running", storedWorkflowTemplateSpec: evil } }),
    "status must not be set",
  ),
  workflowCase("brings a status, in which the gate is passed", workflow({ status: passed }), "status must not be set"),
  workflowCase(
    "says that it is the run of a workload",
    workflow({ metadata: { ownerReferences: [owner] } }),
    "metadata.ownerReferences must not have an AgentWorkload: the operator makes the runs",
  ),
  workflowCase(
    "has a ConfigMap read as its argument",
    workflow({}, parameter({ valueFrom: { configMapKeyRef: { name: "agentic-tenant", key: "model" } } })),
    "spec.arguments may hold only parameters",
    workflow({}, parameter({ value: "5 US$ (net)" })),
  ),
  workflowCase(
    "brings an artifact, fetched with a Secret's value",
    workflow({}, { arguments: { artifacts: [{ name: "a", s3: { accessKeySecret: { name: "postgres" } } }] } }),
    "spec.arguments may hold only parameters",
  ),
  workflowCase(
    "has a variable of the step in an argument",
    workflow({}, parameter({ value: "$(POSTGRES_DSN)" })),
    "because the kubelet would put a variable in its place",
    workflow({}, parameter({ value: "5 US$ (net)" })),
  ),
  workflowCase(
    "has a variable of the step in an argument's default",
    workflow({}, parameter({ default: "$(POSTGRES_DSN)" })),
    "because the kubelet would put a variable in its place",
    workflow({}, parameter({ default: "5 US$ (net)" })),
  ),
  workflowCase(
    "runs as another account",
    workflow({}, { serviceAccountName: "tenant-user" }),
    "spec.serviceAccountName must be agent",
    workflow({}, { serviceAccountName: "agent" }),
  ),
  workflowCase(
    "gives its pods the label of the platform's own",
    workflow({}, { podMetadata: { labels: { "app.kubernetes.io/name": "minio" } } }),
    "spec.podMetadata may hold only the labels",
    workflow(
      { metadata: { labels: { "agentic.io/workload": "w" } } },
      { podMetadata: { labels: { "agentic.io/workload": "w" } } },
    ),
  ),
  workflowCase(
    "gives its pods the label of another's workload",
    workflow({}, { podMetadata: { labels: { "agentic.io/workload": "another" } } }),
    "each with the value that the Workflow itself has",
  ),
  workflowCase(
    "gives its pods annotations",
    workflow(
      {},
      { podMetadata: { annotations: { "container.apparmor.security.beta.kubernetes.io/main": "unconfined" } } },
    ),
    "spec.podMetadata may hold only the labels",
  ),
  {
    ...workflowCase("patches its pods, where there is no tenant's label", {}, "spec.podSpecPatch must not be set"),
    attempt: ({ team }) =>
      team.create(group("argoproj.io/v1alpha1", "team", "workflows") + DRY_RUN, workflow({}, { podSpecPatch: "{}" })),
  },
  ...changes(),
];

/** Changes of a Workflow that is there. */
function changes(): Case[] {
  const changeCase = (attack: string, patch: object, says: string, twin: Case["twin"]): Case => ({
    attack: `a Workflow that runs, ${attack}`,
    by: "the admission policy workflows.agentic.io",
    says,
    attempt: async ({ admin, team }) => {
      const { metadata } = await admin.create<{ metadata: { name: string } }>(
        WORKFLOWS,
        workflow({}, { suspend: true }),
      );
      try {
        return await team.patch(`${WORKFLOWS}/${metadata.name}`, patch);
      } finally {
        await admin.delete(`${WORKFLOWS}/${metadata.name}`);
      }
    },
    twin,
  });
  const asAccount =
    (account: "engine" | "operator" | "team", patch: object): Case["twin"] =>
    async (accounts) => {
      const { metadata } = await accounts.admin.create<{ metadata: { name: string } }>(
        WORKFLOWS,
        workflow({}, { suspend: true }),
      );
      const path = `${WORKFLOWS}/${metadata.name}`;
      try {
        return await accounts[account].patch(path, patch);
      } finally {
        await accounts.admin.delete(path);
      }
    };
  return [
    changeCase(
      "is said to have passed its gate",
      { status: passed },
      "status must not be set",
      asAccount("engine", { status: passed }),
    ),
    changeCase(
      "is given another spec",
      { status: { storedTemplates: evil } },
      "status must not be set",
      asAccount("operator", { status: passed }),
    ),
    changeCase(
      "becomes the run of a workload",
      { metadata: { ownerReferences: [owner] } },
      "metadata.ownerReferences must not have an AgentWorkload",
      asAccount("team", { metadata: { labels: { "team.example/stage": "test" } } }),
    ),
    changeCase(
      "gets a variable of the step",
      { spec: parameter({ value: "$(X)" }) },
      "because the kubelet would put a variable",
      asAccount("team", { spec: { shutdown: "Stop" } }),
    ),
    changeCase(
      "gets other pods",
      { spec: { podSpecPatch: "{}" } },
      "spec.podSpecPatch must not be set",
      asAccount("team", { spec: { suspend: false } }),
    ),
  ];
}

/** Where no tenant is; beside a tenant of another team's stack the engine has rights in the whole cluster. */
export const engineCases: Case[] = [
  ["team", "deployer"],
  ["agentic-system", "agentic-operator"],
  ["argo-workflows", "workflow-engine"],
  ["argo-events", "event-receiver"],
].map(([namespace = "", serviceAccountName]) => ({
  attack: `the engine is made to create a pod in ${namespace}, with an account of it`,
  by: "the admission policy engine.agentic.io",
  says: `the workflow engine changes nothing in namespace ${namespace}: it runs Workflows in tenants' namespaces alone`,
  attempt: ({ engine, agentsImage }) =>
    engine.create(core(namespace, "pods") + DRY_RUN, pod(agentsImage, { spec: { serviceAccountName } })),
  twin: ({ engine, agentsImage }) => engine.create(PODS + DRY_RUN, pod(agentsImage)),
}));
