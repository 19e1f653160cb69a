// Any text as a time: each is taken or refused by its field.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LONGEST_DURATION_MS, parseDuration } from "../../../embedded/engine/core/time.ts";
import { SpecError, type WorkflowSpec } from "../../../embedded/engine/core/types.ts";
import { SimulatedCluster, workflow } from "./simulated-cluster.ts";

const failing = () => ({ exitCode: 1 });

const number = fc.oneof(
  fc.integer({ min: -5, max: 100 }),
  fc.constantFrom(1e13, 1e30, 2 ** 31, 2 ** 53, 2 ** 63, 9223372036, 9223372037, 0.5, -1e13),
);

const text = fc.oneof(
  number.map(String),
  fc
    .tuple(number, fc.constantFrom("ns", "us", "µs", "ms", "s", "m", "h", "d", "y", ""))
    .map(([n, unit]) => `${n}${unit}`),
  fc
    .array(fc.constantFrom("1h", "2m", ".5s", "3.s", "-", "+", " ", "NaN", "Infinity", "1e9"), { maxLength: 5 })
    .map((all) => all.join("")),
  fc.string(),
);

/** What a function returns or throws. */
function outcomeOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe("any text", () => {
  test("is a duration within bounds or refused", () => {
    fc.assert(
      fc.property(text, (value) => {
        const outcome = outcomeOf(() => parseDuration(value));
        if (typeof outcome !== "number") {
          expect(outcome).toBeInstanceOf(SpecError);
          return;
        }
        expect(outcome).toBeGreaterThanOrEqual(-LONGEST_DURATION_MS);
        expect(outcome).toBeLessThanOrEqual(LONGEST_DURATION_MS);
      }),
      { numRuns: 2000 },
    );
  });

  test("in any field that holds a time never has the engine woken at no moment, or at one that is over", () => {
    const value = fc.oneof(text, number);
    const fields = fc.record(
      {
        deadline: value,
        podDeadline: value,
        duration: value,
        cap: value,
        maxDuration: value,
        factor: value,
        limit: fc.constantFrom("0", "1", "2", "", "x"),
        ttl: value,
        delay: value,
        suspend: value,
        asVariable: fc.boolean(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fields, (times) => {
        const parameters: { name: string; value: string }[] = [];
        const field = (value: string | number | undefined) => {
          if (!times.asVariable || value === undefined) return value;
          parameters.push({ name: `p${parameters.length}`, value: String(value) });
          return `{{workflow.parameters.p${parameters.length - 1}}}`;
        };
        const set = (fields: Record<string, unknown>) =>
          Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
        const backoff = set({
          duration: field(times.duration ?? "1"),
          cap: field(times.cap),
          maxDuration: field(times.maxDuration),
          factor: field(times.factor),
        });
        const templates = [
          { name: "main", steps: [[{ name: "gate", template: "gate" }], [{ name: "pod", template: "pod" }]] },
          { name: "gate", suspend: { duration: field(times.suspend ?? 1) } },
          {
            name: "pod",
            container: { image: "i" },
            ...set({ activeDeadlineSeconds: field(times.podDeadline) }),
            retryStrategy: { limit: field(times.limit ?? "1"), backoff },
          },
        ];
        const spec = {
          entrypoint: "main",
          templates,
          podGC: set({ strategy: "OnPodCompletion", deleteDelayDuration: field(times.delay) }),
          ttlStrategy: set({ secondsAfterCompletion: times.ttl }),
          ...set({ activeDeadlineSeconds: times.deadline }),
          arguments: { parameters },
        };
        // The cluster throws when it is asked to wake at no moment, or at one that is over.
        const cluster = new SimulatedCluster(workflow(spec as unknown as WorkflowSpec), failing);
        cluster.run(({ deleted, trace }) => deleted || trace.length > 60, 100);
        for (const { result } of cluster.trace)
          for (const pod of result.podsToCreate) {
            const limit = pod.spec.activeDeadlineSeconds;
            if (limit !== undefined)
              expect(limit).toSatisfy((seconds: number) => seconds >= 1 && seconds <= 2 ** 31 - 1);
          }
        expect(cluster.workflow.status?.message ?? "").not.toMatch(/internal error|understood/);
      }),
      { numRuns: 400 },
    );
  });
});
