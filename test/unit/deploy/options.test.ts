// What a program can ask for, as the SDKs declare it, against what becomes of it here: nothing is left out, nothing ignored.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import source from "@pulumi/pulumi/proto/callback_pb.js";
import resource from "@pulumi/pulumi/proto/resource_pb.js";
import { expect, test } from "vitest";
import {
  defaultSettings,
  providerOptions,
  providerRefusals,
  settingsOf,
} from "../../../embedded/deploy/options/provider-options.ts";
import {
  optionRefusals,
  otherFields,
  type RequestedResource,
  readFields,
  readRefusals,
  resourceOptions,
} from "../../../embedded/deploy/options/resource-options.ts";
import { Secret } from "../../../embedded/deploy/values.ts";

const require = createRequire(import.meta.filename);
const sdk = (file: string) =>
  readFileSync(
    join(dirname(require.resolve(`@pulumi/${file.split("/")[0]}/package.json`)), ...file.split("/").slice(1)),
    "utf8",
  );

/** Names of the members of an interface or a type in a declaration file. */
function members(text: string, opening: string): string[] {
  const from = text.indexOf(opening);
  expect(from, opening).toBeGreaterThan(-1);
  const [, indent = ""] = /([ ]*)[^\n]*$/.exec(text.slice(0, from)) ?? [];
  const body = text.slice(from, text.indexOf(`\n${indent}}`, from));
  const names = [...body.matchAll(new RegExp(`^${indent}    (\\w+)\\??: `, "gm"))].map(([, name = ""]) => name);
  expect(names.length, opening).toBeGreaterThan(0);
  return names;
}

/** Members of a request as it is on the wire. */
const wire = (name: string) => {
  const text = sdk("pulumi/proto/resource_pb.d.ts");
  return members(text.slice(text.indexOf(`export namespace ${name} {`)), "export type AsObject = {");
};

test("every resource option of the SDK has its row", () => {
  const text = sdk("pulumi/resource.d.ts");
  const declared = ["ResourceOptions", "CustomResourceOptions", "ComponentResourceOptions"].flatMap((name) =>
    members(text, `export interface ${name} `),
  );
  expect(declared.length).toBeGreaterThan(20);
  expect(Object.keys(resourceOptions).sort()).toEqual([...new Set(declared)].sort());
});

test("every field of a registration and of a read on the wire has its row", () => {
  const carried = [...Object.values(resourceOptions).flatMap((option) => option.wire), ...Object.keys(otherFields)];
  expect([...carried].sort()).toEqual(wire("RegisterResourceRequest").sort());
  expect(Object.keys(readFields).sort()).toEqual(wire("ReadResourceRequest").sort());
});

test("every argument of the Kubernetes provider has its row, with the environment's variable that stands for it", () => {
  expect(Object.keys(providerOptions).sort()).toEqual(
    members(sdk("kubernetes/provider.d.ts"), "export interface ProviderArgs ").sort(),
  );
  const code = sdk("kubernetes/provider.js");
  for (const [name, { env }] of Object.entries(providerOptions))
    expect(new RegExp(`resourceInputs\\["${name}"\\] = .*getEnv(?:Boolean)?\\("(\\w+)"\\)`).exec(code)?.[1], name).toBe(
      env,
    );
});

const type = "kubernetes:core/v1:ConfigMap";
const refusalsOf = (
  fill: (request: resource.RegisterResourceRequest) => void,
  more: Partial<RequestedResource> = {},
): string[] => {
  const request = new resource.RegisterResourceRequest();
  fill(request);
  return optionRefusals({ request, type, custom: true, kind: "ConfigMap", ...more });
};

/** A use of each option that can't be done. */
const refusals: [string, string[]][] = [
  ["envVarMappings", refusalsOf((request) => request.getEnvvarmappingsMap().set("A", "B"))],
  [
    "hooks",
    refusalsOf((request) =>
      request.setHooks(new resource.RegisterResourceRequest.ResourceHooksBinding().setAfterDeleteList(["one"])),
    ),
  ],
  ["import", refusalsOf((request) => request.setImportid("a"), { type: "random:index/randomId:RandomId" })],
  ["import", refusalsOf((request) => request.setImportid("a"), { type: "kubernetes:core/v1:ConfigMapPatch" })],
  [
    "import",
    refusalsOf((request) => request.setImportid("a"), {
      type: "kubernetes:cert-manager.io/v1:Certificate",
      kind: "Certificate",
    }),
  ],
  ["hideDiffs", refusalsOf((request) => request.setHidediffsList(["data", "data["]))],
  ["ignoreChanges", refusalsOf((request) => request.setIgnorechangesList(['data["a']))],
  ["replaceOnChanges", refusalsOf((request) => request.setReplaceonchangesList(["data[x]"]))],
  ["pluginDownloadURL", refusalsOf((request) => request.setPlugindownloadurl("https://example.com"))],
  ["pluginDownloadURL", refusalsOf((request) => request.getPluginchecksumsMap().set("linux", "00"))],
  ["stateMigrations", refusalsOf((request) => request.setStateMigrationsList([new source.Callback()]))],
  ["transforms", refusalsOf((request) => request.setTransformsList([new source.Callback()]))],
  ["version", refusalsOf((request) => request.setVersion("3.30.1"))],
  ["version", refusalsOf((request) => request.setVersion("v5.0.0"), { type: "pulumi:providers:kubernetes" })],
  ["snippetid", refusalsOf((request) => request.setSnippetid("a"))],
];
test.each(refusals)("option %s is refused by its name", (name, message) => {
  expect(message).toEqual([expect.stringMatching(new RegExp(`^option ${name}: .{10,}`))]);
});

test("each option that may be refused has been asked for", () => {
  const refusable = Object.entries({ ...resourceOptions, ...otherFields }).flatMap(([name, { refusal }]) =>
    refusal ? name : [],
  );
  expect([...new Set(refusals.map(([name]) => name))].sort()).toEqual(refusable.sort());
});

test("what isn't asked for is not refused, nor what the SDK always sends", () => {
  expect(refusalsOf(() => {})).toEqual([]);
  expect(
    refusalsOf((request) =>
      request.setVersion("4.34.2").setHooks(new resource.RegisterResourceRequest.ResourceHooksBinding()),
    ),
  ).toEqual([]);
  expect(refusalsOf((request) => request.setImportid("default/a"))).toEqual([]);
  // Of a component it is its plugin's business, which is refused as such or answered for.
  expect(refusalsOf((request) => request.setVersion("0.2.0"), { custom: false, type: "kubernetes:x:Y" })).toEqual([]);
});

test("each option that is done is shown by a test against an API server", () => {
  const folder = join(import.meta.dirname, "../../integration/deploy");
  const texts = readdirSync(folder)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => readFileSync(join(folder, file), "utf8"));
  const words = [...texts, readFileSync(join(folder, "programs/any/index.ts"), "utf8")].join("\n");
  const supported = Object.entries({ ...resourceOptions, ...providerOptions }).filter(
    ([, { does }]) => does === "done",
  );
  expect(supported.map(([name]) => name).filter((name) => !new RegExp(`\\b${name}\\b`).test(words))).toEqual([]);
});

test("reading what is there refuses the same", () => {
  const request = new resource.ReadResourceRequest().setType(type);
  expect(readRefusals(request.setVersion("4.34.2"))).toEqual([]);
  expect(readRefusals(request.setVersion("2.0.0").setPlugindownloadurl("https://example.com"))).toEqual([
    expect.stringContaining("option version"),
    expect.stringContaining("option pluginDownloadURL"),
  ]);
});

/** Arguments as the SDK sends them: what is no text is JSON. */
const refusedArguments: [string, string][] = [
  ["alwaysRender", "true"],
  ["enableConfigMapMutable", "false"],
  ["enableSecretMutable", "false"],
  ["enableServerSideApply", "false"],
  ["kubeClientSettings", '{"qps":5}'],
  ["renderYamlToDirectory", "out"],
  ["skipUpdateUnreachable", "true"],
];
test.each(refusedArguments)("provider argument %s=%s is refused by its name, wherever it comes from", (name, value) => {
  const messages = [expect.stringMatching(new RegExp(` ${name}: .{10,}`))];
  expect(providerRefusals(settingsOf({ [name]: value }), "argument")).toEqual(messages);
  expect(providerRefusals(settingsOf({ [name]: new Secret(value) }), "argument")).toEqual(messages);
  const config = { values: { [`kubernetes:${name}`]: value }, secretKeys: [] };
  expect(providerRefusals(defaultSettings(config, {}), "config")).toEqual(messages);
  const { env } = providerOptions[name as keyof typeof providerOptions];
  if (env)
    expect(providerRefusals(defaultSettings({ values: {}, secretKeys: [] }, { [env]: value }), "env")).toEqual(
      messages,
    );
});

test("the environment's settings of the client are refused as the argument is", () => {
  const settings = defaultSettings({ values: {}, secretKeys: [] }, { PULUMI_K8S_CLIENT_QPS: "5" });
  expect(providerRefusals(settings, "env")).toEqual([expect.stringContaining("kubeClientSettings")]);
});

test("each argument that may be refused has been given, and an unknown one is refused", () => {
  const refusable = Object.entries(providerOptions).flatMap(([name, { refusal }]) => (refusal ? name : []));
  expect(refusedArguments.map(([name]) => name).sort()).toEqual(refusable.sort());
  expect(providerRefusals(settingsOf({ ofTomorrow: "1" }), "argument")).toEqual([
    "argument ofTomorrow: this deployer doesn't know it",
  ]);
});

test("arguments that ask for what is done anyway are taken", () => {
  const inputs = {
    enableServerSideApply: "true",
    enableConfigMapMutable: "true",
    alwaysRender: "false",
    kubeClientSettings: "{}",
    suppressDeprecationWarnings: "true",
    helmReleaseSettings: '{"driver":"secret"}',
    namespace: "true",
  };
  expect(providerRefusals(settingsOf(inputs), "argument")).toEqual([]);
  expect(settingsOf(inputs)).toMatchObject({ namespace: "true", enableServerSideApply: true });
});
