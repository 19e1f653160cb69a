// Attacks of a team that may apply WorkflowTemplates of its own: by them it would choose what its pods are.
import { agentWorkflow } from "../../../workflows/index.ts";
import { visualAnalysis } from "../../../workflows/visual-analysis.ts";
import { composedArguments } from "../../composed.ts";
import { type Case, DRY_RUN, TEMPLATES } from "./case.ts";

type Fields = Record<string, unknown>;

const step = {
  name: "read",
  activeDeadlineSeconds: 60,
  retryStrategy: { limit: "2", backoff: { duration: "5s", factor: 2 } },
  container: {
    image: `registry.example/reader@sha256:${"0".repeat(64)}`,
    resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { cpu: "1", memory: "64Mi" } },
  },
};
const decided = {
  entrypoint: "read",
  serviceAccountName: "agent",
  automountServiceAccountToken: false,
  executor: { serviceAccountName: "agent-executor" },
};

/** A template that may be applied, with other fields of its spec. */
const template = (spec: Fields = {}) => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "WorkflowTemplate",
  metadata: { generateName: "own-" },
  spec: { ...decided, templates: [step], ...spec },
});
/** Its step with other fields. */
const withStep = (more: Fields) => template({ templates: [{ ...step, ...more }] });
const withContainer = (more: Fields) => withStep({ container: { ...step.container, ...more } });

function templateCase(attack: string, object: object, says: string, twin: object = template()): Case {
  return {
    attack: `a template ${attack}`,
    by: "the admission policy workflowtemplates.agentic.io",
    says,
    attempt: ({ team }) => team.create(TEMPLATES + DRY_RUN, object),
    twin: ({ team }) => team.create(TEMPLATES + DRY_RUN, twin),
  };
}

/** The platform's own, as a tenant without internet gets it: teams compose theirs like it. */
const platforms = {
  ...visualAnalysis,
  metadata: { ...visualAnalysis.metadata, name: "like-the-platforms" },
  spec: {
    ...visualAnalysis.spec,
    dnsPolicy: "None",
    dnsConfig: {
      nameservers: ["10.43.0.53"],
      searches: ["svc.cluster.local"],
      options: [{ name: "ndots", value: "5" }],
    },
  },
};
/** One of containers of the team's own, as agentWorkflow composes it. */
const composed = agentWorkflow(composedArguments);
const { activeDeadlineSeconds, retryStrategy, ...endless } = step;
const inParts = {
  steps: [[{ name: "a", template: "read" }]],
  dag: { tasks: [{ name: "a", template: "read" }] },
};

export const templateCases: Case[] = [
  templateCase(
    "of containers of its own that chooses their scheduler",
    { ...composed, spec: { ...composed.spec, schedulerName: "own" } },
    "spec.schedulerName must not be set: it would",
    composed,
  ),
  ...["podSpecPatch", "hostNetwork", "hostAliases", "imagePullSecrets", "podMetadata", "tolerations"].map((field) =>
    templateCase(`that sets ${field}`, template({ [field]: {} }), `spec.${field} must not be set: it would`, platforms),
  ),
  ...["podSpecPatch", "serviceAccountName", "hostAliases", "nodeSelector", "resource", "http", "plugin", "data"].map(
    (field) =>
      templateCase(`whose step sets ${field}`, withStep({ [field]: {} }), "spec.templates (read): only name, inputs"),
  ),
  templateCase(
    "whose steps' defaults patch pods",
    template({ templateDefaults: { podSpecPatch: "{}" } }),
    "spec.templateDefaults.podSpecPatch must not be set",
    template({ templateDefaults: { activeDeadlineSeconds, retryStrategy }, templates: [endless] }),
  ),
  templateCase(
    "that runs as another account",
    template({ serviceAccountName: "tenant-user" }),
    "spec.serviceAccountName must be agent",
  ),
  templateCase(
    "that names no account",
    template({ serviceAccountName: undefined }),
    "spec.serviceAccountName must be agent",
  ),
  templateCase(
    "whose steps get a token of the API",
    template({ automountServiceAccountToken: true }),
    "spec.automountServiceAccountToken must be false",
  ),
  templateCase(
    "whose executor has another account",
    template({ executor: { serviceAccountName: "agent" } }),
    "spec.executor.serviceAccountName agent-executor",
  ),
  templateCase(
    "that comes before the platform's own pods",
    template({ podPriorityClassName: "system-node-critical" }),
    "spec.podPriorityClassName must be agentic-agents",
    template({ podPriorityClassName: "agentic-agents" }),
  ),
  templateCase(
    "with a folder of the node",
    template({ volumes: [{ name: "v", hostPath: { path: "/" } }] }),
    "spec.volumes: each must be one of emptyDir",
    template({ volumes: [{ name: "v", emptyDir: {} }] }),
  ),
  templateCase(
    "whose step has a token as a volume",
    withStep({ volumes: [{ name: "v", projected: { sources: [{ serviceAccountToken: {} }] } }] }),
    "spec.templates (read).volumes: each must be one of emptyDir",
    withStep({ volumes: [{ name: "v", secret: { secretName: "own" } }] }),
  ),
  templateCase(
    "whose pods have the label of the platform's own",
    withStep({ metadata: { labels: { "app.kubernetes.io/name": "minio" } } }),
    "spec.templates (read).metadata: the platform's",
    withStep({ metadata: { labels: { "agentic.io/component": "agent", "team.example/stage": "test" } } }),
  ),
  templateCase(
    "whose pods call themselves another workload's",
    withStep({ metadata: { labels: { "agentic.io/workload": "another" } } }),
    "spec.templates (read).metadata: the platform's",
  ),
  templateCase(
    "whose pods are unconfined by an annotation",
    withStep({ metadata: { annotations: { "container.apparmor.security.beta.kubernetes.io/main": "unconfined" } } }),
    "spec.templates (read).metadata: the platform's",
    withStep({ metadata: { annotations: { "team.example/note": "x" } } }),
  ),
  templateCase(
    "of an image by its tag",
    withContainer({ image: "registry.example/reader:1" }),
    "spec.templates (read).image: it must be {{workflow.parameters.agent_image}}, or name a digest",
    withContainer({ image: "{{workflow.parameters.agent_image}}" }),
  ),
  ...["initContainers", "sidecars"].map((field) =>
    templateCase(
      `with an image by its tag among its ${field}`,
      withStep({ [field]: [{ ...step.container, name: "more", image: "registry.example/more:1" }] }),
      "spec.templates (read).image: it must be",
      withStep({ [field]: [{ ...step.container, name: "more" }] }),
    ),
  ),
  templateCase(
    "with an image by its tag in a set of containers",
    withStep({ container: undefined, containerSet: { containers: [{ ...step.container, name: "a", image: "x:1" }] } }),
    "spec.templates (read).image: it must be",
    withStep({ container: undefined, containerSet: { containers: [{ ...step.container, name: "a" }] } }),
  ),
  templateCase(
    "without a limit of memory",
    withContainer({ resources: { ...step.container.resources, limits: { cpu: "1" } } }),
    "spec.templates (read).resources: requests and limits of cpu and memory must be set",
  ),
  templateCase(
    "whose step runs without end",
    template({ templates: [{ ...endless, retryStrategy }] }),
    "spec.templates (read).activeDeadlineSeconds: it must be set",
  ),
  templateCase(
    "whose step is never tried again",
    template({ templates: [{ ...endless, activeDeadlineSeconds }] }),
    "spec.templates (read).retryStrategy: limit and backoff.duration must be set",
    template({ templates: [{ ...endless, activeDeadlineSeconds }], retryStrategy }),
  ),
  templateCase(
    "whose step is tried again without a pause",
    withStep({ retryStrategy: { limit: "2" } }),
    "spec.templates (read).retryStrategy: limit and backoff.duration must be set",
  ),
  templateCase(
    "whose gate waits without end",
    template({ templates: [step, { name: "gate", suspend: {} }] }),
    "spec.templates (gate).suspend.duration: it must be set",
    template({ templates: [step, { name: "gate", suspend: { duration: "30m" } }] }),
  ),
  templateCase(
    "with a template in its task, which no rule sees",
    template({ templates: [{ name: "main", dag: { tasks: [{ name: "a", inline: { container: { image: "x" } } }] } }] }),
    "spec.templates (main) inline: a task must name a template",
    template({ templates: [step, { name: "main", dag: inParts.dag }] }),
  ),
  templateCase(
    "with a template in its step, which no rule sees",
    template({ templates: [{ name: "main", steps: [[{ name: "a", inline: { container: { image: "x" } } }]] }] }),
    "spec.templates (main) inline: a task must name a template",
    template({ templates: [step, { name: "main", steps: inParts.steps }] }),
  ),
  {
    ...templateCase("that is there, by a change", {}, "spec.templates (read).image: it must be"),
    attempt: ({ admin, team }) =>
      changed(admin, (path) =>
        team.patch(path, { spec: { templates: [{ ...step, container: { ...step.container, image: "x:1" } }] } }),
      ),
    twin: ({ admin, team }) =>
      changed(admin, (path) => team.patch(path, { metadata: { labels: { "team.example/stage": "test" } } })),
  },
];

/** What a change of a template that is there comes to. */
async function changed<T>(admin: Parameters<Case["attempt"]>[0]["admin"], change: (path: string) => Promise<T>) {
  const { metadata } = await admin.create<{ metadata: { name: string } }>(TEMPLATES, template());
  const path = `${TEMPLATES}/${metadata.name}`;
  try {
    return await change(path);
  } finally {
    await admin.delete(path);
  }
}
