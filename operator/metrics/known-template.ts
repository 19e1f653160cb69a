// What metrics know of a template before anything has run from it.
import type { WorkflowTemplate } from "../argo.ts";

export interface KnownTemplate {
  /** Namespaces that may run it. */
  tenants: Set<string>;
  /** Names of the templates in it that become pods. */
  steps: Set<string>;
}

/** Names of the steps of a template, as the operator's cache keeps it. */
export const stepsOf = ({ spec }: WorkflowTemplate): string[] => (spec.templates ?? []).map(({ name = "" }) => name);
