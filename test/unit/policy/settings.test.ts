// How a policy pack is configured, as the CLI would do it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import analyzer from "@pulumi/pulumi/proto/analyzer_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { expect, test } from "vitest";
import { configure, type PackConfig, readPackConfig } from "../../../embedded/deploy/policy/settings.ts";

function pack(): analyzer.AnalyzerInfo {
  const policy = (name: string, level: analyzer.EnforcementLevel) => {
    const info = new analyzer.PolicyInfo();
    info.setName(name);
    info.setEnforcementlevel(level);
    const schema = new analyzer.PolicyConfigSchema();
    const properties = { most: { type: "integer", default: 3 }, except: { type: "array", items: { type: "string" } } };
    schema.setProperties(struct.Struct.fromJavaScript(properties));
    info.setConfigschema(schema);
    return info;
  };
  const info = new analyzer.AnalyzerInfo();
  info.setPoliciesList([
    policy("one", analyzer.EnforcementLevel.MANDATORY),
    policy("two", analyzer.EnforcementLevel.ADVISORY),
  ]);
  return info;
}

const levels = (config: PackConfig) => Object.fromEntries(configure(pack(), config).levels);
const settings = (config: PackConfig) => {
  const { request } = configure(pack(), config);
  return request.getPolicyconfigMap().get("one")?.getProperties()?.toJavaScript();
};

test("without configuration each policy has its own level and its defaults", () => {
  expect(levels({})).toEqual({ one: "mandatory", two: "advisory" });
  expect(settings({})).toEqual({ most: 3 });
});

test("all is for every policy, and a policy's own entry wins", () => {
  expect(levels({ all: "remediate" })).toEqual({ one: "remediate", two: "remediate" });
  expect(levels({ all: { enforcementLevel: "disabled" }, two: "mandatory" })).toEqual({
    one: "disabled",
    two: "mandatory",
  });
  expect(levels({ one: { enforcementLevel: "advisory", most: 5 } }).one).toBe("advisory");
});

test("settings win over defaults", () => {
  expect(settings({ one: { most: 5, except: ["a/b"] } })).toEqual({ most: 5, except: ["a/b"] });
});

test("everything that is wrong is named at once", () => {
  const config = {
    three: "mandatory",
    one: { most: "many", least: 1, except: [1] },
    two: "strict",
    all: { most: 1 },
  } as unknown as PackConfig;
  let message = "";
  try {
    configure(pack(), config);
  } catch (error) {
    message = (error as Error).message;
  }
  for (const part of [
    "three: the pack has no such policy",
    "two: 'strict' is not a valid level: use advisory",
    "all: it may only have a level",
    "one.most: it must be an integer",
    "one.least: the policy has no such setting: ",
    "one.except: it must be a list of strings",
  ])
    expect(message).toContain(part);
});

test("a file that is no JSON object is refused by name", () => {
  const folder = mkdtempSync(join(tmpdir(), "policy-"));
  const file = join(folder, "config.json");
  try {
    expect(() => readPackConfig(file)).toThrow(`${file} can't be read`);
    writeFileSync(file, "[]");
    expect(() => readPackConfig(file)).toThrow("must be an object of policies by name");
    writeFileSync(file, '{"all": "advisory"}');
    expect(readPackConfig(file)).toEqual({ all: "advisory" });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
