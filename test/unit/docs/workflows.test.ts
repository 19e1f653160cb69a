// What `npm run workflows` says of templates, and what their pages have.
import { expect, test } from "vitest";
import { judge, workflowPages } from "../../../docs/generate/workflows.ts";
import { workflowTemplates } from "../../../workflows/index.ts";
import { nonEmpty } from "../../non-empty.ts";

test("nothing is wrong with the platform's templates", () => {
  expect(judge(workflowTemplates)).toEqual({
    isFine: true,
    lines: workflowTemplates.map(({ metadata }) => `${metadata.name}: meets the ten criteria`),
  });
});

test("a template that isn't as it must be is named, with each criterion, field and fix", () => {
  const [template] = workflowTemplates;
  const bad = { ...template, metadata: { name: "bad", labels: {}, annotations: {} } };
  const { isFine, lines } = judge([bad]);
  expect(isFine).toBe(false);
  expect(lines[0]).toBe("bad: is not as it must be");
  expect(lines).toContainEqual(
    expect.stringMatching(
      /^ {2}warning identity, template-version: metadata\.labels\["app\.kubernetes\.io\/version"\]: missing: set/,
    ),
  );
});

test.each(nonEmpty(workflowTemplates).map(({ metadata }) => metadata.name))(
  "%s has a page with its picture, its parameters and what it costs",
  (name) => {
    const page = workflowPages[`workflows/${name}.md`]?.() ?? "";
    for (const part of ["```mermaid\nflowchart TD\n", "## Parameters", "| `gke-autopilot` | 0.0"])
      expect(page).toContain(part);
  },
);
