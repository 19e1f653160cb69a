// Attacks of somebody who may write CronWorkflows: the engine's account makes their Workflows.
import type { Client } from "@agentic/kube/client/client.ts";
import { type Accounts, type Case, DRY_RUN, group, TENANT, WORKFLOWS } from "./case.ts";
import { DECIDED, workflow } from "./workflows.ts";

const CRONS = group("argoproj.io/v1alpha1", TENANT, "cronworkflows");
const evil = { active: [{ name: "another", uid: "u" }], succeeded: 100 };

/** A CronWorkflow of the platform's template, with other fields of its Workflows' spec and of its own. */
const cron = (workflowSpec: object = {}, spec: object = {}, more: object = {}) => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "CronWorkflow",
  metadata: { generateName: "cron-" },
  spec: {
    schedules: ["0 3 * * *"],
    workflowSpec: { workflowTemplateRef: { name: "visual-analysis-template" }, ...workflowSpec },
    ...spec,
  },
  ...more,
});

const parameter = (more: object) => ({ arguments: { parameters: [{ name: "objective", ...more }] } });
const labelled = { workflowMetadata: { labels: { "agentic.io/workload": "w" } } };
const podLabels = { podMetadata: { labels: { "agentic.io/workload": "w" } } };

function cronCase(attack: string, object: object, says: string, twin: object = cron()): Case {
  return {
    attack: `a CronWorkflow that ${attack}`,
    by: "the admission policy cronworkflows.agentic.io",
    says,
    attempt: ({ team }) => team.create(CRONS + DRY_RUN, object),
    twin: ({ team }) => team.create(CRONS + DRY_RUN, twin),
  };
}

/** An attempt on one that is there. */
const onOne =
  (who: (accounts: Accounts) => Client, body: object) =>
  async (accounts: Accounts): Promise<unknown> => {
    const { metadata } = await accounts.admin.create<{ metadata: { name: string } }>(
      CRONS,
      cron({}, { suspend: true }),
    );
    const path = `${CRONS}/${metadata.name}`;
    try {
      return await who(accounts).patch(path, body);
    } finally {
      await accounts.admin.delete(path);
    }
  };

export const cronCases: Case[] = [
  ...DECIDED.map((field) =>
    cronCase(
      `sets ${field} of its Workflows`,
      cron({ [field]: field === "podSpecPatch" ? "{}" : {} }),
      `spec.workflowSpec.${field} must not be set, because the template decides it`,
    ),
  ),
  cronCase(
    "has no template",
    cron({ workflowTemplateRef: undefined, entrypoint: "x" }),
    "must use a template: set spec.workflowSpec.workflowTemplateRef",
  ),
  cronCase("says nothing of its Workflows", cron({}, { workflowSpec: undefined }), "spec.workflowSpec must be set"),
  cronCase("brings a status", cron({}, {}, { status: evil }), "status must not be set"),
  cronCase(
    "has Workflows run as another account",
    cron({ serviceAccountName: "tenant-user" }),
    "spec.workflowSpec.serviceAccountName must be agent",
    cron({ serviceAccountName: "agent" }),
  ),
  cronCase(
    "has a Secret's variable in an argument",
    cron(parameter({ value: "$(POSTGRES_DSN)" })),
    "because the kubelet would put a variable in its place",
    cron(parameter({ value: "5 US$ (net)" })),
  ),
  cronCase(
    "has a ConfigMap read as an argument",
    cron(parameter({ valueFrom: { configMapKeyRef: { name: "agentic-tenant", key: "model" } } })),
    "spec.workflowSpec.arguments may hold only parameters",
    cron(parameter({ value: "find prices" })),
  ),
  cronCase(
    "gives pods the label of another's workload",
    cron(podLabels),
    "each with the value that the Workflow itself has",
    cron(podLabels, labelled),
  ),
  cronCase(
    "gives its Workflows an owner",
    cron({}, { workflowMetadata: { ownerReferences: [{ kind: "AgentWorkload", name: "w", uid: "u" }] } }),
    "spec.workflowMetadata may hold only labels and annotations",
    cron({}, labelled),
  ),
  cronCase(
    "has Workflows that nobody can delete",
    cron({}, { workflowMetadata: { finalizers: ["team.example/keep"] } }),
    "spec.workflowMetadata may hold only labels and annotations",
    cron({}, labelled),
  ),
  {
    ...cronCase("is there, and gets other pods", {}, "spec.workflowSpec.podSpecPatch must not be set"),
    attempt: onOne(({ team }) => team, { spec: { workflowSpec: { podSpecPatch: "{}" } } }),
    twin: onOne(({ team }) => team, { spec: { schedules: ["0 4 * * *"] } }),
  },
  {
    ...cronCase("is there, and is said to have run", {}, "status must not be set"),
    attempt: onOne(({ team }) => team, { status: evil }),
    twin: onOne(({ engine }) => engine, { status: evil }),
  },
  {
    ...cronCase("is of somebody who may make no Workflows", {}, "may not create workflows.argoproj.io in namespace"),
    attempt: ({ scheduler }) => scheduler.create(CRONS + DRY_RUN, cron()),
  },
  {
    ...cronCase("runs, by somebody who may make no Workflows", {}, "so a CronWorkflow must not have them made"),
    attempt: onOne(({ scheduler }) => scheduler, { spec: { suspend: false } }),
    twin: onOne(({ scheduler }) => scheduler, { metadata: { labels: { "team.example/stage": "test" } } }),
  },
  {
    attack: "the engine is made to create a Workflow where no tenant is",
    by: "the admission policy engine.agentic.io",
    says: "the workflow engine changes nothing in namespace team",
    attempt: ({ engine }) => engine.create(group("argoproj.io/v1alpha1", "team", "workflows") + DRY_RUN, workflow()),
    twin: ({ engine }) => engine.create(WORKFLOWS + DRY_RUN, workflow()),
  },
];
