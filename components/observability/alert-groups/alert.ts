// What an alert is.
import type { Select } from "../promql.ts";
import type { Targets } from "../slo.ts";

/** From the least to the most severe. Critical ones wake somebody. */
export const severities = ["none", "warning", "error", "critical"] as const;
export type Severity = (typeof severities)[number];

/** Who has to act: who runs the platform, who answers for its safety, and the people of a tenant. */
export const teams = ["platform", "security", "tenants"] as const;
export type Team = (typeof teams)[number];

/** What an expression is written for. */
export interface AlertContext {
  of: Select;
  targets: Targets;
  /** Whether the objectives' recording rules are evaluated, too. */
  recorded: boolean;
  /** Jobs that there should be. A part without a pod has no target either: nothing says that it is down but its absence. */
  jobs: readonly string[];
}

export interface Alert {
  /** One line, without a full stop. */
  title: string;
  /** In one or two sentences: what it means, and the first thing to look at. */
  summary: string;
  expr: (context: AlertContext) => string;
  /** How long it must hold, such as `5m`. */
  for: string;
  severity: Severity;
  team: Team;
  labels?: Readonly<Record<string, string>>;
  /** Page in docs/runbooks. Default: the alert's name. */
  runbook?: string;
  /** Alerts that say nothing new while this one fires; of an object, only those whose labels `equal` are as this one's. */
  inhibits?: readonly (string | { alert: string; equal: readonly string[] })[];
  /** The job that is missed, where the alert is about its absence: there is no such alert where the stack doesn't have the part. */
  misses?: string;
  /** Whether only Prometheus' own rules have it: it watches Prometheus itself. */
  prometheusOnly?: boolean;
}

/** The alert's name in Prometheus: `no-leader` is `NoLeader`. */
export const alertName = (name: string): string =>
  name.replace(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
