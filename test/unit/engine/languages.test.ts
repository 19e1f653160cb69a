// The little languages of a workflow: depends, when, a retry's expression, {{variables}}.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDepends, type TaskResults } from "../../../embedded/engine/core/depends.ts";
import { evaluateRetry, parseRetryExpression } from "../../../embedded/engine/core/retry-expression.ts";
import { pureReference, substitute, substituteIn, tags } from "../../../embedded/engine/core/substitute.ts";
import { evaluateWhen } from "../../../embedded/engine/core/when.ts";

describe("depends", () => {
  const isMet = (depends: string, results: Record<string, TaskResults>) =>
    parseDepends({ name: "t", depends })?.isMet((task) => results[task] ?? {});

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
    expect(isMet(depends, results)).toBe(expected);
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
    expect(() => isMet(depends, {})).toThrow(message);
  });
});

describe("when", () => {
  const variables: Record<string, string> = {
    "item.n": "5",
    "tasks.a.outputs.parameters.x": "approve",
    "workflow.name": "x' == 'x' || 'a",
    "inputs.parameters.c": "a == a",
  };
  const evaluate = (text: string) => evaluateWhen(text, (name) => variables[name]);

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
    expect(evaluate(text).proceed).toBe(expected);
  });

  test("no condition lets everything through", () => {
    expect(evaluateWhen(undefined, () => undefined)).toEqual({ proceed: true, shown: "" });
  });

  test("a value cannot break out of the quotes that the author put around it", () => {
    expect(evaluate("'{{workflow.name}}' == 'approve'")).toEqual({
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
    ["'a' =~ '('", /not a valid regular expression/],
    ["approve me == x", /unexpected "me"/],
    ["1 ? 2 : 3", /operator "\?" is not supported/],
    ["upper('a') == 'A'", /function "upper" is not supported/],
    ["'open == 1", /unclosed string/],
    ["a == ~", /unexpected character "~"/],
    ["{{tasks.b.status}} == x", /failed to resolve \{\{tasks\.b\.status\}\}/],
  ])("%s is an error", (text, message) => {
    expect(() => evaluate(text)).toThrow(message);
  });
});

describe("a retry's expression", () => {
  const lastStep = {
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
    ["not (lastRetry.exitCode == '75')", false],
    ["lastRetry.exitCode == '1' or lastRetry.exitCode == '75' and retries == retries", true],
    ["lastRetry.exitCode not in ['1', '2']", true],
    ["int(lastRetry.exitCode) in [75]", true],
    ["'OOMKilled (exit code 137)' contains 'OOM' && 'main: Error' startsWith 'main' && 'a' not contains 'b'", true],
    [
      "'pod deleted' endsWith 'deleted' and 'Evicted: low' matches '^Evicted' and 'TIMEOUT' matches '(?i)timeout'",
      true,
    ],
    ["'a' matches 'b' || not ('a' contains 'a')", false],
  ])("%s is %s", (expression, expected) => {
    expect(evaluateRetry(expression, lastStep)).toBe(expected);
  });

  test.each([
    ["let x = 1", /operator "let" is not supported/],
    ["sprig.upper(lastRetry.status) == 'E'", /function "sprig.upper" is not supported/],
    ["lastRetry.status ?? 'x'", /operator "\?\?" is not supported/],
    ["lastRetry.status == 'a' ? true : false", /operator "\?" is not supported/],
    ["1 + 1 == 2", /operator "\+" is not supported/],
    ["true not true", /operator "not" is not supported/],
    ["tasks.a.status == 'x'", /variable tasks.a.status is not available here/],
    ["retries[0] == 1", /operator "\[" is not supported/],
    ["{a: 1}", /operator "\{" is not supported/],
  ])("refuses %s by name", (expression, message) => {
    expect(() => parseRetryExpression(expression)).toThrow(message);
  });

  test.each([
    ["asInt(lastRetry.message) > 1", /not a number/],
    ["retries", /to bool/],
    ["lastRetry.message contains 1", /are not strings/],
    ["lastRetry.message matches '('", /is not a valid regular expression/],
  ])("%s is an error", (expression, message) => {
    expect(() => evaluateRetry(expression, lastStep)).toThrow(message);
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
