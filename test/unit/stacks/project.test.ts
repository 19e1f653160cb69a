// Pulumi.yaml declares to the CLI what the schema says of the keys that have a default.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { parseConfig, schema } from "../../../stacks/config.ts";

const root = join(import.meta.dirname, "../../..");
const project = parse(readFileSync(join(root, "Pulumi.yaml"), "utf8"));

test("every key with a default is declared with its type, default and description", () => {
  const wanted = Object.entries(schema as Record<string, { type?: string; default?: unknown; description?: string }>)
    .filter(([, one]) => one.default !== undefined)
    .map(([key, { type = "string", default: byDefault, description }]) => [
      key,
      { type, default: byDefault, description },
    ]);
  expect(project.config).toEqual(Object.fromEntries(wanted));
});

test("the program fills in the same defaults where nobody declares them", () => {
  const images = { operator: "r/operator:1", agents: "r/agents:1" };
  const config = parseConfig("p", { images }, false) as unknown as Record<string, unknown>;
  for (const [key, { default: byDefault }] of Object.entries(project.config as Record<string, { default: unknown }>))
    expect(config[key], key).toBe(byDefault);
});

test.each(["dev", "embedded"])("Pulumi.%s.yaml is short and has only keys that there are", (stack) => {
  const { config } = parse(readFileSync(join(root, `Pulumi.${stack}.yaml`), "utf8"));
  for (const key of Object.keys(config)) expect(Object.keys(schema)).toContain(key.replace("agentic-platform:", ""));
});
