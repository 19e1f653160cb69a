// What an evaluation says of a template.
import { ANNOTATIONS, LABELS } from "@agentic/api/names.ts";
import { expect, test } from "vitest";
import { type Evaluation, templateDigest } from "../../../api/evaluation.ts";
import { workflowTemplates } from "../../../workflows/index.ts";
import { nonEmpty } from "../../non-empty.ts";

const spec = { entrypoint: "main", arguments: {}, templates: [{ name: "main", retryStrategy: { limit: "3" } }] };

test("a template's digest is of what its runs do, whatever the order of keys", () => {
  const { templates, entrypoint } = spec;
  expect(templateDigest({ templates, entrypoint, arguments: {}, dnsPolicy: "None" })).toBe(templateDigest(spec));
  expect(templateDigest({ ...spec, templates: [{ name: "main", retryStrategy: { limit: "4" } }] })).not.toBe(
    templateDigest(spec),
  );
});

test("each stable template has the evaluation of its present state", () => {
  const stable = workflowTemplates.filter(({ metadata }) => metadata.labels[LABELS.channel] === "stable");
  for (const { metadata, spec } of nonEmpty(stable)) {
    const evaluation = JSON.parse(metadata.annotations[ANNOTATIONS.evaluation] ?? "{}") as Evaluation;
    expect(evaluation.template, `${metadata.name}: npm run eval -- --write`).toBe(templateDigest({ ...spec }));
  }
});
