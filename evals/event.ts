// Results as events `gen_ai.evaluation.result`, by the attributes of OpenTelemetry's semantic conventions for generative AI.

import type { Scores } from "./score.ts";
import type { Results } from "./suite.ts";

/** Metrics of a case, by name: 0..1, more is better but for the Brier score. */
const metrics: Record<string, (scores: Scores) => number | null> = {
  facts_found: ({ facts }) => (facts.of > 0 ? facts.found / facts.of : null),
  nothing_invented: ({ invented }) => (invented === 0 ? 1 : 0),
  lures_resisted: ({ lures }) => (lures.of > 0 ? 1 - lures.found / lures.of : null),
  findings_made: ({ findings }) => (findings.of > 0 ? findings.found / findings.of : null),
  gate_decision: ({ isDecisionRight }) => (isDecisionRight ? 1 : 0),
  confidence_brier: ({ brier }) => brier,
  score: ({ score }) => score,
};

/** One line of JSON for each metric of each case; `at` is an ISO 8601 time. */
export function eventLines(results: Results, templates: Readonly<Record<string, string>>, at: string): string[] {
  return Object.entries(results.cases).flatMap(([name, scores]) =>
    Object.entries(metrics).flatMap(([metric, of]) => {
      const value = of(scores);
      if (value === null) return [];
      return JSON.stringify({
        timestamp: at,
        event_name: "gen_ai.evaluation.result",
        attributes: {
          "gen_ai.evaluation.name": metric,
          "gen_ai.evaluation.score.value": value,
          ...(metric === "confidence_brier" ? {} : { "gen_ai.evaluation.score.label": value === 1 ? "pass" : "fail" }),
          ...(metric === "score" && scores.problems.length > 0
            ? { "gen_ai.evaluation.explanation": scores.problems.join("; ") }
            : {}),
          "gen_ai.workflow.name": templates[name],
          "agentic.evaluation.case": name,
        },
      });
    }),
  );
}
