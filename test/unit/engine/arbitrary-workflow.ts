// Draws any workflow that the engine accepts.
import fc from "fast-check";
import type { Call, DagTask, Template, WorkflowSpec } from "../../../embedded/engine/core/types.ts";

export const RESULTS = ["", ".Succeeded", ".Failed", ".Errored", ".Skipped", ".Omitted"];
export const LEAVES = ["pod", "flaky", "gate", "nested"];
export const name = (index: number) => `t${index}`;

/** What a task of a DAG or a step may be, besides its name and its dependencies. */
export const call = fc.record(
  {
    template: fc.constantFrom(...LEAVES),
    when: fc.option(fc.constantFrom("1 == 1", "1 == 2", "{{workflow.name}} == wf"), { nil: undefined }),
    repeat: fc.constantFrom(0, 0, 0, 2, 3),
  },
  { requiredKeys: ["template", "repeat"] },
);

export const toCall = (
  { template, when, repeat }: { template: string; when?: string | undefined; repeat: number },
  index: number,
): Call => ({
  name: name(index),
  template,
  ...(when === undefined ? {} : { when }),
  ...(repeat > 0 ? { withSequence: { count: String(repeat) } } : {}),
});

/** A task depends on earlier ones, by any of the results, joined and negated at random. */
export const task = (index: number): fc.Arbitrary<DagTask> =>
  fc
    .tuple(
      call,
      fc.array(
        fc.tuple(
          fc.nat(Math.max(index - 1, 0)),
          fc.constantFrom(...RESULTS),
          fc.boolean(),
          fc.constantFrom("&&", "||"),
        ),
        { maxLength: index === 0 ? 0 : 3 },
      ),
    )
    .map(([base, terms]) => {
      const depends = terms
        .map(([other, result, not, op], at) => `${at > 0 ? ` ${op} ` : ""}${not ? "!" : ""}${name(other)}${result}`)
        .join("");
      return { ...toCall(base, index), ...(depends ? { depends } : {}) };
    });

export const tasks = fc
  .integer({ min: 1, max: 7 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => task(index))));

export const groups = fc
  .array(fc.array(call, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 })
  .map((all) => {
    let index = 0;
    return all.map((group) => group.map((base) => toCall(base, index++)));
  });

export const limits = fc.record(
  { parallelism: fc.integer({ min: 1, max: 3 }), failFast: fc.boolean() },
  { requiredKeys: [] },
);

export const spec: fc.Arbitrary<WorkflowSpec> = fc
  .record({
    tasks,
    groups,
    mainLimits: limits,
    nestedLimits: limits,
    dagFailFast: fc.boolean(),
    parallelism: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    deadline: fc.option(fc.integer({ min: 5, max: 60 }), { nil: undefined }),
    onExit: fc.boolean(),
    retry: fc.record({
      limit: fc.nat(2),
      backoff: fc.boolean(),
      retryPolicy: fc.constantFrom("Always", "OnFailure", "OnError"),
    }),
  })
  .map((built) => {
    const container = { image: "i", command: ["c"] };
    const templates: Template[] = [
      { name: "main", dag: { tasks: built.tasks, failFast: built.dagFailFast }, ...built.mainLimits },
      // One level of nesting is enough, and more would nest without end.
      {
        name: "nested",
        steps: built.groups.map((group) =>
          group.map((step) => (step.template === "nested" ? { ...step, template: "pod" } : step)),
        ),
        ...built.nestedLimits,
      },
      { name: "pod", container },
      {
        name: "flaky",
        container,
        retryStrategy: {
          limit: built.retry.limit,
          retryPolicy: built.retry.retryPolicy,
          ...(built.retry.backoff ? { backoff: { duration: "2", factor: 2 } } : {}),
        },
      },
      {
        name: "gate",
        suspend: { duration: "3" },
        outputs: { parameters: [{ name: "decision", valueFrom: { supplied: {}, default: "no" } }] },
      },
    ];
    return {
      entrypoint: "main",
      templates,
      ...(built.parallelism === undefined ? {} : { parallelism: built.parallelism }),
      ...(built.deadline === undefined ? {} : { activeDeadlineSeconds: built.deadline }),
      ...(built.onExit ? { onExit: "pod" } : {}),
    };
  });

export const RUNS = { numRuns: Number(process.env.FC_RUNS ?? 60) };
