// The form of a workload that is run again with changes: what it begins with.
import { nameAgain, specAgain } from "@agentic/api/again.ts";
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { DEFAULTS } from "@agentic/api/phases.ts";
import type { TemplateView } from "../../contract.ts";
import { askedParameters, freshName, type StartDraft, typedValue } from "./draft.ts";

/** The form filled with the workload's values, under a new name. */
export function draftOf(template: TemplateView, { metadata, spec }: AgentWorkload): StartDraft {
  const { objective, targetUrls, model, ...base } = specAgain(spec);
  const mode = base.approval?.mode ?? DEFAULTS.mode;
  return {
    name: freshName(nameAgain(metadata.name)),
    objective,
    urls: targetUrls.join("\n"),
    mode: mode === DEFAULTS.mode ? "" : mode,
    parameters: Object.fromEntries(
      askedParameters(template).flatMap(([name, schema]) => {
        const value = schema["x-set-by"] === "spec.model" ? model : base.parameters?.[name];
        return value === undefined ? [] : [[name, typedValue(value)]];
      }),
    ),
    base,
  };
}

/** Parameters of the workload that its template doesn't ask for any more, so that they are left out. */
export function droppedParameters(template: TemplateView, { spec }: AgentWorkload): string[] {
  const asked = new Set(askedParameters(template).map(([name]) => name));
  return Object.keys(spec.parameters ?? {}).filter((name) => !asked.has(name));
}
