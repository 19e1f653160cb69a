// Reading Pulumi.yaml: what it says of the program, and of each key of the config.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseConfigPath, valueAt, withValueAt } from "../../../embedded/deploy/config/paths.ts";
import { readProject } from "../../../embedded/deploy/config/project.ts";
import { configured, folder } from "./project-folder.ts";

const read = (text: string) => readProject(folder({ "Pulumi.yaml": text }));
const values = (project: string, stack = "", config = {}) => configured({ project, stack }, config).values;

test("a stack without a file has the project's defaults", () => {
  expect(values("config:\n  size: { type: integer, default: 3 }\n")).toEqual({ "p:size": "3" });
});

test("node's own arguments are those of the runtime's option", () => {
  const runtime = (nodeargs: string) => `name: p\nruntime:\n  name: nodejs\n  options: { nodeargs: '${nodeargs}' }\n`;
  expect(read(runtime("--conditions=a  --no-warnings")).nodeArgs).toEqual(["--conditions=a", "--no-warnings"]);
  expect(() => read(runtime('--title "a b"'))).toThrow("runtime.options.nodeargs has quotes");
});

test.each([
  ["name: p\nruntime: go\n", "runtime is 'go'"],
  ["name: p\n", "runtime is 'undefined'"],
  ["runtime: nodejs\n", "name is missing"],
  ["name: 5\nruntime: nodejs\n", "name is missing or is not a text"],
  ["name: a/b\nruntime: nodejs\n", "name is 'a/b': it must be letters"],
  ["- 1", "is not a project"],
  ["", "name is missing"],
  ["name: p\nruntime: nodejs\nmain: /abs\n", "main is '/abs': it must be relative"],
  ["name: p\nruntime: nodejs\nmain: [a]\n", "main must be a text"],
  ["name: p\nruntime: nodejs\nconfig: a\nstackConfigDir: b\n", "keep stackConfigDir only"],
  ["name: p\nruntime: nodejs\nconfig: [a]\n", "config must be a map of declarations by key"],
])("what is no Node.js project is refused: %j", (text, message) => {
  expect(() => read(text)).toThrow(message);
});

test("a folder without a project says so", () => {
  expect(() => readProject(folder({}))).toThrow("Pulumi.yaml is missing");
});

test("what the project declares without a value must be set by the stack; a value of another namespace is one", () => {
  const project =
    "config:\n  must: { type: string }\n  p:too: {}\n  big: 123456789012345678\n  aws:region: { value: eu }\n  aws:zone: a\n";
  expect(() => values(project)).toThrow(/Pulumi\.s\.yaml: config 'must', 'p:too' is missing: Pulumi\.yaml declares it/);
  expect(values(project, "config: { p:must: x, too: null }\n")).toEqual({
    "p:must": "x",
    "p:too": "",
    "p:big": "123456789012345678",
    "aws:region": "eu",
    "aws:zone": "a",
  });
});

describe("a declaration", () => {
  test.each([
    ["a: 1.5", "a' is 1.5: write a text, a whole number"],
    ["a:", "a' is empty"],
    ["a: { type: number }", "type is number: it must be one of string, integer, boolean, array, object"],
    ["a: { typ: string }", "'typ' is not a field of a declaration: the fields are type, items"],
    ["a: { secret: 'yes' }", "secret must be true or false"],
    ["a: { description: [1] }", "description must be a text"],
    ["a: { type: array }", "is an array: 'items' must give the type of its items"],
    ["a: { type: array, items: string }", "items must give the type of the items"],
    ["a: { type: array, items: { type: array } }", "items.items is missing"],
    ["a: { default: 1, value: 2 }", "has both a default and a value"],
    ["a: { type: integer, default: many }", "the default is not of type 'integer'"],
    ["a: { type: integer, default: 18446744073709551615.5 }", "can't be represented exactly"],
    ["a: { type: boolean, default: 'yes' }", "the default is not of type 'boolean'"],
    ["a: { type: string, default: 5 }", "the default is not of type 'string'"],
    ["a: { type: object, default: [] }", "the default is not of type 'object'"],
    [
      "a: { type: array, items: { type: array, items: { type: integer } }, default: [[1], [x]] }",
      "the default is not of type 'array<array<integer>>'",
    ],
    ["aws:region: { type: string, value: eu }", "its type can't be declared here"],
    ["aws:region: { default: eu }", "give it a 'value' instead of a 'default'"],
    ["aws:region: {}", "it needs a 'value'"],
    ["a.b..: 1", "is not a valid path"],
    ["'.a': 1", "begins with a dot"],
    ["'[0].a': 1", "it must begin with a name"],
    ["'a[x]': 1", "'x' is not an index"],
  ])("that says %j is refused", (setting, message) => {
    expect(() => values(`config:\n  ${setting}\n`)).toThrow(message);
  });

  test.each([
    ["string", ["text", "5", "true", "1.5"], ["[1]", "{ a: 1 }"]],
    [
      "integer",
      ["5", "'5'", "-5", "'+5'", "5.0", "1_000", "0x1F"],
      ["text", "1.5", "true", "'99999999999999999999'", "", "[1]"],
    ],
    ["boolean", ["true", "false", "'true'"], ["yes", "1", "", "{}"]],
    ["object", ["{}", "{ a: [1] }"], ["text", "[]", "'{}'", ""]],
    ["array, items: { type: integer }", ["[]", "[1, '2', 3.0]"], ["[x]", "[1.5]", "1", "{}", "", "[[1]]"]],
    ["array, items: { type: array, items: { type: string } }", ["[]", "[[], [a]]"], ["[a]", "[[1]]"]],
  ])("of type %s takes what the CLI takes for it", (type, valid, invalid) => {
    const project = `config:\n  a: { type: ${type} }\n`;
    for (const value of valid) expect(() => values(project, `config:\n  a: ${value}\n`), value).not.toThrow();
    for (const value of invalid)
      expect(() => values(project, `config:\n  a: ${value}\n`), value).toThrow(/config 'a' must be of type/);
  });

  test("holds for what comes from the command line, too", () => {
    const project = "config:\n  a: { type: integer, default: 1 }\n";
    expect(values(project, "", { a: "7" })).toEqual({ "p:a": "7" });
    expect(() => values(project, "", { a: "seven" })).toThrow("config 'a' must be of type 'integer'");
  });

  test("of a typed secret wants it encrypted; without a type it is taken as it is, as by the CLI", () => {
    const plain = "config:\n  a: open\n";
    expect(() => values("config:\n  a: { type: string, secret: true }\n", plain)).toThrow(
      "config 'a' is a secret and must be encrypted",
    );
    expect(values("config:\n  a: { secret: true }\n", plain)).toEqual({ "p:a": "open" });
  });
});

describe("a key that is a path", () => {
  test("sets a part of a value that the stack leaves out, and makes what it leads through", () => {
    const project =
      "config:\n  a.b[0].c: '5'\n  a.d: { type: boolean, default: true }\n  other:x.y: z\n  'a[\"e.f\"]': text\n";
    expect(values(project)).toEqual({
      "p:a": '{"b":[{"c":5}],"d":true,"e.f":"text"}',
      "other:x": '{"y":"z"}',
    });
    expect(values(project, "config:\n  a: { b: [{ c: mine }], g: 1 }\n")["p:a"]).toBe(
      '{"b":[{"c":"mine"}],"d":true,"e.f":"text","g":1}',
    );
  });

  test("has a type, and may be missing", () => {
    const project = "config:\n  a.b: { type: integer }\n";
    expect(() => values(project, "config: { a: { c: 1 } }\n")).toThrow("config 'a.b' is missing");
    expect(() => values(project, "config: { a: { b: x } }\n")).toThrow("config 'a.b' must be of type 'integer'");
    expect(values(project, "config: { a: { b: 4 } }\n")).toEqual({ "p:a": '{"b":4}' });
  });

  test.each([
    ["a.b: 1", "a: text", "'b' is a name, but the value is not an object"],
    ["a.b: 1", "a: [1]", "'b' is a name, but the value is not an object"],
    ["'a[0]': 1", "a: { b: 1 }", "[0] is an index, but the value is not a list"],
    ["'a[3]': 1", "a: [1]", "[3] is past the end of a list of 1"],
    ["a.secure: x", "b: 1", "an object with the single field 'secure' means an encrypted value"],
  ])("that can't be followed is an error, and overwrites nothing: %s", (declared, existing, message) => {
    expect(() => values(`config:\n  ${declared}\n`, `config:\n  ${existing}\n`)).toThrow(message);
  });

  test("is read as the CLI reads it", () => {
    const parse = (name: string) => parseConfigPath(name, "here");
    expect(parse("root.double.nest")).toEqual(["root", "double", "nest"]);
    expect(parse('root["double"]["nest"]')).toEqual(["root", "double", "nest"]);
    expect(parse("root.nested.array[0].double[1]")).toEqual(["root", "nested", "array", 0, "double", 1]);
    expect(parse('["root key with \\"escaped\\" quotes"].nested')).toEqual([
      'root key with "escaped" quotes',
      "nested",
    ]);
    expect(parse("foo-bar/x y")).toEqual(["foo-bar/x y"]);
    for (const path of ['a["b', 'a["b"', "a[", "a[1", "a.[0]", "a.", "", "[1]"])
      expect(() => parse(path), path).toThrow("here is not a valid path");
  });

  test("leads to what was put there, whatever its steps are", () => {
    const step = fc.oneof(fc.string({ minLength: 1 }), fc.constant(0));
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 5 }), fc.boolean(), (path, item) => {
        expect(valueAt(withValueAt(undefined, path, { item, where: "here" }), path)).toBe(item);
      }),
    );
  });
});
