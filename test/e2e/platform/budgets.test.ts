// A workload keeps to its budget of calls of models, and goes on from its checkpoints once that is raised.
import type { AgentWorkloadStatus } from "@agentic/api/agentworkload.ts";
import { describe, expect, it } from "vitest";
import { kubectl } from "../../../embedded/cli/cluster.ts";
import { namespace, nodes, onePage, platform, start, until, untilEnded, workload } from "./platform.ts";

describe("a budget", () => {
  it("stops a run at the gateway, asks for more, and lets it go on once it is raised", async () => {
    const name = "tight-budget";
    await start(workload(name, { ...onePage, budget: { calls: 1 } }));
    const waiting = await until(name, ({ status }) => status?.phase === "AwaitingApproval");
    const status = waiting.status as AgentWorkloadStatus;
    expect(status.failure).toMatchObject({ kind: "BudgetExhausted", step: "analysis" });
    expect(status.message).toContain("may spend 1 (calls)");
    await kubectl(platform, [
      ...["patch", "agentworkload", name, "-n", namespace, "--type=merge"],
      ...["-p", JSON.stringify({ spec: { budget: { calls: 100 } } })],
    ]);
    const done = await untilEnded(name);
    expect(done.status?.phase, JSON.stringify(done.status)).toBe("Completed");
    expect((done.status as AgentWorkloadStatus).attempt).toBe(1);
    expect((await nodes(name)).synthesis?.phase).toBe("Succeeded");
  });
});
