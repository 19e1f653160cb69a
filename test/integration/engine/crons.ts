// CronWorkflows against a real API server; the test plays the kubelet.
import { eventsPath } from "@agentic/kube/controller/event.ts";
import { expect, test } from "vitest";
import * as paths from "../../../embedded/engine/controller/paths.ts";
import type { CronWorkflow, CronWorkflowStatus } from "../../../embedded/engine/core/cron/types.ts";
import { type Cluster, until } from "./cluster.ts";
import { NS, single } from "./specs.ts";

interface Event {
  involvedObject: { kind: string; name: string };
  type: string;
  reason: string;
  message: string;
}
/** The event about an object of that name. */
export const eventOn = ({ client }: Cluster, name: string) =>
  until(`an event on ${name}`, async () =>
    (await client.list<Event>(eventsPath(NS))).find(({ involvedObject }) => involvedObject.name === name),
  );

export function cronTests(cluster: () => Cluster): void {
  const crons = paths.ofKind("cronworkflows", NS);
  const apply = (name: string, spec: object) =>
    cluster().client.create(crons, {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "CronWorkflow",
      metadata: { namespace: NS, name },
      spec: { workflowSpec: single(), ...spec },
    });
  const stored = (name: string) => cluster().client.get<CronWorkflow>(`${crons}/${name}`);
  const status = (name: string, holds: (status: CronWorkflowStatus) => boolean) =>
    until(`the status of ${name}`, async () => {
      const cron = await stored(name);
      return holds(cron.status ?? {}) ? cron : undefined;
    });

  test("a CronWorkflow makes a Workflow at its time, in whose status it follows it to its end, and stops as it says", async () => {
    await apply("tick", {
      schedules: ["@every 2s"],
      concurrencyPolicy: "Forbid",
      stopStrategy: { expression: "cronworkflow.succeeded >= 1" },
      successfulJobsHistoryLimit: 0,
    });
    const running = await status("tick", ({ active }) => active?.length === 1);
    const [active] = running.status?.active ?? [];
    const workflow = await cluster().workflow(NS, active?.name ?? "");
    expect(active).toMatchObject({ kind: "Workflow", namespace: NS, uid: workflow.metadata.uid });
    const time = running.status?.lastScheduledTime ?? "";
    expect(workflow.metadata).toMatchObject({
      name: `tick-${Date.parse(time) / 1000}`,
      labels: { "workflows.argoproj.io/cron-workflow": "tick" },
      annotations: { "workflows.argoproj.io/scheduled-time": time },
      ownerReferences: [{ kind: "CronWorkflow", name: "tick", uid: running.metadata.uid, controller: true }],
    });
    await cluster().end(await cluster().pod(NS, workflow.metadata.name));
    const stopped = await status("tick", ({ phase }) => phase === "Stopped");
    expect(stopped).toMatchObject({
      metadata: {
        labels: { "cronworkflows.argoproj.io/completed": "true" },
        annotations: { "cronworkflows.argoproj.io/last-used-schedule": "@every 2s" },
      },
      spec: { schedules: ["@every 2s"] },
      status: { succeeded: 1, failed: 0 },
    });
    await until("its history is cleared", async () => !(await cluster().find(NS, workflow.metadata.name)));
  });

  test("a CronWorkflow that is to be replaced has the Workflow before terminated", async () => {
    await apply("again", { schedules: ["@every 2s"], concurrencyPolicy: "Replace" });
    const first = (await status("again", ({ active }) => active?.length === 1)).status?.active?.[0]?.name ?? "";
    const failed = await cluster().phase(NS, first, "Failed");
    expect(failed).toMatchObject({ spec: { shutdown: "Terminate" } });
    await cluster().client.patch(`${crons}/again`, { spec: { suspend: true } });
    expect((await status("again", (it) => (it.failed ?? 0) >= 1)).status?.phase).toBe("Active");
  });

  test("a CronWorkflow that is wrong is told so, by an event and a condition, and a field that Argo 4 doesn't know is wrong", async () => {
    await apply("old", { schedule: "0 3 * * *" });
    const message = expect.stringContaining("spec.schedule: Argo Workflows 4 has no such field: use spec.schedules");
    expect(await eventOn(cluster(), "old")).toMatchObject({
      involvedObject: { kind: "CronWorkflow" },
      reason: "SpecError",
      message,
    });
    const cron = await status("old", ({ conditions }) => conditions?.length === 1);
    expect(cron.status?.conditions).toMatchObject([{ type: "SpecError", status: "True", message }]);
  });
}
