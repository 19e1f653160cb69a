// Any order of suspensions, answers and delays, played on the engine's core: the phase at the end has its true reason.
import type { AgentWorkload } from "@agentic/api/agentworkload.ts";
import { isFinal } from "@agentic/api/phases.ts";
import fc from "fast-check";
import { expect, it } from "vitest";
import {
  type WorkflowTemplate as EngineTemplate,
  type Workflow as EngineWorkflow,
  emptyLibrary,
} from "../../../embedded/engine/core/types.ts";
import type { Workflow, WorkflowTemplate } from "../../../operator/argo.ts";
import { decide } from "../../../operator/decide/decide.ts";
import type { Observed } from "../../../operator/decide/types.ts";
import { visualAnalysis } from "../../../workflows/visual-analysis.ts";
import { byNode, SimulatedCluster as Cluster } from "../engine/simulated-cluster.ts";
import { merge } from "../kube/merge.ts";
import { ALLOWED, START, TENANT, workload } from "./observed.ts";

/** Seconds between two looks of the operator: clocks are exact to one of them. */
const TICK = 10;
const EXECUTION = 150;
const APPROVAL = 200;

const library = { ...emptyLibrary, workflowTemplate: () => visualAnalysis as unknown as EngineTemplate };

interface Plan {
  /** Seconds that each step takes. */
  steps: number[];
  /** When spec.suspend changes, in seconds. */
  toggles: number[];
  /** What a person says this long after the gate was reached; nothing is possible, too. */
  answer: { after: number; decision: "approve" | "deny" } | undefined;
}

/** Plays the plan; returns the end, and what the clocks had counted when it came. */
function play({ steps, toggles, answer }: Plan) {
  let subject: AgentWorkload = workload({
    approval: { mode: "manual", timeout: `${APPROVAL}s` },
    timeouts: { execution: `${EXECUTION}s`, pending: "60s" },
  });
  const names = ["scrape", "screenshot", "dom", "analysis", "synthesis"];
  const script = (i: number) => ({ seconds: steps[i] ?? 1, output: JSON.stringify({ artifacts: {}, confidence: 1 }) });
  const scripts = Object.fromEntries(names.map((name, i) => [`${name}(0)`, script(i)]));
  let cluster: Cluster | undefined;
  const clocks = { steps: 0, gate: 0 };
  let atGate: number | undefined;
  const reconcileAt = (now: number) => {
    const answers: Observed["answers"] = { start: ALLOWED };
    for (let round = 0; round < 10; round++) {
      const runs = cluster ? [cluster.workflow as unknown as Workflow] : [];
      const template = visualAnalysis as WorkflowTemplate;
      const decision = decide({ workload: subject, runs, template, tenant: TENANT, answers, deliveries: [], now });
      const action = decision.actions.find(({ kind }) => kind === "create" || kind === "patch");
      if (action?.kind === "create") {
        const metadata = { ...action.workflow.metadata, uid: "run", creationTimestamp: new Date(now).toISOString() };
        cluster = new Cluster({ ...action.workflow, metadata } as EngineWorkflow, byNode(scripts), library);
      } else if (action?.kind === "patch" && cluster) {
        cluster.workflow = merge(cluster.workflow, action.patch) as EngineWorkflow;
      } else {
        subject = { ...subject, status: decision.status };
        return;
      }
    }
    throw new Error("the operator comes to no rest");
  };
  for (let t = 0; t < 3000 && !isFinal(subject.status?.phase); t += TICK) {
    const now = START + t * 1000;
    const suspend = toggles.filter((at) => at <= t).length % 2 === 1;
    subject = { ...subject, spec: { ...subject.spec, suspend } };
    const gate = cluster?.node("approval-gate");
    if (gate?.phase === "Running") atGate ??= t;
    if (answer && atGate !== undefined && t >= atGate + answer.after) {
      const annotations = { "agentic.io/approval": answer.decision, "agentic.io/approved-by": "ann" };
      subject = { ...subject, metadata: { ...subject.metadata, annotations } };
    }
    reconcileAt(now);
    if (cluster && !cluster.workflow.spec.suspend && !isFinal(subject.status?.phase))
      clocks[cluster.node("approval-gate")?.phase === "Running" ? "gate" : "steps"] += TICK;
    cluster?.advanceTo(now + TICK * 1000);
  }
  const { phase, conditions, approval } = subject.status ?? {};
  const reason = conditions?.find(({ type }) => type === "Finished")?.reason;
  return { phase, reason, approval, clocks, suspended: subject.spec.suspend, message: subject.status?.message };
}

const plans: fc.Arbitrary<Plan> = fc.record({
  steps: fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 5, maxLength: 5 }),
  toggles: fc
    .array(fc.integer({ min: 0, max: 600 }), { maxLength: 6 })
    .map((times) => (times.length % 2 === 0 ? times : times.slice(1)).sort((a, b) => a - b)),
  answer: fc.option(
    fc.record({
      after: fc.integer({ min: 0, max: 300 }),
      decision: fc.constantFrom("approve" as const, "deny" as const),
    }),
    { nil: undefined },
  ),
});

/** One of each kind of end, so that the plans are worth something. */
const EXAMPLES: Plan[] = [
  { steps: [10, 10, 10, 10, 10], toggles: [30, 500], answer: { after: 600, decision: "approve" } },
  { steps: [10, 10, 10, 10, 10], toggles: [60, 560], answer: { after: 90, decision: "deny" } },
  { steps: [10, 10, 10, 10, 10], toggles: [100, 600], answer: undefined },
  { steps: [90, 10, 10, 90, 10], toggles: [20, 400], answer: undefined },
];

it("whatever is suspended and answered when, a run ends for its true reason", () => {
  const firstSeen = new Map<string, number>();
  fc.assert(
    fc.property(plans, (plan) => {
      const { phase, reason, approval, clocks, message } = play(plan);
      const end = `${phase}/${reason}`;
      firstSeen.set(end, (firstSeen.get(end) ?? 0) + 1);
      const description = `${end}: ${message} ${JSON.stringify(clocks)}`;
      // A few looks pass between an end that comes and the operator's hearing of it.
      const near = 3 * TICK;
      expect(clocks.steps, description).toBeLessThan(EXECUTION + near);
      expect(clocks.gate, description).toBeLessThan(APPROVAL + near);
      if (end === "Completed/Completed")
        expect(approval, description).toMatchObject({ decision: "approve", by: "ann" });
      else if (end === "Denied/Denied" && approval?.by === "timeout")
        expect(clocks.gate, description).toBeGreaterThan(APPROVAL - near);
      else if (end === "Denied/Denied") expect(plan.answer?.decision, description).toBe("deny");
      else {
        expect(end, description).toBe("Failed/DeadlineExceeded");
        expect(clocks.steps, description).toBeGreaterThan(EXECUTION - near);
      }
    }),
    { numRuns: 30, examples: EXAMPLES.map((plan) => [plan]) },
  );
  expect([...firstSeen.keys()].sort()).toEqual(["Completed/Completed", "Denied/Denied", "Failed/DeadlineExceeded"]);
});
