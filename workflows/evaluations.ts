// What the suite of evaluations says of each template: written by `npm run eval -- --write`.
import type { Evaluation } from "@agentic/api/evaluation.ts";

export const evaluations: Readonly<Record<string, Evaluation>> = {
  "visual-analysis-template": {
    template: "sha256:91e0d499bcc00d74b1c954ad43de1fb790299880d7e3df6780ffd02513b22664",
    score: 0.96,
    cases: 26,
    passed: true,
  },
};
