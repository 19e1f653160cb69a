// The requests of each template's pod, and how often its step may be tried again, from the specification that a Workflow was started with.
import type { PodRequests } from "@agentic/api/prices.ts";
import { quantity } from "@agentic/api/quantities.ts";

/** Requests by the name of the template. */
export type RequestsByTemplate = Readonly<Record<string, PodRequests>>;

interface Container {
  resources?: { requests?: Amounts; limits?: Amounts };
}
interface Amounts {
  cpu?: string | number;
  memory?: string | number;
}
interface PodTemplate {
  name?: string;
  container?: Container;
  script?: Container;
  containerSet?: { containers?: Container[] };
  sidecars?: Container[];
  retryStrategy?: { limit?: string | number };
}

/** What a Workflow holds of its specification; both engines copy that of its template into the status. */
export interface Specified {
  spec?: { templates?: PodTemplate[] };
  status?: { storedWorkflowTemplateSpec?: { templates?: PodTemplate[] } };
}

const copies = new Map<string, unknown>();
const maxCopies = 400;

/** One copy for all Workflows of a template, of what their specification says. */
function copyForAll<T extends object>(value: T): T {
  const text = JSON.stringify(value);
  const copy = copies.get(text);
  if (copy) return copy as T;
  if (copies.size >= maxCopies) copies.clear();
  copies.set(text, value);
  return value;
}

const templatesOf = ({ spec, status }: Specified): PodTemplate[] =>
  status?.storedWorkflowTemplateSpec?.templates ?? spec?.templates ?? [];

/** What the pods of each template request; nothing where the Workflow doesn't hold its specification. */
export function requestsOf(workflow: Specified): RequestsByTemplate {
  const requests: Record<string, PodRequests> = {};
  for (const template of templatesOf(workflow)) {
    const containers = [template.container, template.script, ...(template.containerSet?.containers ?? [])].filter(
      (container) => container !== undefined,
    );
    if (template.name && containers.length > 0)
      requests[template.name] = sumOf([...containers, ...(template.sidecars ?? [])]);
  }
  return copyForAll(requests);
}

/** How often each template's step may be tried again, by the template's name. */
export type RetryLimits = Readonly<Record<string, number>>;

/** The limits, where the Workflow holds its specification and they are numbers. */
export function retryLimitsOf(workflow: Specified): RetryLimits {
  const limits = templatesOf(workflow).map(({ name = "", retryStrategy }) => [name, Number(retryStrategy?.limit)]);
  return copyForAll(Object.fromEntries(limits.filter(([, limit]) => Number.isInteger(limit))));
}

function sumOf(containers: readonly Container[]): PodRequests {
  const amount = ({ resources }: Container, name: keyof Amounts, unit: number): number => {
    // The API server takes a limit for a request that isn't given.
    const value = quantity(resources?.requests?.[name] ?? resources?.limits?.[name] ?? 0) * unit;
    return Number.isFinite(value) && value > 0 ? Math.round(value) : 0;
  };
  return {
    milliCpu: containers.reduce((sum, container) => sum + amount(container, "cpu", 1000), 0),
    bytes: containers.reduce((sum, container) => sum + amount(container, "memory", 1), 0),
  };
}
