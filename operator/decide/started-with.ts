// What a run was started with: hashes on its Workflow, which every later decision about it compares.
import { hash } from "node:crypto";
import { type AgentWorkload, BOUND_FIELDS } from "@agentic/api/agentworkload.ts";
import { approversSetting, GATE_RULES } from "@agentic/api/gate-rules.ts";
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { sorted } from "@agentic/api/sorted.ts";
import { templateRefOf } from "@agentic/api/template-ref.ts";
import { APPROVAL_SETTINGS } from "@agentic/api/tenant-settings.ts";
import type { Workflow } from "../argo.ts";

type Tenant = Record<string, string> | undefined;

/** By path: a hash of each field of the spec that the run is made of, and of each approval setting of the tenant. */
type Hashes = Record<string, string>;

/** The annotation of a new Workflow. */
export function startedWith(workload: AgentWorkload, tenant: Tenant): Record<string, string> {
  return { [ANNOTATIONS.startedWith]: JSON.stringify({ ...specHashes(workload), ...settingHashes(workload, tenant) }) };
}

/**
 * Why no answer may let the run pass its gate: the workload's spec or the tenant's approval settings are not those that it was
 * started with, or the Workflow doesn't say which those were. Undefined where nothing has changed.
 */
export function refusalAtGate(run: Workflow, workload: AgentWorkload, tenant: Tenant): string | undefined {
  const before = recorded(run);
  if (!before) return `the Workflow's annotation ${ANNOTATIONS.startedWith} doesn't say what it was started with`;
  return describe(before, { ...specHashes(workload), ...settingHashes(workload, tenant) });
}

/**
 * Why the run is not the one that the workload's spec asks for. The schema freezes the spec, but only once the status names the
 * Workflow: a change in the moment between is found here. Undefined where nothing has changed, or nothing is known.
 */
export function specChange(run: Workflow, workload: AgentWorkload): string | undefined {
  const before = recorded(run);
  if (!before) return undefined;
  const ofSpec = Object.entries(before).filter(([path]) => path.startsWith("spec."));
  return describe(Object.fromEntries(ofSpec), specHashes(workload));
}

function describe(before: Hashes, now: Hashes): string | undefined {
  const paths = new Set([...Object.keys(before), ...Object.keys(now)]);
  const changed = [...paths].filter((path) => before[path] !== now[path]).sort();
  if (changed.length === 0) return undefined;
  return `changed after the run's start: ${changed.join(", ")}; the run goes by what it was started with, so make a new AgentWorkload`;
}

function specHashes({ spec }: AgentWorkload): Hashes {
  return hashes(BOUND_FIELDS.map((field) => [`spec.${field}`, spec[field]]));
}

function settingHashes(workload: AgentWorkload, tenant: Tenant): Hashes {
  const keys = [...APPROVAL_SETTINGS, ...Object.values(GATE_RULES), approversSetting(templateRefOf(workload).name)];
  return hashes(keys.map((key) => [`the tenant's ${key}`, tenant?.[key]]));
}

function hashes(values: [path: string, value: unknown][]): Hashes {
  return Object.fromEntries(
    values.flatMap(([path, value]) => (value === undefined ? [] : [[path, fingerprint(value)]])),
  );
}

/** With sorted keys: the API server may return them in another order. */
function fingerprint(value: unknown): string {
  return hash("sha256", JSON.stringify(sorted(value)), "hex").slice(0, 32);
}

function recorded(run: Workflow): Hashes | undefined {
  try {
    const value: unknown = JSON.parse(run.metadata.annotations?.[ANNOTATIONS.startedWith] ?? "");
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Hashes) : undefined;
  } catch {
    return undefined;
  }
}
