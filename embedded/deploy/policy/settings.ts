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
 * What a pack is told of a configuration: each policy's level and its settings, defaults filled in from its schema. Throws
 * one error that names every policy, level and setting that the pack doesn't know or takes otherwise.
 */
export function configure(
  info: analyzer.AnalyzerInfo,
  config: PackConfig,
): { request: analyzer.ConfigureAnalyzerRequest; levels: Map<string, Level> } {
  const policies = info.getPoliciesList();
  const names = new Set(policies.map((one) => one.getName()));
  const errors: string[] = [];
  for (const [name, given] of Object.entries(config)) {
    if (name !== "all" && !names.has(name)) errors.push(`${name}: the pack has no such policy`);
    const level = levelIn(given);
    if (level !== undefined && !numbers.has(level))
      errors.push(`${name}: '${level}' is no level: use ${[...numbers.keys()].join(", ")}`);
    if (name === "all" && typeof given === "object" && Object.keys(given).some((key) => key !== "enforcementLevel"))
      errors.push("all: it may have a level only; settings belong to one policy");
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

const levelIn = (given: PackConfig[string] | undefined): Level | undefined =>
  typeof given === "object" ? given.enforcementLevel : given;

function settingsOf(policy: analyzer.PolicyInfo, given: PackConfig[string] | undefined) {
  const properties = (policy.getConfigschema()?.getProperties()?.toJavaScript() ?? {}) as Record<string, Property>;
  const settings: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(properties))
    if (schema.default !== undefined) settings[name] = schema.default;
  const problems: string[] = [];
  if (typeof given === "object")
    for (const [name, value] of Object.entries(given)) {
      if (name === "enforcementLevel") continue;
      const schema = properties[name];
      const where = `${policy.getName()}.${name}`;
      if (!schema) problems.push(`${where}: the policy has no such setting: ${Object.keys(properties).join(", ")}`);
      else if (!Schema.Check(schema, value)) problems.push(`${where}: it must be ${wanted(schema)}`);
      else settings[name] = value;
    }
  return { settings, problems };
}

interface Property {
  type?: string;
  items?: { type?: string };
  default?: unknown;
}

const wanted = ({ type, items }: Property) => (type === "array" ? `a list of ${items?.type ?? "value"}s` : `a ${type}`);
