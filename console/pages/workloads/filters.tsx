// Search and filters over the list; each phase says how many it has.
import { PHASES, type WorkloadPhase } from "@agentic/api/phases.ts";
import type { JSX } from "preact";
import { phaseWords } from "../parts/phase.tsx";
import { tenantName } from "../state/session.ts";
import { AGES, type Filter } from "./query.ts";

interface Props {
  filter: Filter;
  onChange: (filter: Filter) => void;
  /** Namespaces and templates to choose from. */
  tenants: readonly string[];
  templates: readonly string[];
  counts: Record<WorkloadPhase, number>;
}

export function Filters({ filter, onChange, tenants, templates, counts }: Props): JSX.Element {
  const choose = (key: keyof Filter) => (event: { currentTarget: { value: string } }) =>
    onChange({ ...filter, [key]: event.currentTarget.value });
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return (
    <search>
      <div class="filters">
        <input
          type="search"
          aria-label="Search workloads"
          placeholder="Search name, objective, submitter …"
          value={filter.search}
          onInput={choose("search")}
        />
        <select aria-label="Tenant" value={filter.tenant} onChange={choose("tenant")}>
          <option value="">All tenants</option>
          {tenants.map((tenant) => (
            <option key={tenant} value={tenant}>
              {tenantName(tenant)}
            </option>
          ))}
        </select>
        <select aria-label="Template" value={filter.template} onChange={choose("template")}>
          <option value="">All templates</option>
          {templates.map((template) => (
            <option key={template}>{template}</option>
          ))}
        </select>
        <select aria-label="Age" value={filter.age} onChange={choose("age")}>
          <option value="">Any age</option>
          {Object.entries(AGES).map(([key, { words }]) => (
            <option key={key} value={key}>
              {words}
            </option>
          ))}
        </select>
      </div>
      <div class="phases">
        {(["", ...PHASES] as const).map((phase) => (
          <button
            key={phase}
            type="button"
            class="chip"
            aria-pressed={filter.phase === phase}
            onClick={() => onChange({ ...filter, phase })}
          >
            {phase === "" ? "All" : phaseWords(phase)} <b>{phase === "" ? all : counts[phase]}</b>
          </button>
        ))}
      </div>
    </search>
  );
}
