// Reading Pulumi.yaml and Pulumi.<stack>.yaml, secrets included.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { readConfig, readProject, requireStack } from "../../../embedded/deploy/config.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function folder(files: Record<string, string>): string {
  const made = mkdtempSync(join(tmpdir(), "config-"));
  folders.push(made);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(made, name), text);
  return made;
}

const project = { name: "p", main: "index.ts", nodeArgs: [], defaults: {}, required: [] };
// Made by Pulumi itself with the passphrase "password" (pkg/secrets/passphrase/manager_test.go); it holds "pulumi".
const salt = "v1:fozI5u6B030=:v1:F+6ZduKKd8G0/V7L:PGMFeIzwobWRKmEAzUdaQHqC5mMRIQ==";
const sealed = "v1:F+6ZduKKd8G0/V7L:PGMFeIzwobWRKmEAzUdaQHqC5mMRIQ==";
const secrets = `encryptionsalt: ${salt}\nconfig:\n  p:whole:\n    secure: ${sealed}\n  p:part:\n    open: 1\n    list:\n      - secure: ${sealed}\n`;

test("secrets that Pulumi's passphrase provider has sealed are opened, inside of objects too", () => {
  const config = readConfig(folder({ "Pulumi.s.yaml": secrets }), project, "s", {}, () => "password");
  expect(config.values).toEqual({ "p:whole": "pulumi", "p:part": '{"list":["pulumi"],"open":1}' });
  expect(config.secretKeys).toEqual(["p:whole", "p:part"]);
});

test("a wrong passphrase is told as such", () => {
  const open = () => readConfig(folder({ "Pulumi.s.yaml": secrets }), project, "s", {}, () => "other");
  expect(open).toThrow("the passphrase is wrong");
});

test("secrets of another provider are refused with the key's name", () => {
  const text = "secretsprovider: awskms://x\nconfig:\n  p:key:\n    secure: AAA\n";
  expect(() => readConfig(folder({ "Pulumi.s.yaml": text }), project, "s")).toThrow("p:key is encrypted by awskms://x");
});

test("overrides win over the stack's file, and that over the project's defaults; objects travel as JSON", () => {
  const at = folder({ "Pulumi.s.yaml": "config:\n  p:a: 2\n  b: two\n  other:c: true\n" });
  const { values, secretKeys } = readConfig(at, { ...project, defaults: { a: 1, d: 4 } }, "s", { b: { deep: [1] } });
  expect(values).toEqual({ "p:a": "2", "p:d": "4", "p:b": '{"deep":[1]}', "other:c": "true" });
  expect(secretKeys).toEqual([]);
});

test("a stack without a file has the project's defaults", () => {
  const at = folder({ "Pulumi.yaml": "name: p\nruntime: nodejs\nconfig:\n  size: { type: integer, default: 3 }\n" });
  const found = readProject(at);
  expect(found).toEqual({ name: "p", main: ".", nodeArgs: [], defaults: { size: 3n }, required: [] });
  expect(readConfig(at, found, "none").values).toEqual({ "p:size": "3" });
});

test("node's own arguments are those of the runtime's option", () => {
  const runtime = "runtime:\n  name: nodejs\n  options: { nodeargs: --conditions=a  --no-warnings }\n";
  expect(readProject(folder({ "Pulumi.yaml": `name: p\n${runtime}` })).nodeArgs).toEqual([
    "--conditions=a",
    "--no-warnings",
  ]);
});

test("what is no Node.js project is refused", () => {
  expect(() => readProject(folder({}))).toThrow("Pulumi.yaml is missing");
  expect(() => readProject(folder({ "Pulumi.yaml": "name: p\nruntime: go\n" }))).toThrow("runtime is 'go'");
  expect(() => readProject(folder({ "Pulumi.yaml": "runtime: nodejs\n" }))).toThrow("name is missing");
});

test("what the project declares without a value must be set by the stack; a value of another namespace is one", () => {
  const at = folder({
    "Pulumi.yaml":
      "name: p\nruntime: nodejs\nconfig:\n  must: { type: string }\n  p:too:\n  big: 123456789012345678\n  aws:region: { value: eu }\n  other:any: { type: string }\n  aws:zone: a\n",
    "Pulumi.s.yaml": "",
    "Pulumi.set.yaml": "config: { p:must: x, too: null }\n",
  });
  const found = readProject(at);
  expect(() => readConfig(at, found, "s")).toThrow(
    /Pulumi\.s\.yaml: config 'must', 'p:too' is missing: Pulumi\.yaml declares it/,
  );
  expect(readConfig(at, found, "set").values).toEqual({
    "p:must": "x",
    "p:too": "",
    "p:big": "123456789012345678",
    "aws:region": "eu",
    "aws:zone": "a",
  });
});

test("keys as earlier releases of Pulumi wrote them are the same keys; a byte order mark is none of the text", () => {
  const at = folder({ "Pulumi.s.yaml": "\uFEFFconfig:\n  aws:config:region: eu\n" });
  expect(readConfig(at, project, "s").values).toEqual({ "aws:region": "eu" });
});

test("a file that isn't YAML, or holds a number that can't be kept, is an error with its name", () => {
  const read = (text: string) => () => readConfig(folder({ "Pulumi.s.yaml": text }), project, "s");
  expect(read("config: [1")).toThrow(/Pulumi\.s\.yaml: /);
  expect(read("config:\n  p:a: { b: [18446744073709551616] }\n")).toThrow(
    /Pulumi\.s\.yaml: 18446744073709551616 is a number that can't be kept exactly.*put it in quotes/,
  );
});

test("a stack without a file is a new one where none has a file, and a mistyped one where others do", () => {
  expect(() => requireStack(folder({}), "any")).not.toThrow();
  const at = folder({ "Pulumi.prod.yaml": "", "Pulumi.dev.yaml": "", "Pulumi.yaml": "" });
  expect(() => requireStack(at, "dve")).toThrow(
    /there is no stack 'dve': the stacks are dev, prod \(a new one needs a file/,
  );
  expect(() => requireStack(at, "dev")).not.toThrow();
});
