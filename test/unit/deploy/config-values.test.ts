// Values of a stack's file as the CLI reads them: what gopkg.in/yaml.v3 and the CLI's own config package make of the same text.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { configText, plainValue, readYaml } from "../../../embedded/deploy/config/values.ts";

const textOf = (source: string): string =>
  configText((readYaml(`config: { }\nvalue: ${source}\n`, "Pulumi.s.yaml") as Record<string, unknown>).value);

describe("a value in a stack's file", () => {
  test.each([
    ["123456789012345678", "123456789012345678"],
    ["-9223372036854775808", "-9223372036854775808"],
    ["18446744073709551615", "18446744073709551615"],
    ["1.30", "1.3"],
    ["5.0", "5"],
    ["5.", "5"],
    [".5", "0.5"],
    ["-0.0", "0"],
    ["20220113.2", "20220113.2"],
    ["1234567e4", "12345670000"],
    ["1.0e+2", "100"],
    ["1e21", "1e+21"],
    ["1e-7", "1e-7"],
    ["1.7976931348623157e308", "1.7976931348623157e+308"],
    ["1e400", "1e400"],
    ["007", "7"],
    ["0777", "511"],
    ["08", "8"],
    ["0o17", "15"],
    ["0o8", "0o8"],
    ["0x1F", "31"],
    ["-0x1F", "-31"],
    ["0X1f", "31"],
    ["0b101", "5"],
    ["0xffffffffffffffffff", "0xffffffffffffffffff"],
    ["0x1p4", "0x1p4"],
    ["1_000", "1000"],
    ["_1", "_1"],
    ["+5", "5"],
    ['"007"', "007"],
    ["'1.30'", "1.30"],
    ["", ""],
    ["~", ""],
    ["Null", ""],
    ["nUll", "nUll"],
    ['""', ""],
    ["True", "true"],
    ["yes", "yes"],
    ["NO", "NO"],
    ["NaN", "NaN"],
    ["=", "="],
    ["12:30:45", "12:30:45"],
    ["2020-01-01", "2020-01-01 00:00:00 +0000 UTC"],
    ["2020-1-1", "2020-01-01 00:00:00 +0000 UTC"],
    ["2020-01-01 10:00:00.50", "2020-01-01 10:00:00.5 +0000 UTC"],
    ["2020-01-01T10:00:00+02:00", "2020-01-01 10:00:00 +0200 +0200"],
    ["2020-02-30", "2020-02-30"],
    [
      "[007, 0x1F, 1.30, null, {z: 1, a: '<&>'}, 18446744073709551615, 5.0]",
      '[7,31,1.3,null,{"a":"\\u003c\\u0026\\u003e","z":1},18446744073709551615,5]',
    ],
    [
      "{account: 12321123131, big: 123456789012345678, list: [1048576, 9007199254740993]}",
      '{"account":12321123131,"big":123456789012345678,"list":[1048576,9007199254740993]}',
    ],
    ["{ empty: , text: '', 1: one }", '{"1":"one","empty":null,"text":""}'],
    ["&anchor {a: 1.50}\nother: {<<: *anchor}", '{"a":1.5}'],
  ])("%s is %s for the program", (source, text) => {
    expect(textOf(source)).toBe(text);
  });

  test.each([
    "18446744073709551616",
    "9007199254740993.0",
    "3.14159265358979323846",
    "0.1000000000000000055",
    "1e-400",
  ])("%s is refused, for the CLI would round it", (source) => {
    expect(() => textOf(source)).toThrow(`Pulumi.s.yaml: ${source} can't be represented exactly`);
  });

  test.each([".inf", "-.Inf", ".NaN"])("%s is refused, for JSON has no such number", (source) => {
    expect(() => textOf(source)).toThrow(`${source} is not a number in JSON`);
  });

  test("a merged map is the one that the anchor names", () => {
    const parsed = readYaml("base: &base { a: 1, b: 2 }\nvalue: { <<: *base, b: 3 }\n", "f") as Record<string, unknown>;
    expect(configText(parsed.value)).toBe('{"a":1,"b":3}');
  });

  test("is itself, where it is a whole number of 64 bits", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), (value) => {
        expect(textOf(String(value))).toBe(String(value));
        expect(textOf(`{ a: [${value}] }`)).toBe(`{"a":[${value}]}`);
      }),
    );
  });

  test("is the same number, where it is a decimal, or an error", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Number(configText(plainValue(String(value))))).toBe(value === 0 ? 0 : value);
      }),
    );
  });

  test("is itself, where it is a text in quotes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(textOf(JSON.stringify(text))).toBe(text);
      }),
    );
  });
});
