// A render is the program's objects as files, which kubectl brings to the same cluster.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { standIns } from "../../../embedded/cli/policy.ts";
import { renderTo } from "../../../embedded/deploy/deploy.ts";
import type { KubeObject } from "../../../embedded/deploy/kubernetes/cluster.ts";
import { applySteps } from "../../../embedded/deploy/render-steps.ts";
import { nonEmpty } from "../../non-empty.ts";
import type { ApiServer } from "../apiserver.ts";
import { borrowApiServer } from "../borrowed-apiserver.ts";
import { openDefinition } from "../definitions.ts";
import { kubectl, map, program, type RequestedResource, TestStack } from "./stack.ts";

let applied: ApiServer;
let empty: ApiServer;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "render-"));
  applied = await borrowApiServer({ controllerManager: true });
  empty = await borrowApiServer({ controllerManager: true });
});
afterAll(async () => {
  await applied?.stop();
  await empty?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const definition = openDefinition({ group: "test.example", version: "v1", kind: "Thing", plural: "things" });
const inSpace = (name: string) => ({ metadata: { name, namespace: "rendered" } });
const desiredResources: RequestedResource[] = [
  {
    type: "kubernetes:core/v1:Namespace",
    name: "space",
    args: { apiVersion: "v1", kind: "Namespace", metadata: { name: "rendered" } },
  },
  { type: "random:index/randomPassword:RandomPassword", name: "password", args: { length: 24 } },
  {
    type: "kubernetes:core/v1:Secret",
    name: "secret",
    args: { apiVersion: "v1", kind: "Secret", ...inSpace("secret"), stringData: { password: "$out:password.result" } },
    dependsOn: ["space"],
  },
  map("tricky", { yes: "off", number: "0123", lines: "a\nb\n" }, { args: inSpace("tricky"), dependsOn: ["space"] }),
  { type: "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", name: "definition", args: definition },
  {
    type: "kubernetes:test.example/v1:Thing",
    name: "thing",
    args: { apiVersion: "test.example/v1", kind: "Thing", ...inSpace("thing"), spec: { size: 3 } },
    dependsOn: ["definition", "space"],
  },
];

const kinds = [
  ["v1", "Namespace", "rendered", undefined],
  ["v1", "Secret", "secret", "rendered"],
  ["v1", "ConfigMap", "tricky", "rendered"],
  ["apiextensions.k8s.io/v1", "CustomResourceDefinition", "things.test.example", undefined],
  ["test.example/v1", "Thing", "thing", "rendered"],
] as const;

/** What the program decides of an object: without what each cluster makes its own. */
function essence(object: KubeObject | undefined): unknown {
  if (!object) return "missing";
  const { metadata, status: _, data, ...rest } = object;
  // Each run has random values of its own.
  const comparableData = object.kind === "Secret" ? Object.keys(data as object) : data;
  const labels = Object.entries(metadata.labels ?? {}).filter(([name]) => !name.startsWith("applyset."));
  return { ...rest, data: comparableData, name: metadata.name, namespace: metadata.namespace, labels };
}

test("kubectl brings a render to an empty cluster, where it makes the objects that up makes", async () => {
  const ups = new TestStack(applied, "render");
  expect((await ups.up(desiredResources)).summary.failures).toEqual([]);
  const out = join(folder, "out");
  const options = { directory: program("any"), stack: "render", config: { resources: desiredResources } };
  const files = await renderTo({ ...options, out, stateFile: join(folder, "state.json") });
  expect(files[0]).toBe("000-namespace-rendered.yaml");
  expect(files[1]).toBe("definitions/001-customresourcedefinition-things.test.example.yaml");
  const flat = files.filter((file) => !file.includes("/"));
  expect(flat.map((file) => file.slice(4)).sort()).toEqual([
    "configmap-rendered-tricky.yaml",
    "namespace-rendered.yaml",
    "secret-rendered-secret.yaml",
    "thing-rendered-thing.yaml",
  ]);
  for (const { command } of applySteps(out, files)) shell(empty, command);
  const stack = new TestStack(empty, "render");
  for (const [apiVersion, kind, name, namespace] of kinds) {
    const target = { apiVersion, kind, name, namespace };
    expect(essence(await stack.cluster.get(target))).toEqual(essence(await ups.cluster.get(target)));
  }
});

test("the platform's own render is brought to a cluster that has nothing of it by the documented commands, and to one with cert-manager wholly", async () => {
  const root = join(import.meta.dirname, "../../..");
  const out = join(folder, "platform");
  const files = await renderTo({
    directory: root,
    stack: "embedded",
    config: standIns("embedded"),
    out,
    stateFile: join(folder, "platform.json"),
  });
  const steps = applySteps(out, files);
  const documented = readFileSync(join(root, "docs/environments.md"), "utf8");
  for (const { command } of nonEmpty(steps)) expect(documented).toContain(command.replace(out, "out/render"));
  expect(steps.map(({ needs }) => needs)).toEqual([undefined, undefined, undefined, "cert-manager.io"]);
  for (const { command } of steps.filter(({ needs }) => !needs)) shell(empty, command);
  const created = kubectl(empty, "get", "namespaces,deployments,statefulsets,agentworkloads", "-A", "-o", "name");
  expect(created.split("\n")).toEqual(
    expect.arrayContaining(["namespace/agentic-system", "deployment.apps/agentic-operator"]),
  );
  writeFileSync(
    join(folder, "cert-manager.json"),
    JSON.stringify({ apiVersion: "v1", kind: "List", items: certManagerKinds.map(definitionOf) }),
  );
  kubectl(empty, "apply", "-f", join(folder, "cert-manager.json"));
  kubectl(empty, "wait", "--for=condition=Established", "--timeout=60s", "-f", join(folder, "cert-manager.json"));
  for (const { command } of steps) shell(empty, command);
  const last = files.filter((file) => file.startsWith("cert-manager.io/"));
  expect(last.length).toBeGreaterThan(5);
  const objects = kubectl(empty, "get", "issuers,clusterissuers,certificates", "-A", "-o", "name").trim().split("\n");
  expect(objects).toHaveLength(last.length);
});

/** Kinds of cert-manager that a render may hold. */
const certManagerKinds = [
  ["Issuer", "Namespaced"],
  ["ClusterIssuer", "Cluster"],
  ["Certificate", "Namespaced"],
] as const;

function definitionOf([kind, scope]: (typeof certManagerKinds)[number]) {
  const plural = `${kind.toLowerCase()}s`;
  const { apiVersion, spec } = definition;
  return {
    apiVersion,
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.cert-manager.io` },
    spec: {
      ...spec,
      group: "cert-manager.io",
      scope,
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
    },
  };
}

/** Runs a line as a person does who has kubectl and the kubeconfig. Throws with what it says where it fails. */
function shell({ bin, kubeconfig }: ApiServer, line: string): void {
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, KUBECONFIG: kubeconfig };
  const { status, stderr } = spawnSync("sh", ["-c", line], { env, encoding: "utf8" });
  if (status !== 0) throw new Error(`${line}: ${stderr}`);
}

test("the same program renders the same files, random values included, and Secrets for their owner only", async () => {
  const options = { directory: program("any"), stack: "render", config: { resources: desiredResources } };
  const texts = [];
  for (const name of ["a", "b"]) {
    const out = join(folder, name);
    const files = await renderTo({ ...options, out, stateFile: join(folder, "same.json") });
    texts.push(files.map((file) => readFileSync(join(out, file), "utf8")));
    const secret = files.find((file) => file.includes("-secret-")) ?? "";
    expect(statSync(join(out, secret)).mode & 0o077).toBe(0);
  }
  expect(texts[0]).toEqual(texts[1]);
});

test("what only a cluster knows can't be rendered, and the resource is named", async () => {
  const resources = [map("source", {}), map("needs-status", { phase: "$out:source.status.phase" })];
  const options = { directory: program("any"), stack: "render", config: { resources } };
  await expect(renderTo({ ...options, out: join(folder, "x"), stateFile: join(folder, "x.json") })).rejects.toThrow(
    /needs-status: it holds a value that only a cluster knows/,
  );
});
