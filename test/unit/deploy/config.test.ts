// Reading Pulumi.<stack>.yaml, secrets included.
import { expect, test } from "vitest";
import { readConfig, requireStack } from "../../../embedded/deploy/config/config.ts";
import { readProject } from "../../../embedded/deploy/config/project.ts";
import { configured, folder } from "./project-folder.ts";

// Made by Pulumi itself with the passphrase "password" (pkg/secrets/passphrase/manager_test.go); it holds "pulumi".
const salt = "v1:fozI5u6B030=:v1:F+6ZduKKd8G0/V7L:PGMFeIzwobWRKmEAzUdaQHqC5mMRIQ==";
const sealed = "v1:F+6ZduKKd8G0/V7L:PGMFeIzwobWRKmEAzUdaQHqC5mMRIQ==";
const secrets = `encryptionsalt: ${salt}\nconfig:\n  p:whole:\n    secure: ${sealed}\n  p:part:\n    open: 1\n    list:\n      - secure: ${sealed}\n`;

test("secrets that Pulumi's passphrase provider has sealed are opened, inside of objects too", () => {
  const config = configured({ stack: secrets });
  expect(config.values).toEqual({ "p:whole": "pulumi", "p:part": '{"list":["pulumi"],"open":1}' });
  expect(config.secretKeys).toEqual(["p:whole", "p:part"]);
});

test("a wrong passphrase is told as such", () => {
  expect(() => configured({ stack: secrets }, {}, "other")).toThrow("the passphrase is wrong");
});

test("secrets of another provider are refused with the key's name", () => {
  const stack = "secretsprovider: awskms://x\nconfig:\n  p:key:\n    secure: AAA\n";
  expect(() => configured({ stack })).toThrow("p:key is encrypted by awskms://x");
});

test("overrides win over the stack's file, and that over the project's defaults; objects travel as JSON", () => {
  const project = "config: { a: 1, d: 4, e: { value: 5 } }\n";
  const stack = "config:\n  p:a: 2\n  b: two\n  other:c: true\n";
  const { values, secretKeys } = configured({ project, stack }, { b: { deep: [1] }, "p:e": undefined });
  expect(values).toEqual({ "p:a": "2", "p:d": "4", "p:e": "5", "p:b": '{"deep":[1]}', "other:c": "true" });
  expect(secretKeys).toEqual([]);
});

test("a value that is overridden is none of the secrets, and needs no passphrase", () => {
  const { values, secretKeys } = configured({ stack: secrets }, { whole: "open", part: "too" }, "wrong");
  expect(values).toEqual({ "p:whole": "open", "p:part": "too" });
  expect(secretKeys).toEqual([]);
});

test("keys as earlier releases of Pulumi wrote them are the same keys; a byte order mark is none of the text", () => {
  expect(configured({ stack: "\uFEFFconfig:\n  aws:config:region: eu\n" }).values).toEqual({ "aws:region": "eu" });
});

test.each([
  ["config: [1]", "config must be a map of values by key"],
  ["config: text", "config must be a map of values by key"],
  ["- 1", "is not a stack's file"],
  ["config: { a: 1 }\n---\nconfig: { a: 2 }", "it holds several YAML documents"],
  ["config: { a:b:c: 1 }", "'a:b:c' is not a key of the config"],
  ["config: { a: 1, p:a: 2 }", "config 'p:a' is set twice"],
  ["config: { a: 1, a: 2 }", "Map keys must be unique"],
  ["environment: [dev]", "Pulumi ESC environments can't be opened here"],
  ["environment:\n  values: { pulumiConfig: { a: 1 } }", "Pulumi ESC environments can't be opened here"],
])("a stack's file that says %j is refused", (stack, message) => {
  expect(() => configured({ stack })).toThrow(message);
});

test("what the CLI writes beside the config is taken", () => {
  const stack = "environment: []\nsecretsprovider: passphrase\nencryptedkey: x\nconfig:\n";
  expect(configured({ stack }).values).toEqual({});
});

test("a file that isn't YAML, or holds a number that can't be kept, is an error with its name", () => {
  expect(() => configured({ stack: "config: [1" })).toThrow(/Pulumi\.s\.yaml: /);
  expect(() => configured({ stack: "config:\n  p:a: { b: [18446744073709551616] }\n" })).toThrow(
    /Pulumi\.s\.yaml: 18446744073709551616 can't be represented exactly.*put it in quotes/,
  );
});

const pulumi = "name: p\nruntime: nodejs\n";

test("a stack without a file is a new one where none has a file, and a mistyped one where others do", () => {
  expect(() => requireStack(folder({ "Pulumi.yaml": pulumi }), "any")).not.toThrow();
  const directory = folder({ "Pulumi.prod.yaml": "", "Pulumi.dev.yaml": "", "Pulumi.yaml": pulumi });
  expect(() => requireStack(directory, "dve")).toThrow(
    /there is no stack 'dve': the stacks are dev, prod \(a new one needs a file/,
  );
  expect(() => requireStack(directory, "dev")).not.toThrow();
});

test.each(["stackConfigDir: envs\n", "config: envs\n"])("stacks' files are where the project says: %j", (setting) => {
  const directory = folder({
    "Pulumi.yaml": pulumi + setting,
    "envs/Pulumi.dev.yaml": "config: { a: 1 }",
    "Pulumi.old.yaml": "",
  });
  expect(() => requireStack(directory, "old")).toThrow("the stacks are dev");
  requireStack(directory, "dev");
  expect(readConfig({ project: readProject(directory), stack: "dev" }).values).toEqual({ "p:a": "1" });
});

test.each(["organization/p/dev", "acme/dev", "../dev", "dev ", "", "e\u0301t\u00e9"])(
  "no stack can be called %j",
  (stack) => {
    const directory = folder({ "Pulumi.yaml": pulumi });
    expect(() => requireStack(directory, stack)).toThrow(
      /is not a valid stack name.*without an organization or a project/,
    );
    expect(() => readConfig({ project: readProject(directory), stack })).toThrow("is not a valid stack name");
  },
);
