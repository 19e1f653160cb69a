// The evaluations of templates, as the file that the templates take them from.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Evaluation, templateDigest } from "@agentic/api/evaluation.ts";
import { workflowTemplates } from "../workflows/index.ts";
import type { CaseFile } from "./case.ts";
import { type Results, totalOf } from "./suite.ts";

const FILE = join(import.meta.dirname, "../workflows/evaluations.ts");

/** By name: what the cases of each template say of it, as it is now. */
export function evaluationsOf(
  { cases }: Results,
  subjects: readonly (Pick<CaseFile, "template"> & { name: string })[],
): Record<string, Evaluation> {
  return Object.fromEntries(
    workflowTemplates.flatMap(({ metadata: { name }, spec }) => {
      const own = subjects.flatMap((subject) => {
        const scores = cases[subject.name];
        return subject.template === name && scores ? [[subject.name, scores] as const] : [];
      });
      if (own.length === 0) return [];
      const { score, passed, cases: count } = totalOf(Object.fromEntries(own));
      return [[name, { template: templateDigest({ ...spec }), score, cases: count, passed }]];
    }),
  );
}

export function writeEvaluations(evaluations: Readonly<Record<string, Evaluation>>): void {
  const entries = Object.entries(evaluations).map(
    ([name, { template, score, cases, passed }]) =>
      `  "${name}": {\n    template: "${template}",\n    score: ${score},\n    cases: ${cases},\n    passed: ${passed},\n  },\n`,
  );
  writeFileSync(
    FILE,
    `// What the suite of evaluations says of each template: written by \`npm run eval -- --write\`.
import type { Evaluation } from "@agentic/api/evaluation.ts";

export const evaluations: Readonly<Record<string, Evaluation>> = {
${entries.join("")}};
`,
  );
}
