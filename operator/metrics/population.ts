// Counts the workloads that there are, and finds those that have waited longest: computed from the cache at each scrape.

import { templateRefOf } from "@agentic/api/template-ref.ts";
import { isSettled, type KnownWorkload } from "../controller/trim.ts";
import { CONDITIONS } from "../decide/draft.ts";
import { parseTime } from "../decide/time.ts";
import type { KnownTemplate } from "./known-template.ts";
import { OTHER } from "./label-values.ts";

export interface Group {
  phase: string;
  template: string;
  tenant: string;
}

export interface Population {
  groups: { labels: Group; count: number }[];
  /** By tenant: for how many seconds the workload has waited that has waited longest for its first Workflow. */
  pendingSeconds: Map<string, number>;
  /** By tenant: the same at the gate. */
  gateSeconds: Map<string, number>;
  /** Templates that there are, by name. */
  templates: ReadonlyMap<string, KnownTemplate>;
}

/** What the workloads are like at this time, milliseconds since the epoch; templates that don't exist are all one. */
export function populationOf(
  workloads: Iterable<KnownWorkload>,
  templates: ReadonlyMap<string, KnownTemplate>,
  now: number,
): Population {
  const groups = new Map<string, { labels: Group; count: number }>();
  const pendingSeconds = new Map<string, number>();
  const gateSeconds = new Map<string, number>();
  for (const workload of workloads) {
    const { namespace: tenant = "" } = workload.metadata;
    const phase = isSettled(workload) ? workload.phase : (workload.status?.phase ?? "Pending");
    const named = isSettled(workload) ? workload.template : templateRefOf(workload).name;
    const template = templates.has(named) ? named : OTHER;
    const key = `${tenant}\n${template}\n${phase}`;
    const group = groups.get(key);
    if (group) group.count++;
    else groups.set(key, { labels: { phase, template, tenant }, count: 1 });
    if (isSettled(workload)) continue;
    note(pendingSeconds, { tenant, since: pendingSince(workload), now });
    note(gateSeconds, { tenant, since: atGateSince(workload), now });
  }
  return { groups: [...groups.values()], pendingSeconds, gateSeconds, templates };
}

function note(longest: Map<string, number>, wait: { tenant: string; since: number | undefined; now: number }): void {
  if (wait.since === undefined) return;
  const seconds = Math.max(0, (wait.now - wait.since) / 1000);
  longest.set(wait.tenant, Math.max(longest.get(wait.tenant) ?? 0, seconds));
}

type Unsettled = Exclude<KnownWorkload, { settled: true }>;

/** Since when the workload waits for its first Workflow; undefined where it doesn't, or where its spec or another's run has it wait. */
function pendingSince({ metadata, spec, status }: Unsettled): number | undefined {
  if (status?.argoWorkflow || (status?.phase ?? "Pending") !== "Pending" || spec.suspend) return undefined;
  const accepted = status?.conditions?.find(({ type }) => type === CONDITIONS.accepted);
  if (accepted?.status === "Unknown") return undefined;
  return parseTime(accepted?.lastTransitionTime ?? metadata.creationTimestamp);
}

function atGateSince({ status }: Unsettled): number | undefined {
  if (status?.phase !== "AwaitingApproval") return undefined;
  const approved = status.conditions?.find(({ type }) => type === CONDITIONS.approved);
  return approved?.status === "Unknown" ? parseTime(approved.lastTransitionTime) : undefined;
}
