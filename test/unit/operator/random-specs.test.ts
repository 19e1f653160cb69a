// Whatever the schema lets through: the operator neither crashes nor runs in circles, and says how things are.
import type { AgentWorkloadSpec } from "@agentic/api/agentworkload.ts";
import { agentWorkloadCrd, type StructuralSchema } from "@agentic/api/crd.ts";
import { isFinal } from "@agentic/api/phases.ts";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { fromSchema } from "./from-schema.ts";
import { live } from "./life.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** The schema of `spec`, as the API server gets it. */
function specSchema(): StructuralSchema {
  const whole = agentWorkloadCrd().spec.versions[0]?.schema.openAPIV3Schema as StructuralSchema | undefined;
  if (!whole?.properties?.spec) throw new Error("the CRD has no schema of spec");
  return whole.properties.spec;
}

const specs = fromSchema(specSchema()) as fc.Arbitrary<Partial<AgentWorkloadSpec>>;

/** Virtual seconds that a life is watched for: longer than a gate's default wait. */
const watched = 2400;
/** Calls in that time; a loop without a pause makes thousands. */
const mostCalls = 400;

it("comes to rest with any spec, in an end or with a reason to wait", async () => {
  const ends = new Set<string | undefined>();
  await fc.assert(
    fc.asyncProperty(specs, fc.boolean(), fc.nat(2), async (spec, allowed, failing) => {
      const scenario = { name: "any", spec, allowed, failing, phase: "Completed", workflows: 1 } as const;
      const life = await live(scenario, { most: watched });
      ends.add(life.phase);
      expect(life.calls).toBeLessThan(mostCalls);
      expect(new Set(life.workflows).size).toBe(life.workflows.length);
      expect(life.workflows.length).toBeLessThanOrEqual(1 + (spec.retry?.limit ?? 0));
      if (!life.deleted) expect(life.message).toEqual(expect.stringMatching(/\S/));
      if (isFinal(life.phase)) expect(life.left).toBe(0);
    }),
    { numRuns: Number(process.env.RUNS ?? 40) },
  );
  // The draws reach more than one kind of end, or they prove little.
  expect(ends.size).toBeGreaterThan(1);
});
