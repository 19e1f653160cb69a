// What somebody fills in to start a workload, and the workload that it makes.
import { AGENT_WORKLOAD, API_GROUP_VERSION } from "@agentic/api/names.ts";
import { DEFAULTS } from "@agentic/api/phases.ts";
import type { TemplateView } from "../../contract.ts";

export interface StartDraft {
  name: string;
  objective: string;
  /** One a line. */
  urls: string;
  /** Who decides at the gate; empty: as the platform has it. */
  mode: "" | "auto" | "manual";
  /** Values of the template's own parameters, as typed; empty: its default. */
  parameters: Record<string, string>;
}

const LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";
const SUFFIX = 5;

/** An empty form with a name that hardly anybody else has. */
export function emptyDraft(template: string): StartDraft {
  const random = crypto.getRandomValues(new Uint8Array(SUFFIX));
  const suffix = [...random].map((byte) => LETTERS[byte % LETTERS.length]).join("");
  const name = `${template.replace(/-template$/, "").slice(0, 40)}-${suffix}`;
  return { name, objective: "", urls: "", mode: "", parameters: {} };
}

export const urlsOf = ({ urls }: StartDraft): string[] =>
  urls
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

/** Parameters that the form asks for: those that no other field and no setting of the platform sets. */
export const askedParameters = ({ parameters: { properties } }: TemplateView) =>
  Object.entries(properties).filter(([, { readOnly }]) => !readOnly);

/** The workload as it is applied. What was left empty isn't in it, so that the defaults hold. */
export function workloadOf(template: TemplateView, namespace: string, draft: StartDraft) {
  const given = askedParameters(template).flatMap(([name, schema]) => {
    const value = draft.parameters[name] ?? "";
    return value === "" ? [] : [{ name, value, setBy: schema["x-set-by"] }];
  });
  const model = given.find(({ setBy }) => setBy === "spec.model")?.value;
  const parameters = given.filter(({ setBy }) => setBy === undefined).map(({ name, value }) => [name, value]);
  return {
    apiVersion: API_GROUP_VERSION,
    kind: AGENT_WORKLOAD.kind,
    metadata: { name: draft.name, namespace },
    spec: {
      objective: draft.objective.trim(),
      targetUrls: urlsOf(draft),
      orchestration: { workflowTemplateRef: { name: template.name } },
      ...(model === undefined ? {} : { model }),
      ...(parameters.length > 0 ? { parameters: Object.fromEntries(parameters) } : {}),
      ...(draft.mode === "" || draft.mode === DEFAULTS.mode ? {} : { approval: { mode: draft.mode } }),
    },
  };
}
