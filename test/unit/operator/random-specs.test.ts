// Whatever the schema lets through: the operator neither crashes nor runs in circles, and says how things are.
import type { AgentWorkloadSpec, AgentWorkloadStatus } from "@agentic/api/agentworkload.ts";
import { agentWorkloadCrd, type StructuralSchema } from "@agentic/api/crd.ts";
import { isFinal } from "@agentic/api/phases.ts";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { decide } from "../../../operator/decide/decide.ts";
import { fromSchema } from "./from-schema.ts";
import { playScenario } from "./life.ts";
import { ALLOWED, decided, gate, observed, run, workload } from "./observed.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** The schema of a part, as the API server gets it. */
function schemaOf(part: "spec" | "status"): StructuralSchema {
  const crdSchema = agentWorkloadCrd().spec.versions[0]?.schema.openAPIV3Schema as StructuralSchema | undefined;
  const schema = crdSchema?.properties?.[part];
  if (!schema) throw new Error(`the CRD has no schema of ${part}`);
  return schema;
}

const specs = fromSchema(schemaOf("spec")) as fc.Arbitrary<Partial<AgentWorkloadSpec>>;
const statuses = fromSchema(schemaOf("status")) as fc.Arbitrary<AgentWorkloadStatus>;

/** Virtual seconds that a life is watched for: longer than a gate's default wait. */
const watched = 2400;
/** Calls in that time; a loop without a pause makes thousands. */
const mostCalls = 400;

it("comes to rest with any spec, in an end or with a reason to wait", async () => {
  const endPhases = new Set<string | undefined>();
  await fc.assert(
    fc.asyncProperty(specs, fc.boolean(), fc.nat(2), async (spec, allowed, failing) => {
      const scenario = { name: "any", spec, allowed, failing, phase: "Completed", workflows: 1 } as const;
      const life = await playScenario(scenario, { maxSeconds: watched });
      endPhases.add(life.phase);
      expect(life.calls).toBeLessThan(mostCalls);
      expect(new Set(life.workflows).size).toBe(life.workflows.length);
      expect(life.workflows.length).toBeLessThanOrEqual(1 + (spec.retry?.limit ?? 0));
      if (!life.deleted) expect(life.message).toEqual(expect.stringMatching(/\S/));
      if (isFinal(life.phase)) expect(life.pending).toBe(0);
    }),
    { numRuns: Number(process.env.RUNS ?? 40) },
  );
  // The draws reach more than one kind of end, or they prove little.
  expect(endPhases.size).toBeGreaterThan(1);
});

it("makes something of any status that a person wrote, and says the same the next time", () => {
  const runs = fc.constantFrom(
    () => [],
    () => [run(workload())],
    () => [run(workload(), [{ displayName: "scrape" }])],
    () => [run(workload(), [gate({ confidence: 0.9 })])],
    () => [run(workload(), [decided("approve")], { phase: "Succeeded" })],
    () => [run(workload(), [], { phase: "Failed", message: "failed" })],
  );
  fc.assert(
    fc.property(statuses, runs, (status, drawnRun) => {
      const subject = observed({
        workload: workload({}, status),
        runs: drawnRun(),
        answers: { start: ALLOWED, gate: ALLOWED },
      });
      const first = decide(subject);
      const second = decide({ ...subject, workload: workload({}, first.status) });
      expect(second.status).toEqual(first.status);
      expect(second.events).toEqual([]);
    }),
    { numRuns: Number(process.env.RUNS ?? 40) * 10 },
  );
});
