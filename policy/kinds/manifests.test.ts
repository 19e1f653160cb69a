// Texts of manifests are read as kubectl reads them, in time that grows with their length alone.
import { describe, expect, test } from "vitest";
import { manifestsIn } from "./manifests.ts";

/** What the one document of a text has besides its apiVersion. */
function valuesIn(text: string): unknown {
  const [document, ...more] = manifestsIn(`apiVersion: v1\n${text}`);
  expect(more).toEqual([]);
  const { apiVersion: _, ...values } = document ?? {};
  return values;
}

describe("YAML is that of Kubernetes, 1.1", () => {
  test.each([
    ["on: yes\n", { true: true }],
    ["mode: 0440\n", { mode: 0o440 }],
    ["base: &base {a: 1, b: 1}\nover: {<<: *base, b: 2}\n", { base: { a: 1, b: 1 }, over: { a: 1, b: 2 } }],
    ["a: 1\na: 2\n", { a: 2 }],
    ["a: !own {b: !!str 1, c: !Ref d}\n", { a: { b: "1", c: "d" } }],
    ["at: 2026-01-01\n", { at: "2026-01-01" }],
  ])("%j", (text, values) => expect(valuesIn(text)).toEqual(values));

  test("with more aliases of one anchor than a hundred", () => {
    const list = Array.from({ length: 500 }, () => "- *a\n").join("");
    expect(valuesIn(`first: &a { b: 1 }\nitems:\n${list}`)).toMatchObject({
      items: Array.from({ length: 500 }, () => ({ b: 1 })),
    });
  });
});

describe("a variable of a workflow stands for any text", () => {
  test.each([
    ["name: {{workflow.name}}-x\n", { name: "{{workflow.name}}-x" }],
    ["count: {{inputs.parameters.n}}\n", { count: "{{inputs.parameters.n}}" }],
    [`name: {{=sprig.default("a: b # c", x)}}\n`, { name: `{{=sprig.default("a: b # c", x)}}` }],
    ["{{key}}: '{{value}}'\n", { "{{key}}": "{{value}}" }],
    ["flow: {a: {b: {}}}\n", { flow: { a: { b: {} } } }],
  ])("%j", (text, values) => expect(valuesIn(text)).toEqual(values));
});

describe("documents", () => {
  const pod = { apiVersion: "v1", kind: "Pod" };
  const json = JSON.stringify(pod);

  test.each([
    ["in JSON, one after another", `${json}\n${json}${json}`],
    ["in JSON with a variable that isn't text", `${json.slice(0, -1)},"n":{{n}}}\n---\n${json}\n---\n${json}`],
    ["in YAML with what stands on the line of dashes", `---  # first\n${json}\n--- ${json}\n---\n\n${json}\n...\n`],
    ["in a list", `- apiVersion: v1\n  kind: Pod\n- ${json}\n- ${json}\n`],
    ["beside some that can't be read", `${json}\n---\n]: [\n---\n${json}\n---\nx: &a [*a]\n---\nx: *b\n---\n${json}`],
  ])("%s", (_, text) => {
    const found = manifestsIn(text).filter((document) => "apiVersion" in document);
    expect(found).toHaveLength(3);
    for (const document of found) expect(document).toMatchObject(pod);
  });

  test.each([
    [
      "a list whose parts are lists of the one before",
      Array.from({ length: 60 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]\n`).join(""),
    ],
    ["a hundred thousand levels", `x: ${"[".repeat(100_000)}`],
  ])("that are too large for a cluster are none: %s", (_, text) =>
    expect(manifestsIn(`apiVersion: v1\na0: &a0 [x]\n${text}`)).toEqual([]),
  );
});

test("a mebibyte is read in at most three seconds of the processor, whatever it looks like", () => {
  const mebibyte = 2 ** 20;
  const whole = (unit: string) => unit.repeat(Math.floor(mebibyte / unit.length));
  const shapes = [
    ["keys", Array.from({ length: 80_000 }, (_, i) => `key${i}: b\n`).join("")],
    ["a list", `items: [${whole("{a: b},")}]`],
    ["open lists", whole("[\n")],
    ["quotes without end", `a: "${whole('\\"')}`],
    ["braces", `{"a": ${whole("{{")}`],
    ["ends of documents", whole("\n---")],
  ] as const;
  const times = shapes.map(([name, text]) => {
    const started = process.cpuUsage().user;
    manifestsIn(`apiVersion: v1\n${text}`);
    return [name, (process.cpuUsage().user - started) / 1e6] as const;
  });
  expect(times.filter(([, seconds]) => seconds > 3)).toEqual([]);
}, 60_000);
