// What the suite of evaluations says of each template: written by `npm run eval -- --write`.
import type { Evaluation } from "@agentic/api/evaluation.ts";

export const evaluations: Readonly<Record<string, Evaluation>> = {
  "visual-analysis-template": {
    template: "sha256:9fef802d34b705053748653f2f53b36b5305699bbac305d8ddc924b6cb523c80",
    score: 0.96,
    cases: 26,
    passed: true,
  },
};
