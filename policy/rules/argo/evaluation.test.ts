// What policy workflow-evaluation lets pass, and what violates it.
import { templateDigest } from "@agentic/api/evaluation.ts";
import { expect, test } from "vitest";
import { workflow } from "../../testing/objects.ts";
import { table, verdicts } from "../../testing/table.ts";
import { evaluation } from "./evaluation.ts";

const spec = { entrypoint: "main", templates: [{ name: "main", container: { image: "x" } }] };
const passing = {
  template: templateDigest(workflow(spec).spec as Record<string, unknown>),
  score: 0.95,
  cases: 26,
  passed: true,
};

const otherSpec = { ...spec, entrypoint: "other" };
const other = { ...passing, template: templateDigest(otherSpec) };

/** A template with a channel and an evaluation. */
const evaluated = (value: object | string | undefined, channel = "stable", of: object = spec) =>
  workflow(
    { ...of },
    {
      labels: { "agentic.io/channel": channel },
      annotations: {
        "workflows.argoproj.io/description": "Reads pages.",
        ...(value === undefined
          ? {}
          : { "agentic.io/evaluation": typeof value === "string" ? value : JSON.stringify(value) }),
      },
    },
  );

table(evaluation, {
  passes: {
    evaluated: evaluated(passing),
    "evaluated in another state, which it has": evaluated(other, "stable", otherSpec),
    "one that is tried": evaluated(undefined, "canary"),
    "one of no channel": workflow(spec),
    "a run": { ...evaluated(undefined), kind: "Workflow" },
    "a score that the configuration lets pass": evaluated({ ...passing, score: 0.5 }),
    "where no channel demands one": evaluated(undefined),
  },
  violates: {
    "one that isn't evaluated": [evaluated(undefined), "missing on a template of the channel stable"],
    "one with words": [evaluated("good"), "not an evaluation"],
    "one whose suite does not pass": [evaluated({ ...passing, passed: false }), "the suite does not pass"],
    "a low score": [evaluated({ ...passing, score: 0.8 }), "the score is 0.8: it must be at least 0.9"],
    "no score": [evaluated({ ...passing, score: undefined }), "the score is undefined"],
    "few cases": [evaluated({ ...passing, cases: 2 }), "made of 2 cases"],
    "a channel of one's own": [evaluated(undefined, "gold"), "missing on a template of the channel gold"],
  },
  settings: {
    "a score that the configuration lets pass": { minimumScore: 0.5 },
    "where no channel demands one": { channels: [] },
    "a channel of one's own": { channels: ["gold"] },
  },
});

// Not in the table: a digest is of all fields together, so that it says nothing while one of them is unknown.
test("one that was evaluated in another state is refused", () => {
  expect(verdicts(evaluation, evaluated(other))).toEqual([
    expect.stringMatching(
      /^metadata.annotations\["agentic.io\/evaluation"\]: of another state of the template, .*: evaluate it by npm run eval -- --write$/,
    ),
  ]);
});
