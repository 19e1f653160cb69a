// What is wrong with a CronWorkflow, or not supported in it, is said by the path of its field, and nothing is made of it.
import { describe, expect, test } from "vitest";
import type { CronWorkflowSpec } from "../../../embedded/engine/core/cron/types.ts";
import { CronLife } from "./cron-life.ts";
import { single } from "./harness.ts";

const START = "2026-01-01T00:00:30Z";
const LATER = "2026-01-01T00:05:00Z";
const schedules = ["* * * * *"];

describe("a CronWorkflow is told what is wrong", () => {
  test.each([
    ["an unknown field", { schedules, suspended: true }, "spec.suspended: is not supported by this workflow engine"],
    [
      "Argo 3's schedule",
      { schedule: "* * * * *" },
      "spec.schedule: Argo Workflows 4 has no such field: use spec.schedules",
    ],
    ["no schedule", { schedules: [] }, "spec.schedules: must have at least one schedule"],
    ["a malformed schedule", { schedules: ["* * * * *", "61 * * * *"] }, "spec.schedules[1]: minute: '61'"],
    ["a schedule with a zone", { schedules: ["TZ=UTC * * * * *"] }, "spec.schedules[0]: must not name a time zone"],
    ["an unknown zone", { schedules, timezone: "Mars/Base" }, "spec.timezone: 'Mars/Base' is unknown"],
    [
      "an unknown policy",
      { schedules, concurrencyPolicy: "Queue" },
      'spec.concurrencyPolicy: "Queue" is not supported',
    ],
    [
      "a negative deadline",
      { schedules, startingDeadlineSeconds: -1 },
      "spec.startingDeadlineSeconds: must not be negative",
    ],
    [
      "a deadline in words",
      { schedules, startingDeadlineSeconds: "1m" },
      "spec.startingDeadlineSeconds: must be a whole number",
    ],
    [
      "finalizers",
      { schedules, workflowMetadata: { finalizers: ["a/b"] } },
      "spec.workflowMetadata.finalizers: is not supported",
    ],
    ["no Workflow", { schedules, workflowSpec: undefined }, "spec.workflowSpec: is required"],
    [
      "a Workflow that is wrong",
      { schedules, workflowSpec: { entrypoint: "x" } },
      "cannot validate Workflow (spec.workflowSpec): spec.entrypoint: template name 'x' undefined",
    ],
    [
      "a Workflow that isn't supported",
      { schedules, workflowSpec: { ...single, hooks: { x: {} } } },
      "(spec.workflowSpec): spec.hooks: is not supported",
    ],
    [
      "a template that isn't there",
      { schedules, workflowSpec: { workflowTemplateRef: { name: "t" } } },
      "workflow template t not found",
    ],
    [
      "an expression beside others",
      { schedules, when: "{{= now() }} > 5" },
      "spec.when: an expression tag ({{=…}}) must be the whole condition",
    ],
    [
      "a number as a text",
      { schedules, when: "{{cronworkflow.failed}} > 5" },
      "spec.when: failed to resolve {{cronworkflow.failed}}",
    ],
    [
      "an unknown variable",
      { schedules, when: "{{= cronworkflow.labels == nil }}" },
      "spec.when: variable cronworkflow.labels is not available here",
    ],
    [
      "a function that isn't there",
      { schedules, stopStrategy: { expression: "len(cronworkflow.name) > 1" } },
      'spec.stopStrategy.expression: function "len" is not supported',
    ],
    [
      "a method that isn't there",
      { schedules, when: "{{= (now() - cronworkflow.lastScheduledTime).Days() > 1 }}" },
      'spec.when: operator "." is not supported here',
    ],
    [
      "a strategy that is neither true nor false",
      { schedules, stopStrategy: { expression: "cronworkflow.failed" } },
      "spec.stopStrategy.expression: expected true or false, got 0",
    ],
  ])("%s", (_, spec, message) => {
    const cron = new CronLife(START, spec as unknown as CronWorkflowSpec).until(LATER);
    expect(cron.made).toEqual([]);
    expect(cron.status.conditions).toMatchObject([
      { type: "SpecError", status: "True", message: expect.stringContaining(message) },
    ]);
    // It isn't a failure of a Workflow.
    expect(cron.status).not.toHaveProperty("failed");
  });

  test("a name that leaves no room for the time", () => {
    const cron = new CronLife(START, { schedules });
    cron.cron.metadata.name = "n".repeat(53);
    expect(cron.until(LATER).problems[0]).toContain("metadata.name: must not be more than 52 characters long");
  });

  test("until it is put right, and its times count from then on", () => {
    const cron = new CronLife(START, { schedules: ["nonsense"], startingDeadlineSeconds: 3600 }).until(LATER);
    cron.change({ schedules });
    expect(cron.status).not.toHaveProperty("conditions");
    expect(cron.until("2026-01-01T00:06:30Z").made).toEqual(["2026-01-01T00:06:00Z"]);
  });

  test("unless a null is all that is there: that is a field that isn't set", () => {
    const nulls = { schedules, timezone: null, when: null, stopStrategy: null, workflowMetadata: null };
    expect(new CronLife(START, nulls as unknown as CronWorkflowSpec).until(LATER).made).toHaveLength(5);
  });
});
