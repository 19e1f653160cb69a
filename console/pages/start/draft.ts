// What somebody fills in to start a workload, and the workload that it makes.
import type { AgentWorkloadSpec } from "@agentic/api/agentworkload.ts";
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
  /** What a workload that is run again has beside, and its parameters as they were. */
  base?: SpecBase;
}

/** The part of a spec that the form has no field for, and what its fields began with. */
export type SpecBase = Omit<AgentWorkloadSpec, "objective" | "targetUrls" | "model">;

const LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";
const SUFFIX = 5;

/** A name that hardly anybody else has. */
export function freshName(stem: string): string {
  const random = crypto.getRandomValues(new Uint8Array(SUFFIX));
  return `${stem}-${[...random].map((byte) => LETTERS[byte % LETTERS.length]).join("")}`;
}

/** An empty form. */
export function emptyDraft(template: string): StartDraft {
  const name = freshName(template.replace(/-template$/, "").slice(0, 40));
  return { name, objective: "", urls: "", mode: "", parameters: {} };
}

export const urlsOf = ({ urls }: StartDraft): string[] =>
  urls
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

/** A parameter's value as the form shows it. */
export const typedValue = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** Parameters that the form asks for: those that no other field and no setting of the platform sets. */
export const askedParameters = ({ parameters: { properties } }: TemplateView) =>
  Object.entries(properties).filter(([, { readOnly }]) => !readOnly);

/**
 * The workload as it is applied. What was left empty isn't in it, so that the defaults hold; what the form has no field for is as it was in
 * the workload that is run again.
 */
export function workloadOf(template: TemplateView, namespace: string, draft: StartDraft) {
  const { parameters: before = {}, approval: _, ...base } = draft.base ?? {};
  const given = askedParameters(template).flatMap(([name, schema]) => {
    const typed = draft.parameters[name] ?? "";
    // What nobody has changed stays the number, the text or the object that it was.
    const isAsBefore = name in before && typedValue(before[name]) === typed;
    return typed === "" && !isAsBefore
      ? []
      : [{ name, typed, value: isAsBefore ? before[name] : typed, setBy: schema["x-set-by"] }];
  });
  const model = given.find(({ setBy }) => setBy === "spec.model")?.typed;
  const parameters = given.filter(({ setBy }) => setBy === undefined).map(({ name, value }) => [name, value]);
  const approval = approvalOf(draft);
  return {
    apiVersion: API_GROUP_VERSION,
    kind: AGENT_WORKLOAD.kind,
    metadata: { name: draft.name, namespace },
    spec: {
      objective: draft.objective.trim(),
      targetUrls: urlsOf(draft),
      orchestration: { workflowTemplateRef: { name: template.name } },
      ...base,
      ...(model === undefined ? {} : { model }),
      ...(parameters.length > 0 ? { parameters: Object.fromEntries(parameters) } : {}),
      ...(Object.keys(approval).length > 0 ? { approval } : {}),
    },
  };
}

/** Who decides, as the form says; the policy's own settings stay only where the policy decides. */
function approvalOf({ mode, base }: StartDraft) {
  const { mode: _, policy, threshold, ...rest } = base?.approval ?? {};
  if (mode !== "" && mode !== DEFAULTS.mode) return { ...rest, mode };
  return { ...rest, ...(policy ? { policy } : {}), ...(threshold ? { threshold } : {}) };
}
