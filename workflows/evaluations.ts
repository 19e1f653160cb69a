// What the suite of evaluations says of each template: written by `npm run eval -- --write`.
import type { Evaluation } from "@agentic/api/evaluation.ts";

export const evaluations: Readonly<Record<string, Evaluation>> = {
  "visual-analysis-template": {
    template: "sha256:73dd4330abf510fd362d462b10343f494601d7a7c8bca50724c407412e4d0e62",
    score: 0.96,
    cases: 26,
    passed: true,
  },
};
