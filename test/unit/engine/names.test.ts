// Names, items, durations and times.
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fnv32a, nodeId, podName } from "../../../api/pod-names.ts";
import { formatInteger, items } from "../../../embedded/engine/core/expand.ts";
import { describe as describeItem, itemLookup, itemOf } from "../../../embedded/engine/core/item.ts";
import { callOf, displayName, itemName } from "../../../embedded/engine/core/names.ts";
import { humanDuration, parseDuration, strftime, timestamp } from "../../../embedded/engine/core/time.ts";
import type { Call, Json } from "../../../embedded/engine/core/types.ts";

describe("items", () => {
  const itemsOf = (call: Partial<Call>) => items({ name: "c", ...call }, (name) => (name === "item" ? undefined : "3"));

  test.each<[Partial<Call>, Json[]]>([
    [{ withItems: ["a", 1, { k: "{{workflow.name}}" }, ["{{workflow.name}}"]] }, ["a", 1, { k: "3" }, ["3"]]],
    [{ withParam: '["a", {"b": 1}]' }, ["a", { b: 1 }]],
    [{ withSequence: { count: "3" } }, ["0", "1", "2"]],
    [{ withSequence: { count: "{{workflow.name}}", start: 5 } }, ["5", "6", "7"]],
    [{ withSequence: { start: "2", end: "0" } }, ["2", "1", "0"]],
    [{ withSequence: { count: "2", format: "x%02d" } }, ["x00", "x01"]],
    [{ withSequence: { count: 0 } }, []],
  ])("%j", (call, expected) => {
    expect(itemsOf(call).map(({ json }) => JSON.parse(json))).toEqual(expected);
  });

  test.each<[Partial<Call>, RegExp]>([
    [{ withParam: "{}" }, /could not be parsed as a JSON list: \{\}/],
    [{ withParam: "no" }, /could not be parsed/],
    [{ withParam: JSON.stringify(Array(10_001).fill(0)) }, /at most 10000/],
    [{ withSequence: { count: "x" } }, /withSequence.count: "x" is not an integer/],
    [{ withSequence: {} }, /neither end nor count/],
    [{ withSequence: { count: "1000000000" } }, /at most 10000/],
    [{ withSequence: { count: "1", format: "%s" } }, /"%s" is not supported/],
    [{ withSequence: { count: "1", format: "x" } }, /no verb for the number/],
  ])("%j is an error", (call, message) => {
    expect(() => itemsOf(call)).toThrow(message);
  });

  test.each<[Json, string]>([
    ["a(b)", "t(0:ab)"],
    ['q"', 't(0:q\\")'],
    [1, "t(0:1)"],
    [true, "t(0:true)"],
    [null, "t(0:[])"],
    [{ z: 1, k: "a" }, "t(0:k:a,z:1)"],
    [["a", 2], "t(0:[a 2])"],
    [{ k: { b: 1, a: [1] } }, 't(0:k:{"a":[1],"b":1})'],
  ])("%j is called %s", (item, expected) => {
    expect(itemName("t", 0, describeItem(itemOf(item)))).toBe(expected);
  });

  test("are seen whole and by key", () => {
    const lookup = itemLookup(itemOf({ b: { c: 1 }, a: "x" }));
    expect(["item", "item.a", "item.b", "item.z", "other"].map(lookup)).toEqual([
      '{"a":"x","b":{"c":1}}',
      "x",
      '{"c":1}',
      undefined,
      undefined,
    ]);
    expect(itemLookup(itemOf("x"))("item.a")).toBeUndefined();
    expect(itemLookup(itemOf(null))("item")).toBe("null");
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

  test.each(["%#x", "%.3d", "%c"])("format %j is refused by the part that is not supported", (format) =>
    expect(() => formatInteger(format, 1)).toThrow(`withSequence.format: ${JSON.stringify(format)} is not supported`),
  );

  test("sorted JSON is JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(itemOf(value as Json).json)).toEqual(JSON.parse(JSON.stringify(value)));
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
          const [first, second] = [
            podName(workflow, `${workflow}.${a}`, template),
            podName(workflow, `${workflow}.${b}`, template),
          ];
          expect(first.length).toBeLessThanOrEqual(253);
          expect(first === second).toBe(fnv32a(`${workflow}.${a}`) === fnv32a(`${workflow}.${b}`));
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
  ])("%s under %s is shown as %s", (node, boundary, display) => {
    expect(displayName(node, boundary)).toBe(display);
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
