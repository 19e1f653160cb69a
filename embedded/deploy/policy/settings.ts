// The configuration of a policy pack: the same file as the CLI's --policy-pack-config, with the same meaning.
import { readFileSync } from "node:fs";
import analyzer from "@pulumi/pulumi/proto/analyzer_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import Schema from "typebox/schema";
import type { Level } from "./messages.ts";
import { levels as levelNames } from "./policies.ts";

/** By a policy's name, or `all`: a level, or an object with `enforcementLevel` and settings of the policy. */
export type PackConfig = Record<string, Level | ({ enforcementLevel?: Level } & Record<string, unknown>)>;

const numbers = new Map([...levelNames].map(([number, name]) => [name, number]));

/** Reads a configuration's file. Throws where it isn't a JSON object. */
export function readPackConfig(file: string): PackConfig {
  let config: unknown;
  try {
    config = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`the policies' configuration ${file} can't be read: ${(error as Error).message}`);
  }
  if (typeof config !== "object" || config === null || Array.isArray(config))
    throw new Error(`the policies' configuration ${file} must be an object of policies by name`);
  return config as PackConfig;
}

/**
 * Builds the request that configures a pack: each policy's level and its settings, with defaults from its schema. Throws
 * one error that names every unknown policy, level and setting, and every setting of a wrong type.
 */
export function configure(
  info: analyzer.AnalyzerInfo,
  config: PackConfig,
): { request: analyzer.ConfigureAnalyzerRequest; levels: Map<string, Level> } {
  const policies = info.getPoliciesList();
  const names = new Set(policies.map((policy) => policy.getName()));
  const errors: string[] = [];
  for (const [name, setting] of Object.entries(config)) {
    if (name !== "all" && !names.has(name)) errors.push(`${name}: the pack has no such policy`);
    const level = levelIn(setting);
    if (level !== undefined && !numbers.has(level))
      errors.push(`${name}: '${level}' is not a valid level: use ${[...numbers.keys()].join(", ")}`);
    if (name === "all" && typeof setting === "object" && Object.keys(setting).some((key) => key !== "enforcementLevel"))
      errors.push("all: it may only have a level: settings belong to one policy");
  }
  const request = new analyzer.ConfigureAnalyzerRequest();
  const levels = new Map<string, Level>();
  for (const policy of policies) {
    const name = policy.getName();
    const own = levelNames.get(policy.getEnforcementlevel()) ?? "advisory";
    const level = levelIn(config[name]) ?? levelIn(config.all) ?? own;
    const { settings, problems } = settingsOf(policy, config[name]);
    errors.push(...problems);
    const message = new analyzer.PolicyConfig();
    message.setEnforcementlevel((numbers.get(level) ?? 0) as analyzer.EnforcementLevel);
    message.setProperties(struct.Struct.fromJavaScript(settings as Record<string, struct.JavaScriptValue>));
    request.getPolicyconfigMap().set(name, message);
    levels.set(name, level);
  }
  if (errors.length > 0)
    throw new Error(`the policies' configuration is wrong:\n${errors.map((line) => `  ${line}`).join("\n")}`);
  return { request, levels };
}

const levelIn = (setting: PackConfig[string] | undefined): Level | undefined =>
  typeof setting === "object" ? setting.enforcementLevel : setting;

function settingsOf(policy: analyzer.PolicyInfo, setting: PackConfig[string] | undefined) {
  const properties = (policy.getConfigschema()?.getProperties()?.toJavaScript() ?? {}) as Record<string, Property>;
  const settings: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(properties))
    if (schema.default !== undefined) settings[name] = schema.default;
  const problems: string[] = [];
  if (typeof setting === "object")
    for (const [name, value] of Object.entries(setting)) {
      if (name === "enforcementLevel") continue;
      const schema = properties[name];
      const where = `${policy.getName()}.${name}`;
      if (!schema) problems.push(`${where}: the policy has no such setting: ${Object.keys(properties).join(", ")}`);
      else if (!Schema.Check(schema, value)) problems.push(`${where}: it must be ${expectedType(schema)}`);
      else settings[name] = value;
    }
  return { settings, problems };
}

interface Property {
  type?: string;
  items?: { type?: string };
  default?: unknown;
}

const expectedType = ({ type, items }: Property) =>
  type === "array"
    ? `a list of ${items?.type ?? "value"}s`
    : `${type === "integer" || type === "object" ? "an" : "a"} ${type}`;
