// What the suite of evaluations says of each template: written by `npm run eval -- --write`.
import type { Evaluation } from "@agentic/api/evaluation.ts";

export const evaluations: Readonly<Record<string, Evaluation>> = {
  "visual-analysis-template": {
    template: "sha256:7ca3ecf9c12d93270782f936f9904271ec25ce6ed9de95dcc906441f594e5dd9",
    score: 0.96,
    cases: 26,
    passed: true,
  },
};
