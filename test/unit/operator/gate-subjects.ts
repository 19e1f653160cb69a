// Results of the analysis, and the spec of a gate that a person answers.

export const ANALYSIS = {
  confidence: 0.97,
  findings: [{ severity: "low", url: "https://example.com/", text: "x" }],
  reasons: ["clear"],
};

export const MANUAL = { approval: { mode: "manual" as const } };
