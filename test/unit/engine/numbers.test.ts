// Numbers stay as they were written, from the API server through every loop and output, and back.
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { mergePatch } from "../../../embedded/engine/controller/merge-patch.ts";
import * as paths from "../../../embedded/engine/controller/paths.ts";
import { anyString } from "../../../embedded/engine/core/globals.ts";
import { itemLookup, itemsOfList } from "../../../embedded/engine/core/item.ts";
import { isJson, parseJson } from "../../../embedded/engine/core/json.ts";
import { compact, elements, members } from "../../../embedded/engine/core/raw-json.ts";
import type { WorkflowSpec } from "../../../embedded/engine/core/types.ts";
import { nonEmpty } from "../../non-empty.ts";
import { merge } from "../kube/merge.ts";
import { Harness, NS } from "./harness.ts";
import { workflow } from "./simulated-cluster.ts";
import { argument, dag, echo, echoes, run } from "./templates.ts";

const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: "small" },
    integer,
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
    fc.string({ unit: "binary" }).map((text) => text.toWellFormed()),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("tree"), { maxLength: 4 }),
    fc.dictionary(fc.string({ maxLength: 3 }), tie("tree"), { maxKeys: 4 }),
  ),
}));
/** JSON with blanks wherever they may be. */
const numberText = fc
  .tuple(tree, fc.constantFrom(undefined, 1, "\t", "\r\n "))
  .map(([value, blanks]) => JSON.stringify(value, null, blanks));

describe("JSON", () => {
  test("is written as it was read, with whole numbers of 64 bits", () => {
    fc.assert(
      fc.property(tree, (value) => {
        expect(JSON.stringify(parseJson(JSON.stringify(value)))).toBe(JSON.stringify(value));
      }),
    );
  });

  test("has bigints only where a double would lose something", () => {
    expect(
      parseJson(
        '{"a":9007199254740991,"b":9007199254740993,"c":["-9223372036854775808",-9223372036854775808],"d":1.5}',
      ),
    ).toEqual({
      a: 9007199254740991,
      b: 9007199254740993n,
      c: ["-9223372036854775808", -9223372036854775808n],
      d: 1.5,
    });
    expect(parseJson('{"at": "12:34 1234567890123456","n":1e300}')).toEqual({ at: "12:34 1234567890123456", n: 1e300 });
    expect(parseJson("12345678901234567890")).toBe(12345678901234567890n);
  });

  test("is taken apart without a change, blanks aside", () => {
    fc.assert(
      fc.property(numberText, (text) => {
        expect(isJson(text)).toBe(true);
        expect(compact(text)).toBe(JSON.stringify(parseJson(text)));
        expect(elements(`[${compact(text)},${compact(text)}]`)).toEqual([compact(text), compact(text)]);
        expect([...members(`{"a":${compact(text)},"b\\"}":1}`)]).toEqual([
          ["a", compact(text)],
          ['b"}', "1"],
        ]);
      }),
    );
    expect(elements("[]")).toEqual([]);
    expect([...members("{}")]).toEqual([]);
    expect(elements('["a,b\\\\",{"c":[1,2]},[]]')).toEqual(['"a,b\\\\"', '{"c":[1,2]}', "[]"]);
  });

  test("nested very deep, or very long, is taken apart at once", () => {
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    expect(elements(deep)[0]).toHaveLength(199_998);
    expect(elements(`["${"\\\\".repeat(500_000)}",1]`)).toHaveLength(2);
  });
});

describe("an item", () => {
  const itemTexts = (list: string) => itemsOfList(list)?.map((item) => itemLookup(item)("item"));

  test("arrives as it was written", () => {
    const list =
      '[20200219, 12345678901234567890, 1.10, 1e3, -0, true, "x\\"y\'z", [1, [2.50]], {"z":{"b":1.0,"a":9007199254740993},"n":"\\u00e9"}, null]';
    expect(itemTexts(list)).toEqual([
      "20200219",
      "12345678901234567890",
      "1.10",
      "1e3",
      "-0",
      "true",
      "x\"y'z",
      "[1,[2.50]]",
      '{"n":"\\u00e9","z":{"b":1.0,"a":9007199254740993}}',
      "null",
    ]);
    expect(itemTexts("null")).toEqual([]);
    expect(itemTexts('{"a":1}')).toBeUndefined();
    expect(itemTexts("[1,]")).toBeUndefined();
    const [map] = itemsOfList('[{"id":12345678901234567890,"__proto__":1.10,"s":"\\u00e9\\n"}]') ?? [];
    if (!map) throw new Error("no item");
    expect(["item.id", "item.__proto__", "item.s"].map(itemLookup(map))).toEqual([
      "12345678901234567890",
      "1.10",
      "é\n",
    ]);
  });

  test("and the parameters of a workflow reach the pods with every digit", () => {
    const parameters = parseJson(
      '[{"name":"id","value":12345678901234567},{"name":"data","value":"[1.10,9007199254740993]"}]',
    ) as never;
    const tasks = [
      {
        name: "each",
        template: "echo",
        withParam: "{{workflow.parameters.data}}",
        arguments: argument("v", "{{item}}"),
      },
      {
        name: "fixed",
        template: "echo",
        withItems: parseJson("[9223372036854775807,[9007199254740993]]") as never,
        arguments: argument("v", "{{item}}"),
      },
      { name: "id", template: "echo", arguments: argument("v", "{{workflow.parameters.id}}") },
      {
        name: "all",
        template: "echo",
        depends: "each",
        arguments: argument("v", "{{tasks.each.outputs.parameters.o}}"),
      },
    ];
    const cluster = run([dag(tasks), echoes], echo, { arguments: { parameters } });
    const argumentOf = (name: string) => cluster.node(name)?.inputs?.parameters?.[0]?.value;
    expect(
      [
        "each(0:1.10)",
        "each(1:9007199254740993)",
        "fixed(0:9223372036854775807)",
        "fixed(1:[9007199254740993])",
        "id",
        "all",
      ].map(argumentOf),
    ).toEqual([
      "1.10",
      "9007199254740993",
      "9223372036854775807",
      "[9007199254740993]",
      "12345678901234567",
      '["1.10","9007199254740993"]',
    ]);
  });
});

describe("an aggregate", () => {
  const messageOf = (outputs: string[], what: string) => {
    const tasks = [
      { name: "each", template: "each", withSequence: { count: String(outputs.length) } },
      { name: "all", template: "echo", depends: "each", arguments: argument("v", `{{tasks.each.outputs.${what}}}`) },
    ];
    const each = { ...echoes, name: "each", inputs: {} };
    const template = { ...each, container: { image: "i", args: ["x"] } };
    const script = () => ({ output: outputs[0], logs: outputs.shift() ?? "" });
    return run([dag(tasks), template, echoes], script).node("all")?.inputs?.parameters?.[0]?.value;
  };

  test("keeps the numbers of results, and of structured outputs", () => {
    expect(messageOf(["1.10", "12345678901234567890", '{"n": 1.0}'], "result")).toBe(
      '[1.10,12345678901234567890,{"n":1.0}]',
    );
    expect(messageOf(['{"b":1.10, "a":9007199254740993}', "[2.50]"], "parameters.o")).toBe(
      '[{"b":1.10,"a":9007199254740993},[2.50]]',
    );
    expect(messageOf(["1.10", "2"], "parameters.o")).toBe('["1.10","2"]');
  });
});

test.each([
  ["0.5", "0.5"],
  ["-0.000001", "-0.000001"],
  ["1e-7", "0.0000001"],
  ["1.5e-9", "0.0000000015"],
  ["1e21", "1000000000000000000000"],
  ["-1.25e22", "-12500000000000000000000"],
  ["12345678901234567890", "12345678901234567890"],
  ["true", "true"],
])("the value %s stands for the text %s, as in Argo", (json, text) => {
  expect(anyString(parseJson(json) as never)).toBe(text);
});

describe("a merge patch", () => {
  const normalized = (value: unknown): unknown => merge({}, value);
  test("makes one value of another, and is none for equal ones", () => {
    const object = fc.dictionary(fc.string({ maxLength: 2 }), tree, { maxKeys: 5 }).map((value) => normalized(value));
    fc.assert(
      fc.property(object, object, (before, after) => {
        const patch = mergePatch(before, after);
        expect(patch === undefined ? before : merge(before, patch)).toEqual(after);
        expect(mergePatch(before, structuredClone(before))).toBeUndefined();
      }),
    );
  });

  test("names what has changed, and nothing else", () => {
    const before = { phase: "Running", nodes: { a: { phase: "Running", message: "x" }, b: { children: ["c"] } } };
    const after = { phase: "Running", nodes: { a: { phase: "Succeeded" }, b: { children: ["c", "d"] } } };
    expect(mergePatch(before, after)).toEqual({
      nodes: { a: { phase: "Succeeded", message: null }, b: { children: ["c", "d"] } },
    });
  });
});

describe("what the controller writes", () => {
  let h: Harness | undefined;
  afterEach(() => h?.stop());

  test("is the status, and the labels and annotations that are its own: never the spec", async () => {
    h = await Harness.start();
    const parameters = parseJson('[{"name":"id","value":12345678901234567}]') as never;
    const container = { image: "i", command: ["c"], args: ["{{workflow.parameters.id}}"] };
    const spec: WorkflowSpec = {
      entrypoint: "main",
      arguments: { parameters },
      templates: [{ name: "main", container }],
    };
    const submitted = workflow(spec);
    h.api.put(paths.workflows(NS), { ...submitted, metadata: { ...submitted.metadata, labels: { mine: "1" } } });
    await h.submit(spec, "other");
    await h.reconcile();
    expect(h.caches.pods("ns/wf")[0]?.spec.containers).toMatchObject([{ args: ["12345678901234567"] }]);
    await h.end("wf", {
      phase: "Succeeded",
      containerStatuses: [{ name: "main", state: { terminated: { exitCode: 0 } } }],
    });
    await h.reconcile();
    expect(h.stored()?.status?.phase).toBe("Succeeded");
    expect(h.stored()?.spec).toEqual(spec);
    const bodies = h.api.patches
      .filter(({ path }) => path === paths.workflow(NS, "wf"))
      .map(({ body }) => JSON.parse(body));
    expect(bodies).toHaveLength(2);
    for (const body of nonEmpty(bodies)) expect(Object.keys(body).sort()).toEqual(["metadata", "status"]);
    expect(bodies[0].metadata).toEqual({
      resourceVersion: expect.any(String),
      labels: { "workflows.argoproj.io/phase": "Running", "workflows.argoproj.io/completed": "false" },
      annotations: { "workflows.argoproj.io/pod-name-format": "v2" },
    });
    expect(bodies[1].status.nodes.wf).not.toHaveProperty("name");
  });
});
