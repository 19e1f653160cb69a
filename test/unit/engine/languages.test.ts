// The little languages of a workflow: depends, when, a retry's expression, {{variables}}, items, durations, names.
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDepends, type TaskResults } from "../../../embedded/engine/core/depends.ts";
import {
  describe as describeItem,
  formatInteger,
  itemLookup,
  items,
  sortedJson,
} from "../../../embedded/engine/core/expand.ts";
import { callOf, displayName, fnv32a, itemName, nodeId, podName } from "../../../embedded/engine/core/names.ts";
import { evaluateRetry, parseRetryExpression } from "../../../embedded/engine/core/retry-expression.ts";
import { pureReference, substitute, substituteIn, tags } from "../../../embedded/engine/core/substitute.ts";
import { humanDuration, parseDuration, strftime, timestamp } from "../../../embedded/engine/core/time.ts";
import type { Call, Json } from "../../../embedded/engine/core/types.ts";
import { evaluateWhen } from "../../../embedded/engine/core/when.ts";

describe("depends", () => {
  const met = (depends: string, results: Record<string, TaskResults>) =>
    parseDepends({ name: "t", depends })?.met((task) => results[task] ?? {});

  test.each<[string, Record<string, TaskResults>, boolean]>([
    ["a", { a: { Succeeded: true } }, true],
    ["a", { a: { Skipped: true } }, true],
    ["a", { a: { Daemoned: true } }, true],
    ["a", { a: { Omitted: true } }, false],
    ["a", { a: { Failed: true } }, false],
    ["a.Failed || a.Errored", { a: { Errored: true } }, true],
    ["a && !b.Succeeded", { a: { Succeeded: true }, b: { Failed: true } }, true],
    ["!(a || b) && c", { c: { Succeeded: true } }, true],
    ["a || b && c", { a: { Succeeded: true } }, true],
    ["(a || b) && c", { a: { Succeeded: true } }, false],
    ["load-test.AnySucceeded", { "load-test": { AnySucceeded: true } }, true],
    ["load-test.AllFailed", { "load-test": { AnySucceeded: true } }, false],
    ["1a.Omitted", { "1a": { Omitted: true } }, true],
  ])("%s of %j is %s", (depends, results, expected) => {
    expect(met(depends, results)).toBe(expected);
  });

  test("names its tasks once, in order", () => {
    expect(parseDepends({ name: "t", depends: "b.Failed || (a && b)" })?.tasks).toEqual(["b", "a"]);
    expect(parseDepends({ name: "t", dependencies: ["a", "b", "a"] })?.tasks).toEqual(["a", "b"]);
    expect(parseDepends({ name: "t" })).toBeUndefined();
  });

  test.each([
    ["a.Finished", /task result 'Finished' for task 'a' is invalid/],
    ["a &&", /unexpected end/],
    ["a b", /unexpected "b"/],
    ["(a", /want "\)"/],
    ["a == b", /operator "==" is not supported/],
    ["a, b", /operator "," is not supported/],
    ["'a'", /only task names/],
    ["!'a'", /only task names/],
  ])("refuses %s", (depends, message) => {
    expect(() => met(depends, {})).toThrow(message);
  });
});

describe("when", () => {
  const variables: Record<string, string> = {
    "item.n": "5",
    "tasks.a.outputs.parameters.x": "approve",
    "workflow.name": "x' == 'x' || 'a",
    "inputs.parameters.c": "a == a",
  };
  const when = (text: string) => evaluateWhen(text, (name) => variables[name]);

  test.each([
    ["3 > 5", false],
    ["3 < 5 && true", true],
    ["foo != bar", true],
    ["'{{tasks.a.outputs.parameters.x}}' == 'approve'", true],
    ["{{tasks.a.outputs.parameters.x}} == approve", true],
    ["{{item.n}} >= 5", true],
    ["{{item.n}} + 1 == 6", true],
    ["10 % 4 == 2 && 3 * 2 == 6 && 6 / 2 == 3 && 5 - 7 == -2", true],
    ['"b" in ("a", "b")', true],
    ["b in (a, c)", false],
    ["'abc' =~ '^a.c$'", true],
    ["'abc' !~ 'b'", false],
    ["!(1 == 2)", true],
    ["'a' + 'b' == 'ab'", true],
    ["1 == '1'", false],
    ["0x10 == 16", true],
    ["{{inputs.parameters.c}}", true],
    ["false || 1 == 1", true],
  ])("%s is %s", (text, expected) => {
    expect(when(text).proceed).toBe(expected);
  });

  test("no condition lets everything through", () => {
    expect(evaluateWhen(undefined, () => undefined)).toEqual({ proceed: true, shown: "" });
  });

  test("a value cannot break out of the quotes that the author put around it", () => {
    expect(when("'{{workflow.name}}' == 'approve'")).toEqual({
      proceed: false,
      shown: "'x' == 'x' || 'a' == 'approve'",
    });
  });

  test.each([
    ["3", /expected a boolean, got 3/],
    ["1 < 'a'", /cannot be compared/],
    ["1 && true", /logical operator/],
    ["'a' - 1 == 0", /not a number/],
    ["a in 'b'", /not a list/],
    ["'a' =~ '('", /not a regular expression/],
    ["approve me == x", /unexpected "me"/],
    ["1 ? 2 : 3", /operator "\?" is not supported/],
    ["upper('a') == 'A'", /function "upper" is not supported/],
    ["'open == 1", /unclosed string/],
    ["a == ~", /unexpected character "~"/],
    ["{{tasks.b.status}} == x", /failed to resolve \{\{tasks\.b\.status\}\}/],
  ])("%s is an error", (text, message) => {
    expect(() => when(text)).toThrow(message);
  });
});

describe("a retry's expression", () => {
  const last = {
    retries: "1",
    "lastRetry.exitCode": "75",
    "lastRetry.status": "Failed",
    "lastRetry.duration": "12.5",
    "lastRetry.message": "m",
  };

  test.each([
    ["lastRetry.status == 'Error' || lastRetry.exitCode == '75'", true],
    ['lastRetry.status == "Error"', false],
    ["asInt(lastRetry.exitCode) >= 2 && !(asInt(retries) > 3)", true],
    ["asFloat(lastRetry.duration) < 12.6", true],
    ["lastRetry.exitCode in ['75', '76']", true],
    ["lastRetry.message != 'm'", false],
    ["true", true],
  ])("%s is %s", (expression, expected) => {
    expect(evaluateRetry(expression, last)).toBe(expected);
  });

  test.each([
    ["lastRetry.status contains 'E'", /operator "contains" is not supported/],
    ["lastRetry.status matches 'E'", /operator "matches" is not supported/],
    ["sprig.upper(lastRetry.status) == 'E'", /function "sprig.upper" is not supported/],
    ["lastRetry.status ?? 'x'", /operator "\?\?" is not supported/],
    ["lastRetry.status == 'a' ? true : false", /operator "\?" is not supported/],
    ["1 + 1 == 2", /operator "\+" is not supported/],
    ["not true", /operator "not" is not supported/],
    ["tasks.a.status == 'x'", /variable tasks.a.status is not known/],
    ["retries[0] == 1", /operator "\[" is not supported/],
    ["{a: 1}", /operator "\{" is not supported/],
  ])("refuses %s by name", (expression, message) => {
    expect(() => parseRetryExpression(expression)).toThrow(message);
  });

  test.each([
    ["asInt(lastRetry.message) > 1", /not a number/],
    ["retries", /to bool/],
  ])("%s is an error", (expression, message) => {
    expect(() => evaluateRetry(expression, last)).toThrow(message);
  });
});

describe("{{variables}}", () => {
  const values: Record<string, string | null> = {
    item: "b",
    "inputs.parameters.b": "B",
    "workflow.name": "{{item}}",
    "tasks.a.outputs.result": null,
  };
  const lookup = (name: string) => values[name];

  test.each([
    ["{{ item }}-{{inputs.parameters.b}}", "b-B"],
    ["{{inputs.parameters.{{item}}}}", "B"],
    ["{{workflow.name}}", "{{item}}"],
    ["{{.Name}} {{ user.name }} {{open", "{{.Name}} {{ user.name }} {{open"],
    ["none", "none"],
  ])("%s becomes %s", (text, expected) => {
    expect(substitute(text, lookup)).toBe(expected);
  });

  test("are replaced in keys and values alike, and nothing else is", () => {
    const value = { "k-{{item}}": ["{{item}}", 1, true, null, { x: "{{item}}" }] };
    expect(substituteIn(value, lookup)).toEqual({ "k-b": ["b", 1, true, null, { x: "b" }] });
  });

  test("without a value are an error that names them", () => {
    expect(() => substitute("{{tasks.x.status}}", lookup)).toThrow("failed to resolve {{tasks.x.status}}");
    expect(() => substitute("{{tasks.a.outputs.result}}", lookup)).toThrow("absent optional");
  });

  test("tell whether a value is but one reference", () => {
    expect(pureReference("{{ tasks.a.status }}")).toBe("tasks.a.status");
    for (const other of ["x{{item}}", "{{a.{{item}}}}", "plain", 3, undefined])
      expect(pureReference(other)).toBeUndefined();
  });

  test("are listed, those made of others by their beginning", () => {
    expect(tags("{{a}} {{inputs.parameters.{{item}}}} {{")).toEqual(["a", "inputs.parameters.*", "item"]);
  });

  test("a text without braces is never changed, and values are never scanned again", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, value) => {
        if (!text.includes("{{")) expect(substitute(text, () => value)).toBe(text);
        expect(substitute("<{{item}}>", () => value)).toBe(`<${value}>`);
      }),
    );
  });
});

describe("items", () => {
  const of = (call: Partial<Call>) => items({ name: "c", ...call }, (name) => (name === "item" ? undefined : "3"));

  test.each<[Partial<Call>, Json[]]>([
    [{ withItems: ["a", 1, { k: "{{workflow.name}}" }, ["{{workflow.name}}"]] }, ["a", 1, { k: "3" }, ["3"]]],
    [{ withParam: '["a", {"b": 1}]' }, ["a", { b: 1 }]],
    [{ withSequence: { count: "3" } }, ["0", "1", "2"]],
    [{ withSequence: { count: "{{workflow.name}}", start: 5 } }, ["5", "6", "7"]],
    [{ withSequence: { start: "2", end: "0" } }, ["2", "1", "0"]],
    [{ withSequence: { count: "2", format: "x%02d" } }, ["x00", "x01"]],
    [{ withSequence: { count: 0 } }, []],
  ])("%j", (call, expected) => {
    expect(of(call)).toEqual(expected);
  });

  test.each<[Partial<Call>, RegExp]>([
    [{ withParam: "{}" }, /could not be parsed as a JSON list: \{\}/],
    [{ withParam: "no" }, /could not be parsed/],
    [{ withParam: JSON.stringify(Array(10_001).fill(0)) }, /at most 10000/],
    [{ withSequence: { count: "x" } }, /withSequence.count: "x" is not an integer/],
    [{ withSequence: {} }, /neither end nor count/],
    [{ withSequence: { count: "1000000000" } }, /at most 10000/],
    [{ withSequence: { count: "1", format: "%s" } }, /"%s" is not supported/],
    [{ withSequence: { count: "1", format: "x" } }, /no place for the number/],
  ])("%j is an error", (call, message) => {
    expect(() => of(call)).toThrow(message);
  });

  test.each<[Json, string]>([
    ["a(b)", "t(0:ab)"],
    ['q"', 't(0:q\\")'],
    [1, "t(0:1)"],
    [true, "t(0:true)"],
    [{ z: 1, k: "a" }, "t(0:k:a,z:1)"],
    [["a", 2], "t(0:[a 2])"],
    [{ k: { b: 1, a: [1] } }, 't(0:k:{"a":[1],"b":1})'],
  ])("%j is called %s", (item, expected) => {
    expect(itemName("t", 0, describeItem(item))).toBe(expected);
  });

  test("are seen whole and by key", () => {
    const lookup = itemLookup({ b: { c: 1 }, a: "x" });
    expect(["item", "item.a", "item.b", "item.z", "other"].map(lookup)).toEqual([
      '{"a":"x","b":{"c":1}}',
      "x",
      '{"c":1}',
      undefined,
      undefined,
    ]);
    expect(itemLookup("x")("item.a")).toBeUndefined();
    expect(itemLookup(null)("item")).toBe("null");
  });

  test.each([
    ["%d", -3, "-3"],
    ["%5d|", 3, "    3|"],
    ["%-5d|", 3, "3    |"],
    ["%+d", 3, "+3"],
    ["% d", 3, " 3"],
    ["%x-%%", 255, "ff-%"],
    ["%X", 255, "FF"],
    ["%o", 8, "10"],
    ["%04b", 2, "0010"],
    ["%03d", -1, "-01"],
  ])("format %s of %i is %s", (format, value, expected) => {
    expect(formatInteger(format, value)).toBe(expected);
  });

  test("sorted JSON is JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(sortedJson(value as Json))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe("names", () => {
  test("the hash is FNV-1a of the bytes", () => {
    // The published test vectors of the function.
    expect(["", "a", "foobar"].map(fnv32a)).toEqual([0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
    const python =
      "import sys\nh=0x811c9dc5\nfor b in sys.stdin.buffer.read(): h=((h^b)*0x01000193)&0xffffffff\nprint(h)";
    expect(fnv32a("wf.täsk(0:é)")).toBe(Number(execFileSync("python3", ["-c", python], { input: "wf.täsk(0:é)" })));
  });

  test("a pod's name is short enough, and its own for each node", () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,62}$/);
    fc.assert(
      fc.property(
        name,
        fc.stringMatching(/^[a-z][a-z0-9-]{0,127}$/),
        fc.string(),
        fc.string(),
        (workflow, template, a, b) => {
          const [one, other] = [
            podName(workflow, `${workflow}.${a}`, template),
            podName(workflow, `${workflow}.${b}`, template),
          ];
          expect(one.length).toBeLessThanOrEqual(253);
          expect(one === other).toBe(fnv32a(`${workflow}.${a}`) === fnv32a(`${workflow}.${b}`));
        },
      ),
    );
    expect(podName("wf", "wf", "t")).toBe("wf");
    expect(podName("wf", "wf.a", undefined)).toBe(nodeId("wf", "wf.a"));
    expect(podName("w".repeat(63), "n", "t".repeat(300))).toHaveLength(242 + 1 + String(fnv32a("n")).length);
  });

  test.each([
    ["wf.task", "wf", "task"],
    ["wf[0].step", "wf", "step"],
    ["wf[0]", "wf", "[0]"],
    ["wf", undefined, "wf"],
    ["other", "wf", "other"],
  ])("%s under %s is shown as %s", (node, boundary, shown) => {
    expect(displayName(node, boundary)).toBe(shown);
  });

  test.each([
    ["wf.fanout1(0:1)(0)", "fanout1"],
    ["wf[0].step(1:a.b)", "step"],
    ["wf[0]", "wf"],
    ["wf.a", "a"],
  ])("%s was called as %s", (node, call) => {
    expect(callOf(node)).toBe(call);
  });
});

describe("durations and times", () => {
  test.each([
    ["300", 300_000],
    [8, 8000],
    ["1m30s", 90_000],
    ["1.5h", 5_400_000],
    ["500ms", 500],
    ["-2s", -2000],
  ])("%s is %i ms", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each(["", "5 minutes", "m", "1d"])("%j is not a duration", (text) => {
    expect(() => parseDuration(text)).toThrow(/as a duration/);
  });

  test.each([
    [5_900, "5 seconds"],
    [123_000, "2 minutes 3 seconds"],
    [3_723_000, "1 hours 2 minutes 3 seconds"],
    [90_061_000, "1 days 1 hours 1 minutes 1 seconds"],
  ])("%i ms are told as %s", (ms, text) => {
    expect(humanDuration(ms)).toBe(text);
  });

  test("strftime's characters, in UTC", () => {
    const date = new Date("2026-01-05T03:04:09Z");
    const all = [..."YyCmdeHIMSpAaBbhjFTRDs"].map((char) => strftime(date, char));
    expect(all).toEqual([
      "2026",
      "26",
      "20",
      "01",
      "05",
      " 5",
      "03",
      "03",
      "04",
      "09",
      "AM",
      "Monday",
      "Mon",
      "January",
      "Jan",
      "Jan",
      "005",
      "2026-01-05",
      "03:04:09",
      "03:04",
      "01/05/26",
      "1767582249",
    ]);
    expect(strftime(date, "?")).toBeUndefined();
    expect(timestamp(new Date("2026-01-05T03:04:09.999Z"))).toBe("2026-01-05T03:04:09Z");
  });
});
