// A workload's row: until when its gate waits, as the operator says it, and what a used-up budget asks.
import type { AgentWorkload, AgentWorkloadStatus } from "@agentic/api/agentworkload.ts";
import { expect, test } from "vitest";
import { gateOf } from "../../../console/workloads/row.ts";

const SINCE = "2026-01-01T08:00:00Z";
const waiting = (status: AgentWorkloadStatus, spec: Partial<AgentWorkload["spec"]> = {}): AgentWorkload => ({
  ...{ apiVersion: "agentic.io/v1alpha1", kind: "AgentWorkload", metadata: { name: "a" } },
  spec: { objective: "x", targetUrls: ["https://a.example/"], approval: { mode: "manual", timeout: "1h" }, ...spec },
  status: { phase: "AwaitingApproval", ...status },
});
const expiresAt = "2026-01-01T08:30:00Z";
const approval = { decision: "pending" as const, expiresAt };

test("a gate ends when the operator says, and not while it is suspended", () => {
  expect(gateOf(waiting({ approval }), undefined)?.expiresAt).toBe(expiresAt);
  expect(gateOf(waiting({ approval: { decision: "pending" } }), undefined)).not.toHaveProperty("expiresAt");
  expect(gateOf(waiting({ approval }, { suspend: true }), undefined)).not.toHaveProperty("expiresAt");
});

test("the question of a used-up budget ends after the time that a gate has", () => {
  const condition = { type: "WithinBudget", status: "False" as const, reason: "BudgetExhausted", message: "" };
  const conditions = [{ ...condition, lastTransitionTime: SINCE }];
  const gate = gateOf(waiting({ approval, conditions } as AgentWorkloadStatus), undefined);
  expect(gate).toMatchObject({ budget: true, since: SINCE, expiresAt: "2026-01-01T09:00:00.000Z" });
});
