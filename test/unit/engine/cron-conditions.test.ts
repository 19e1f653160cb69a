// When a CronWorkflow's conditions let Workflows be made, and stop it: `when` and `stopStrategy`, in virtual time.
import { describe, expect, test } from "vitest";
import type { CronWorkflowSpec } from "../../../embedded/engine/core/cron/types.ts";
import { CronLife } from "./cron-life.ts";

const START = "2026-01-01T00:00:30Z";
const minutely: CronWorkflowSpec = { schedules: ["* * * * *"] };
const at = (time: string) => `2026-01-01T00:${time}Z`;
const life = (spec: CronWorkflowSpec, end?: ConstructorParameters<typeof CronLife>[2]) =>
  new CronLife(START, { ...minutely, ...spec }, end);

describe("when", () => {
  test.each([
    ["no expression", "{{cronworkflow.name}} == nightly", 3],
    ["an expression that is false", "{{= cronworkflow.failed > 5 }}", 0],
    [
      "Argo's example against too many runs",
      "{{= cronworkflow.lastScheduledTime == nil || (now() - cronworkflow.lastScheduledTime).Seconds() > 100 }}",
      2,
    ],
    ["the counters", "{{= cronworkflow.succeeded < 2 }}", 2],
  ])("lets Workflows be made by %s", (_, when, count) => {
    expect(life({ when }).until(at("03:30")).made).toHaveLength(count);
  });

  test("once a day, though the clocks leave its time out in spring, as Argo's documentation has it", () => {
    const when = "{{= cronworkflow.lastScheduledTime == nil || (now() - cronworkflow.lastScheduledTime).Hours() > 1 }}";
    const cron = new CronLife("2026-03-27T12:00:00Z", {
      schedules: ["30 2 * * *", "0 3 * * *"],
      timezone: "Europe/Berlin",
      when,
    });
    expect(cron.until("2026-03-30T12:00:00Z").made).toEqual([
      "2026-03-28T01:30:00Z",
      "2026-03-29T01:00:00Z",
      "2026-03-30T00:30:00Z",
    ]);
  });

  test("that comes to nothing true or false counts as a failure, once a time", () => {
    const cron = life({ when: "{{= cronworkflow.failed }}", startingDeadlineSeconds: 50 }).until(at("01:30"));
    cron.look();
    expect(cron.problems).toEqual(["run policy error: spec.when: expected true or false, got 0"]);
    expect(cron.status).toMatchObject({ failed: 1, conditions: [{ type: "SubmissionError", status: "True" }] });
  });
});

describe("the stop strategy", () => {
  test("stops it for good", () => {
    const cron = life({ stopStrategy: { expression: "cronworkflow.succeeded >= 2" } }).until(at("08:30"));
    expect(cron.made).toHaveLength(2);
    expect(cron.cron).toMatchObject({
      metadata: { labels: { "cronworkflows.argoproj.io/completed": "true" } },
      status: { phase: "Stopped", succeeded: 2 },
    });
  });

  test("may go by failures, and by both", () => {
    const expression = "cronworkflow.failed >= 3 || cronworkflow.succeeded > 100";
    expect(life({ stopStrategy: { expression } }, () => ({ phase: "Failed" })).until(at("08:30")).made).toHaveLength(3);
  });
});
