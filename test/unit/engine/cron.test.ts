// CronWorkflows in virtual time: when they make Workflows, which, and what their status says of them, as Argo 4.1 has it.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CronWorkflowSpec } from "../../../embedded/engine/core/cron/types.ts";
import recorded from "../api/cron-times.json" with { type: "json" };
import { CronLife, ms } from "./cron-life.ts";

const START = "2026-01-01T00:00:30Z";
const minutely: CronWorkflowSpec = { schedules: ["* * * * *"] };
const at = (time: string) => `2026-01-01T00:${time}Z`;
const life = (spec: CronWorkflowSpec, end?: ConstructorParameters<typeof CronLife>[2]) =>
  new CronLife(START, { ...minutely, ...spec }, end);
const nameAt = (time: string) => `nightly-${ms(at(time)) / 1000}`;

describe("the Workflow that is made", () => {
  test("has the time in its name and its annotation, and is owned", () => {
    const cron = life({
      workflowMetadata: { labels: { team: "a" }, annotations: { note: "x" } },
      workflowSpec: { workflowTemplateRef: { name: "t" }, arguments: { parameters: [{ name: "p", value: "v" }] } },
    });
    cron.library = {
      workflowTemplate: () => ({
        metadata: { name: "t" },
        spec: {
          entrypoint: "m",
          templates: [{ name: "m", container: { image: "i", args: ["{{workflow.scheduledTime}}"] } }],
        },
      }),
      clusterWorkflowTemplate: () => undefined,
    };
    cron.cron.metadata.labels = { "workflows.argoproj.io/creator": "ann", other: "label" };
    cron.until(at("01:00"));
    expect(cron.workflows).toMatchObject([
      {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "Workflow",
        metadata: {
          name: "nightly-1767225660",
          namespace: "ns",
          labels: {
            "workflows.argoproj.io/cron-workflow": "nightly",
            "workflows.argoproj.io/creator": "ann",
            team: "a",
          },
          annotations: { "workflows.argoproj.io/scheduled-time": "2026-01-01T00:01:00Z", note: "x" },
          ownerReferences: [{ kind: "CronWorkflow", name: "nightly", uid: "u-1", controller: true }],
        },
        spec: { workflowTemplateRef: { name: "t" }, arguments: { parameters: [{ name: "p", value: "v" }] } },
      },
    ]);
    expect(cron.workflows[0]?.metadata.labels).not.toHaveProperty("other");
  });
});

describe("its status", () => {
  test("is as Argo writes it, while a Workflow runs and after it", () => {
    const cron = life({ timezone: "Europe/Berlin" }, () => ({ seconds: 10 }));
    expect(cron.until(at("00:59")).cron.status).toEqual({});
    expect(cron.until(at("01:05")).cron).toMatchObject({
      metadata: {
        annotations: { "cronworkflows.argoproj.io/last-used-schedule": "CRON_TZ=Europe/Berlin * * * * *" },
      },
      status: {
        active: [
          {
            apiVersion: "argoproj.io/v1alpha1",
            kind: "Workflow",
            name: nameAt("01:00"),
            namespace: "ns",
            uid: nameAt("01:00"),
          },
        ],
        lastScheduledTime: at("01:00"),
        phase: "Active",
        succeeded: 0,
        failed: 0,
      },
    });
    expect(cron.until(at("01:30")).status).toEqual({
      lastScheduledTime: at("01:00"),
      phase: "Active",
      succeeded: 1,
      failed: 0,
    });
  });

  test("counts each Workflow once by how it has ended", () => {
    const phases = ["Succeeded", "Failed", "Error", "Succeeded"];
    let index = 0;
    const byName = new Map<string, string>();
    const cron = life({}, ({ metadata }) => {
      if (!byName.has(metadata.name)) byName.set(metadata.name, phases[index++] ?? "Succeeded");
      return { phase: byName.get(metadata.name) ?? "" };
    }).until(at("04:30"));
    expect(cron.status).toMatchObject({ succeeded: 2, failed: 2 });
    expect(cron.made).toEqual(["01:00", "02:00", "03:00", "04:00"].map(at));
  });

  test("takes a Workflow in that an engine has made which ended before it could say so", () => {
    const cron = life({}, () => ({ seconds: 300 })).until(at("01:10"));
    cron.cron = { ...cron.cron, status: {} };
    cron.look();
    expect(cron.status.active).toMatchObject([{ name: nameAt("01:00") }]);
  });

  test("forgets a Workflow that somebody has deleted, and counts it neither way", () => {
    const cron = life({}, () => ({ seconds: 300 })).until(at("01:10"));
    cron.workflows = [];
    cron.look();
    expect(cron.status).toEqual({ lastScheduledTime: at("01:00"), phase: "Active", succeeded: 0, failed: 0 });
  });
});

describe("the times", () => {
  test.each((recorded as [string, string, string, string[]][]).filter(([cron]) => !cron.startsWith("@every")))(
    "%s in %s after %s are robfig/cron's, through daylight saving",
    (schedule, timezone, after, times) => {
      const cron = new CronLife(after, { schedules: [schedule], timezone });
      expect(cron.until(times.at(-1) ?? after).made).toEqual(times);
    },
  );

  test("of several schedules all come, and one that two have once", () => {
    const cron = life({ schedules: ["*/2 * * * *", "*/3 * * * *"] }).until(at("06:30"));
    expect(cron.made).toEqual(["02:00", "03:00", "04:00", "06:00"].map(at));
  });

  test("of @every count from the one before", () => {
    expect(life({ schedules: ["@every 90s"] }).until(at("05:00")).made).toEqual(["02:00", "03:30", "05:00"].map(at));
  });

  test("don't come while it is suspended, and none is made up after that", () => {
    const cron = life({}).until(at("01:30"));
    cron.change({ suspend: true });
    cron.until(at("05:30")).change({ suspend: false });
    expect(cron.until(at("06:30")).made).toEqual(["01:00", "06:00"].map(at));
  });

  test("of schedules that are changed count from then on", () => {
    const cron = life({}).until(at("01:30"));
    cron.change({ schedules: ["*/5 * * * *"], startingDeadlineSeconds: 3600 });
    expect(cron.until(at("06:00")).made).toEqual(["01:00", "05:00"].map(at));
  });
});

describe("a time that is missed while no engine runs", () => {
  test("isn't made up without a deadline", () => {
    const cron = life({}).until(at("01:30"));
    cron.restart(at("05:10"));
    expect(cron.made).toEqual([at("01:00")]);
  });

  test("is made up within the deadline: the last one alone", () => {
    const cron = life({ startingDeadlineSeconds: 20 }).until(at("01:30"));
    cron.restart(at("05:10"));
    expect(cron.made).toEqual([at("01:00"), at("05:00")]);
    cron.restart(at("06:20"));
    expect(cron.made).toHaveLength(2);
  });

  test("isn't made up where the schedules are others by now", () => {
    const cron = life({ startingDeadlineSeconds: 3600 }).until(at("01:30"));
    cron.cron = { ...cron.cron, spec: { ...cron.cron.spec, schedules: ["*/5 * * * *"] } };
    cron.restart(at("05:10"));
    expect(cron.made).toEqual([at("01:00")]);
  });

  test("makes at most one Workflow of each time, however often and whenever engines are restarted", () => {
    const deadline = fc.option(fc.integer({ min: 0, max: 200 }), { nil: undefined });
    const waits = fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 20 });
    fc.assert(
      fc.property(deadline, waits, fc.constantFrom("Allow", "Forbid", "Replace"), (seconds, steps, policy) => {
        const cron = life(
          { concurrencyPolicy: policy, ...(seconds === undefined ? {} : { startingDeadlineSeconds: seconds }) },
          () => ({ seconds: 80 }),
        );
        for (const step of steps) cron.restart(new Date(cron.now + step * 1000).toISOString());
        cron.until(new Date(cron.now + 200_000).toISOString());
        expect(new Set(cron.made).size).toBe(cron.made.length);
        expect(cron.made.toSorted()).toEqual(cron.made);
      }),
    );
  });
});

describe("the concurrency policy", () => {
  const long = () => ({ seconds: 150 });

  test("Allow has them run beside each other", () => {
    expect(life({}, long).until(at("03:10")).status.active).toHaveLength(3);
  });

  test("Forbid leaves a time out while another has not ended", () => {
    const cron = life({ concurrencyPolicy: "Forbid" }, long).until(at("04:10"));
    expect(cron.made).toEqual([at("01:00"), at("04:00")]);
    expect(cron.limited).toBe(2);
  });

  test("Forbid makes it up once the other has ended, within the deadline", () => {
    const cron = life({ concurrencyPolicy: "Forbid", startingDeadlineSeconds: 40 }, long).until(at("03:40"));
    expect(cron.made).toEqual([at("01:00"), at("03:00")]);
    expect(cron.workflows.map(({ metadata }) => metadata.name)).toContain(nameAt("03:00"));
  });

  test("Replace terminates the other and makes the new one", () => {
    const cron = life({ concurrencyPolicy: "Replace" }, long).until(at("02:10"));
    expect(cron.terminated).toEqual([nameAt("01:00")]);
    expect(cron.status).toMatchObject({ active: [{ name: nameAt("02:00") }], failed: 1 });
  });
});

describe("of Workflows that have ended", () => {
  const alternate = ({ metadata }: { metadata: { name: string } }) => ({
    phase: Number(metadata.name.slice("nightly-".length)) % 120 === 0 ? "Failed" : "Succeeded",
  });
  const kept = (cron: CronLife) => cron.workflows.map(({ status }) => status?.phase).toSorted();

  test("three that have succeeded and one of the others are kept, the newest", () => {
    const cron = life({}, alternate).until(at("10:30"));
    expect(kept(cron)).toEqual(["Failed", "Succeeded", "Succeeded", "Succeeded"]);
    expect(cron.workflows.map(({ metadata }) => metadata.name)).toContain(nameAt("09:00"));
  });

  test("as many are kept as it says", () => {
    const cron = life({ successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 0 }, alternate).until(at("10:30"));
    expect(kept(cron)).toEqual(["Succeeded"]);
  });

  test("those without its label are nobody's to delete", () => {
    const cron = life({ successfulJobsHistoryLimit: 0 }).until(at("01:00"));
    cron.workflows = cron.workflows.map((workflow) => ({
      ...workflow,
      metadata: { ...workflow.metadata, labels: {} },
    }));
    expect(cron.until(at("01:30")).workflows).toHaveLength(1);
  });
});

describe("a Workflow that the API server refuses", () => {
  test("is told of by a condition until one is made, and isn't tried again for that time", () => {
    const cron = life({ startingDeadlineSeconds: 3600 });
    cron.refusal = "Failed to submit Workflow: no";
    cron.until(at("02:30"));
    expect(cron.status).toMatchObject({
      failed: 2,
      conditions: [{ type: "SubmissionError", status: "True", message: "Failed to submit Workflow: no" }],
    });
    cron.refusal = undefined;
    expect(cron.until(at("03:30")).status).not.toHaveProperty("conditions");
    expect(cron.made).toEqual([at("03:00")]);
  });
});
