// What policy workflow-cycles lets pass, and what violates it.
import fc from "fast-check";
import { expect, test } from "vitest";
import { workflow } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { cycles, findCycle } from "./cycles.ts";

const dag = (...tasks: object[]) => workflow({ templates: [{ name: "main", dag: { tasks } }] });
const calling = (...steps: object[]) => workflow({ templates: [{ name: "main", steps: [steps] }] });

table(cycles, {
  passes: {
    "a graph that ends": dag({ name: "a" }, { name: "b", depends: "a.Succeeded && !a.Failed" }),
    "a call under a condition": calling({ name: "again", template: "main", when: "1 == 2" }),
  },
  violates: {
    "tasks that wait for each other": [
      dag({ name: "a", depends: "c" }, { name: "b", dependencies: ["a"] }, { name: "c", depends: "b.Succeeded" }),
      "a → c → b → a wait for each other",
    ],
    "a template that calls itself": [calling({ name: "again", template: "main" }), "main → main call each other"],
  },
});

test("an order of names has no circle, and one edge back makes one", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 30 }), (edges) => {
      const down = edges.filter(([from, to]) => from > to);
      const graph = (list: readonly (readonly [number, number])[]) =>
        new Map([...Array(10).keys()].map((i) => [`${i}`, list.filter(([a]) => a === i).map(([, b]) => `${b}`)]));
      expect(findCycle(graph(down))).toBeUndefined();
      for (const [from, to] of down.slice(0, 1)) expect(findCycle(graph([...down, [to, from] as const]))).toBeDefined();
    }),
  );
});
