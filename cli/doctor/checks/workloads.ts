// Workloads that nobody takes care of: gates that have waited for long, and workloads that the operator doesn't look at.
import type { AgentWorkload, WorkloadCondition } from "@agentic/api/agentworkload.ts";
import { durationMs } from "@agentic/api/duration.ts";
import { AGENT_WORKLOAD, API_GROUP_VERSION } from "@agentic/api/names.ts";
import { DEFAULTS } from "@agentic/api/phases.ts";
import { spanOf } from "@agentic/api/times.ts";
import type { Check } from "../check.ts";
import { type Finding, problem, warning } from "../finding.ts";
import { pathOf, type Sight } from "../sight.ts";

/** A gate has waited for long after this part of its time. */
const LONG = 2 / 3;

/** Milliseconds in which an operator that runs has looked at a new workload. */
const UNSEEN_MS = 120_000;

export const workloads: Check = {
  name: "workloads",
  asks: "does anybody wait for an answer, or for the operator?",
  async look(see) {
    const all = await listed(see);
    const forgotten = all.filter((workload) => isForgotten(workload));
    return [
      ...all.flatMap((workload) => gate(workload)),
      ...(forgotten.length === 0
        ? []
        : [
            problem(
              forgotten.slice(0, 3).map(nameOf).join(", ") +
                (forgotten.length > 3 ? ` and ${forgotten.length - 3} more` : ""),
              "the operator hasn't looked at what was submitted or changed: it is down, or stuck",
              "docs/runbooks/operator-down.md",
            ),
          ]),
    ];
  },
};

const nameOf = ({ metadata }: AgentWorkload): string => `AgentWorkload ${metadata.namespace}/${metadata.name}`;

/** Those of all tenants that may be read, and of the person's own namespace. */
async function listed(see: Sight): Promise<AgentWorkload[]> {
  const spaces = new Set([...see.tenants.map(({ name }) => name), see.namespace]);
  const all = await Promise.all(
    [...spaces].map((space) => see.list<AgentWorkload>(pathOf(API_GROUP_VERSION, AGENT_WORKLOAD.plural, space))),
  );
  return all.flatMap((some) => some ?? []);
}

function isForgotten({ metadata, status = {} }: AgentWorkload, now = Date.now()): boolean {
  const age = now - Date.parse(metadata.creationTimestamp ?? "");
  return age > UNSEEN_MS && status.observedGeneration === undefined;
}

const sinceOf = (condition: WorkloadCondition | undefined): number => Date.parse(condition?.lastTransitionTime ?? "");

function gate(workload: AgentWorkload, now = Date.now()): Finding[] {
  const { spec, status = {} } = workload;
  if (status.phase !== "AwaitingApproval") return [];
  const waited = now - sinceOf(status.conditions?.find(({ type }) => type === "Approved"));
  const limit = durationMs(spec.approval?.timeout ?? DEFAULTS.approvalTimeout);
  if (!(waited > limit * LONG)) return [];
  const left = Math.max(0, limit - waited);
  return [
    warning(
      nameOf(workload),
      `its gate has waited ${spanOf(waited / 1000)} for an answer, ${left > 0 ? `and denies by itself in ${spanOf(left / 1000)}` : "longer than it may"}: ${status.message ?? ""}`,
      `\`agentic approve ${workload.metadata.name} -n ${workload.metadata.namespace}\` or \`agentic deny\`, by who may: docs/runbooks/gate-waits.md`,
    ),
  ];
}
