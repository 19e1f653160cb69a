// What is to run at a time runs at it: an AgentSchedule's workload to its report, and a plain CronWorkflow's Workflow to its end.
import type { AgentSchedule } from "@agentic/api/agentschedule.ts";
import { afterAll, beforeAll, describe, it } from "vitest";
import { apply, get, type KubeObject, kubectl, list } from "../../../embedded/cli/cluster.ts";
import type { CronWorkflow } from "../../../embedded/engine/core/cron/types.ts";
import type { Workflow } from "../../../embedded/engine/core/types.ts";
import { eventually, namespace, onePage, platform, untilEnded, workload } from "./platform.ts";

const argo = { apiVersion: "argoproj.io/v1alpha1" };

/** A team's own template of one light step, within what admission lets a tenant's template be. */
const template: KubeObject = {
  ...argo,
  kind: "WorkflowTemplate",
  metadata: { name: "own-light", namespace },
  spec: {
    entrypoint: "main",
    serviceAccountName: "agent",
    automountServiceAccountToken: false,
    executor: { serviceAccountName: "agent-executor" },
    securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
    templates: [
      {
        name: "main",
        metadata: { labels: { "agentic.io/component": "agent" } },
        activeDeadlineSeconds: 60,
        retryStrategy: { limit: "1", backoff: { duration: "5s" } },
        container: {
          image: "{{workflow.parameters.agent_image}}",
          command: ["node", "-e", "if (!/^2[-0-9T:]+Z$/.test(process.argv[1])) process.exit(1)"],
          args: ["{{workflow.scheduledTime}}"],
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
          resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { cpu: "500m", memory: "128Mi" } },
        },
      },
    ],
  },
};

/** Fires once: it stops as soon as one has ended well, and makes none beside another. */
const cron: KubeObject = {
  ...argo,
  kind: "CronWorkflow",
  metadata: { name: "own-light", namespace },
  spec: {
    schedules: ["@every 5s"],
    concurrencyPolicy: "Forbid",
    stopStrategy: { expression: "cronworkflow.succeeded >= 1" },
    workflowSpec: {
      workflowTemplateRef: { name: "own-light" },
      arguments: { parameters: [{ name: "agent_image", value: platform.signedAgents }] },
    },
  },
};

const schedule: KubeObject = {
  apiVersion: "agentic.io/v1alpha1",
  kind: "AgentSchedule",
  metadata: { name: "each-minute", namespace },
  spec: {
    schedule: { cron: "* * * * *", concurrencyPolicy: "Forbid" },
    workload: { spec: workload("each-minute", { ...onePage, approval: { mode: "auto" } }).spec },
  },
};

/** With what they have made, which they own. */
async function removeAll(): Promise<void> {
  for (const { kind, metadata } of [schedule, cron, template])
    await kubectl(platform, ["delete", kind, metadata.name, "-n", namespace, "--ignore-not-found", "--wait"]);
}

describe("at its time", () => {
  // Both wait for theirs at once.
  beforeAll(async () => {
    await removeAll();
    await apply(platform, [template, schedule, cron]);
  });
  afterAll(removeAll);

  it.concurrent("a schedule makes a workload, which goes the whole way to its report", async ({ expect }) => {
    const { name } = schedule.metadata;
    const made = await eventually(
      "workload of the schedule",
      async () =>
        (await get<AgentSchedule & KubeObject>(platform, "agentschedule", name, namespace))?.status?.active?.[0],
      { seconds: 90, every: 2000 },
    );
    // One is enough.
    await kubectl(platform, [
      "patch",
      "as",
      name,
      "-n",
      namespace,
      "--type=merge",
      "-p",
      '{"spec":{"schedule":{"suspend":true}}}',
    ]);
    expect(made.name).toMatch(/^each-minute-\d{8}-\d{4}$/);
    const { status } = await untilEnded(made.name);
    expect(status?.phase, JSON.stringify(status)).toBe("Completed");
    expect(status?.workflowArtifacts?.report).toContain("report.md");
    const after = await eventually("time of the success", async () => {
      const now = await get<AgentSchedule & KubeObject>(platform, "agentschedule", name, namespace);
      return now?.status?.lastSuccessfulTime;
    });
    expect(Date.parse(after)).toBeGreaterThan(Date.parse(made.scheduledTime ?? ""));
  });

  it.concurrent("a CronWorkflow makes a Workflow of a team's own template, once", async ({ expect }) => {
    const { name } = cron.metadata;
    const stopped = await eventually(
      "end of the CronWorkflow",
      async () => {
        const now = await get<CronWorkflow & KubeObject>(platform, "cronworkflow", name, namespace);
        return now?.status?.phase === "Stopped" ? now : undefined;
      },
      { seconds: 120, every: 2000 },
    );
    expect(stopped.status).toMatchObject({ succeeded: 1, failed: 0 });
    const made = (await list<Workflow & KubeObject>(platform, "workflows", namespace)).filter(
      ({ metadata }) => metadata.labels?.["workflows.argoproj.io/cron-workflow"] === name,
    );
    expect(made).toMatchObject([
      {
        metadata: {
          name: `${name}-${Date.parse(stopped.status?.lastScheduledTime ?? "") / 1000}`,
          annotations: { "workflows.argoproj.io/scheduled-time": stopped.status?.lastScheduledTime },
        },
        status: { phase: "Succeeded" },
      },
    ]);
  });
});
