// Pulumi.yaml declares to the CLI what the schema says of each key.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { parseConfig, rawConfig } from "../../../stacks/config/config.ts";
import { schema, secretKeys } from "../../../stacks/config/schema.ts";
import { nonEmpty } from "../../non-empty.ts";

const root = join(import.meta.dirname, "../../..");
const project = parse(readFileSync(join(root, "Pulumi.yaml"), "utf8"));

interface Shape {
  type?: string;
  default?: unknown;
  description?: string;
  items?: Shape;
}

test("every key is declared as the CLI takes it, with what the schema says", () => {
  const expected = Object.entries(schema as Record<string, Shape>).map(
    ([key, { type = "string", default: byDefault, description, items: item }]) => {
      const items = type === "array" ? { items: { type: item?.type ?? "object" } } : {};
      const emptyValues: Record<string, unknown> = { array: [], object: {} };
      return [key, { type, ...items, default: byDefault ?? emptyValues[type] ?? "", description }];
    },
  );
  const others = Object.fromEntries(
    Object.entries(project.config).filter(([key]) => !(secretKeys as readonly string[]).includes(key)),
  );
  expect(others).toEqual(Object.fromEntries(expected));
  for (const key of secretKeys) expect(project.config[key], key).toMatchObject({ secret: true, default: "" });
  // pkg/workspace/config.go of the CLI: what is declared without a default must be in every stack, and a secret that is
  // declared with a type must be encrypted there, which a default is not.
  for (const [key, { default: byDefault, ...rest }] of nonEmpty(
    Object.entries(project.config as Record<string, Shape & { secret?: boolean }>),
  )) {
    expect(byDefault, key).not.toBeUndefined();
    expect(rest.secret && rest.type, key).toBeFalsy();
  }
  expect(Object.keys(project.config)).toEqual([...Object.keys(schema), ...secretKeys]);
});

test("the declared defaults are those of the program", () => {
  const all = Object.entries(project.config as Record<string, { default: unknown }>).map(
    ([key, { default: byDefault }]) => [
      `p:${key}`,
      typeof byDefault === "object" ? JSON.stringify(byDefault) : String(byDefault),
    ],
  );
  const images = { operator: "r/operator:1", agents: "r/agents:1" };
  const raw = rawConfig("p", Object.fromEntries(all));
  for (const key of ["cluster", "gke", "tenants", "llm", "images"]) expect(raw).not.toHaveProperty(key);
  expect(parseConfig("p", { ...raw, images }, false)).toEqual(parseConfig("p", { images }, false));
});

test.each(["dev", "embedded"])("Pulumi.%s.yaml is short and has only keys that there are", (stack) => {
  const { config } = parse(readFileSync(join(root, `Pulumi.${stack}.yaml`), "utf8"));
  for (const key of Object.keys(config)) expect(Object.keys(schema)).toContain(key.replace("agentic-platform:", ""));
});
