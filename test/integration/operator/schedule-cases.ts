// A schedule's life with the real operator and API server: workload.test.ts has these tests run on its scene.
import type { AgentSchedule, AgentScheduleStatus } from "@agentic/api/agentschedule.ts";
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { describe, expect, it } from "vitest";
import { until } from "./cluster.ts";
import { NAMESPACE, type Scene, WORKLOADS } from "./scene.ts";

const SCHEDULES = `/apis/agentic.io/v1alpha1/namespaces/${NAMESPACE}/agentschedules`;
const HOUR_MS = 3_600_000;

/** The time that was last, of a schedule whose times are the full hours: it is there whenever the test runs. */
const lastHour = () => new Date(Math.floor(Date.now() / HOUR_MS) * HOUR_MS);
const iso = (time: Date) => time.toISOString().replace(".000", "");

/** Registers the tests. */
export function scheduleLife(scene: () => Scene): void {
  const client = () => scene().cluster.client;

  const create = (name: string, fields: object, annotations: object = {}) =>
    client().create<AgentSchedule>(SCHEDULES, {
      apiVersion: "agentic.io/v1alpha1",
      kind: "AgentSchedule",
      metadata: { name, annotations },
      spec: {
        schedule: { cron: "0 * * * *", ...fields },
        workload: { spec: { objective: "what is new", targetUrls: ["https://example.com/"] } },
      },
    });

  /** As if its operator had been away for three hours. */
  const miss = async ({ metadata }: AgentSchedule): Promise<Date> => {
    const last = lastHour();
    const lastScheduleTime = new Date(last.getTime() - 3 * HOUR_MS).toISOString();
    await client().patch(`${SCHEDULES}/${metadata.name}/status`, { status: { lastScheduleTime } });
    return last;
  };

  const status = (name: string, holds: (now: AgentScheduleStatus) => boolean) =>
    until(`${name}: ${holds}`, async () => {
      const { status: now = {} } = await client().get<AgentSchedule>(`${SCHEDULES}/${name}`);
      return holds(now) ? now : undefined;
    });

  const workloads = (name: string) =>
    client().list<AgentWorkload>(WORKLOADS, { query: { labelSelector: `agentic.io/schedule=${name}` } });

  describe("a schedule", () => {
    it("makes up the last missed time as one workload, in its author's name, and keeps what it is to keep", async () => {
      const me = await client().create<{ status: { userInfo: { username: string } } }>(
        "/apis/authentication.k8s.io/v1/selfsubjectreviews",
        { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
      );
      const author = me.status.userInfo.username;
      const digest = await create(
        "digest",
        { historyLimits: { successful: 0 } },
        { [ANNOTATIONS.submittedBy]: author },
      );
      await status("digest", ({ nextScheduleTime }) => nextScheduleTime !== undefined);
      const last = await miss(digest);
      const { active = [] } = await status(
        "digest",
        ({ lastScheduleTime, activeCount }) => lastScheduleTime === iso(last) && activeCount === 1,
      );
      const [workload, ...more] = await workloads("digest");
      expect(more).toEqual([]);
      const name = `digest-${iso(last).slice(0, 10).replaceAll("-", "")}-${iso(last).slice(11, 13)}00`;
      expect(active).toEqual([{ name, scheduledTime: iso(last) }]);
      expect(workload).toMatchObject({
        metadata: {
          name,
          annotations: { [ANNOTATIONS.scheduledAt]: iso(last), [ANNOTATIONS.submittedBy]: author },
          ownerReferences: [{ kind: "AgentSchedule", uid: digest.metadata.uid, controller: true }],
        },
        spec: { jobId: name },
      });
      if (!workload) throw new Error("no workload");
      const run = await scene().cluster.runOf(workload);
      expect(run.spec.arguments?.parameters).toEqual(
        expect.arrayContaining([
          { name: "job_id", value: name },
          { name: "scheduled_time", value: iso(last) },
        ]),
      );
      await scene().cluster.finish(run, "Succeeded");
      const end = await status(
        "digest",
        ({ lastSuccessfulTime, activeCount }) => lastSuccessfulTime !== undefined && activeCount === 0,
      );
      expect(end.lastScheduleTime).toBe(iso(last));
      await until("the workload that isn't kept is gone", async () =>
        (await workloads("digest")).length === 0 ? true : undefined,
      );
      await until("its events", async () =>
        (await scene().events("digest")).includes("WorkloadMade") ? true : undefined,
      );
    });

    it("says by a condition and an event what is wrong with it that admission can't see", async () => {
      await create("never", { cron: "0 0 31 2 *" });
      const { conditions } = await status("never", (now) => now.conditions !== undefined);
      expect(conditions).toMatchObject([
        {
          type: "Ready",
          status: "False",
          reason: "InvalidSchedule",
          message: "spec.schedule.cron: '0 0 31 2 *' never comes: there is no such day",
        },
      ]);
      await until("its event", async () =>
        (await scene().events("never")).includes("InvalidSchedule") ? true : undefined,
      );
    });
  });
}
