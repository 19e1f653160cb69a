// What a simulated run is given: the test's values, and those that the operator gives each workload.
import { PARAMETERS } from "@agentic/api/template.ts";
import type { Parameter, WorkflowTemplate } from "@agentic/engine/core/types.ts";
import { textOf } from "./outcomes.ts";

/** What the operator fills in, by a workload of one page. */
const OF_A_WORKLOAD: Readonly<Record<string, string>> = {
  [PARAMETERS.jobId]: "simulated",
  [PARAMETERS.objective]: "Say what is there",
  [PARAMETERS.targetUrls]: '["http://site.example/"]',
  [PARAMETERS.artifactPrefix]: "job_simulated",
  [PARAMETERS.agentImage]: "registry.example/agents:1.0.0",
};

/** The run's arguments. Throws where one isn't the template's, or has no value. */
export function parametersOf({ spec }: WorkflowTemplate, given: Readonly<Record<string, unknown>>): Parameter[] {
  const declared = spec.arguments?.parameters ?? [];
  const names = declared.map(({ name }) => name);
  const unknown = Object.keys(given).filter((name) => !names.includes(name));
  if (unknown.length > 0)
    throw new Error(`parameters: no ${unknown.join(", ")}: the template has ${names.join(", ") || "none"}`);
  const values = declared.flatMap(({ name, value }): Parameter[] => {
    const own = given[name] ?? (value === undefined ? OF_A_WORKLOAD[name] : undefined);
    return own === undefined ? [] : [{ name, value: textOf(own) }];
  });
  const missing = declared.filter(
    ({ name, value, valueFrom }) =>
      value === undefined && valueFrom === undefined && !values.some((one) => one.name === name),
  );
  if (missing.length > 0)
    throw new Error(`parameters: ${missing.map(({ name }) => name).join(", ")} must have a value: there is no default`);
  return values;
}
