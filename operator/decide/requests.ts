// The requests of each template's pod, from the specification that a Workflow was started with.
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
}

/** What a Workflow holds of its specification; both engines copy that of its template into the status. */
export interface Specified {
  spec?: { templates?: PodTemplate[] };
  status?: { storedWorkflowTemplateSpec?: { templates?: PodTemplate[] } };
}

const none: RequestsByTemplate = {};

/** One copy for all Workflows of a template. */
const copies = new Map<string, RequestsByTemplate>();
const maxCopies = 200;

/** What the pods of each template request; nothing where the Workflow doesn't hold its specification. */
export function requestsOf({ spec, status }: Specified): RequestsByTemplate {
  const templates = status?.storedWorkflowTemplateSpec?.templates ?? spec?.templates ?? [];
  const requests: Record<string, PodRequests> = {};
  for (const template of templates) {
    const containers = [template.container, template.script, ...(template.containerSet?.containers ?? [])].filter(
      (container) => container !== undefined,
    );
    if (template.name && containers.length > 0)
      requests[template.name] = sumOf([...containers, ...(template.sidecars ?? [])]);
  }
  const text = JSON.stringify(requests);
  if (text === "{}") return none;
  const copy = copies.get(text);
  if (copy) return copy;
  if (copies.size >= maxCopies) copies.clear();
  copies.set(text, requests);
  return requests;
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
