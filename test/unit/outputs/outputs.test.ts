// The stack's outputs: the contract's shape, its secrets, and what a tenant of another stack gets.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { OutputsSchema, outputErrors, SECRET_OUTPUTS } from "@agentic/api/outputs.ts";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { images, mock, objects, type Registered, registeredSoFar } from "../components/program.ts";

const tenants = [{ name: "demo" }, { name: "acme", external: true, owner: "acme", quota: { pods: 7 } }];

type Outputs = import("../../../stacks/outputs.ts").Outputs;
let outputs: Outputs;
let plain: Record<string, unknown>;
let all: Registered[];

beforeAll(async () => {
  mock();
  const { Provider } = await import("@pulumi/kubernetes/provider.js");
  const { createPlatform } = await import("../../../stacks/platform.ts");
  const { outputsOf } = await import("../../../stacks/outputs.ts");
  const { parseConfig } = await import("../../../stacks/config/config.ts");
  const kubeconfig = JSON.stringify({
    "current-context": "test",
    contexts: [{ name: "test", context: { cluster: "c", user: "u" } }],
    clusters: [{ name: "c", cluster: { server: "https://10.9.0.2:6443" } }],
    users: [{ name: "u", user: { token: "admin-token" } }],
  });
  const raw = { images, workflowEngine: "builtin", tenants, cluster: { kubeconfig, apiServerCidrs: ["10.9.0.2/32"] } };
  const config = parseConfig("agentic-platform", raw, false);
  outputs = outputsOf(config, createPlatform(config, { provider: new Provider("cluster", {}) }));
  plain = await new Promise((resolve) => pulumi.output(outputs as Record<string, unknown>).apply(resolve));
  all = await registeredSoFar();
});

describe("the outputs", () => {
  it("have the contract's shape, whole", () => {
    expect(outputErrors(plain)).toEqual([]);
    expect(Object.keys(plain).sort()).toEqual(Object.keys(OutputsSchema.properties).sort());
  });

  it("are all exported by the program", () => {
    const source = readFileSync(join(import.meta.dirname, "../../../stacks/index.ts"), "utf8");
    const names = /export const \{([^}]*)\}/.exec(source)?.[1]?.match(/\w+/g) ?? [];
    expect(names.sort()).toEqual(Object.keys(OutputsSchema.properties).sort());
  });

  it("keep secret what the contract calls secret, and nothing else", async () => {
    const secrets = [];
    for (const [name, value] of Object.entries(outputs))
      if (await pulumi.isSecret(pulumi.output(value as string))) secrets.push(name);
    expect(secrets.sort()).toEqual([...SECRET_OUTPUTS].sort());
  });

  it("hold no password outside of the secret ones", () => {
    const open = Object.entries(plain).filter(([name]) => !SECRET_OUTPUTS.includes(name as never));
    expect(JSON.stringify(open)).not.toMatch(/random-value-of|admin-token/);
  });

  it("name the templates of workflows/ with their parameters", () => {
    const [template] = plain.templates as { name: string; steps: string[]; parameters: { required: string[] } }[];
    expect(template?.name).toBe("visual-analysis-template");
    expect(template?.steps).toEqual(["scrape", "screenshot", "dom", "analysis", "approval-gate", "synthesis"]);
    expect(template?.parameters.required).toEqual([]);
  });
});

describe("a tenant's kubeconfig", () => {
  it("belongs to an account that is bound to the tenant's own role and to nothing else", () => {
    const bindings = objects(all)
      .filter(({ kind }) => kind === "RoleBinding" || kind === "ClusterRoleBinding")
      .filter(({ subjects }) => subjects.some(({ name }: { name: string }) => name === "tenant-user"));
    expect(
      bindings.map(({ kind, metadata, roleRef }) => [kind, metadata?.namespace, roleRef.kind, roleRef.name]),
    ).toEqual([["RoleBinding", "tenant-demo", "Role", "agentic-user"]]);
  });

  it("is made for this stack's tenants only: the others make their own", () => {
    expect(Object.keys(plain.tenantKubeconfigs as object)).toEqual(["demo"]);
    expect(Object.keys(plain.tenantGrants as object)).toEqual(["acme"]);
  });
});

describe("an external tenant", () => {
  it("has no object in its namespace, and no namespace", () => {
    const tenantObjects = objects(all).filter(
      ({ metadata }) => metadata?.namespace === "tenant-acme" || metadata?.name === "tenant-acme",
    );
    expect(tenantObjects.map(({ kind, metadata }) => `${kind} ${metadata?.name}`)).toEqual([]);
  });

  it("is known to the shared services, by the credentials that its grant holds", () => {
    const grant = (plain.tenantGrants as Record<string, { objectStore: unknown; litellmKey: string; quota: object }>)
      .acme;
    expect(grant?.objectStore).toEqual({ accessKey: "tenant-acme", secretKey: "random-value-of-acme-object-store" });
    expect(grant?.quota).toMatchObject({ pods: 7 });
    const keys = objects(all, "Secret").find(({ metadata }) => metadata?.name === "litellm-keys");
    expect(keys?.stringData["keys.json"]).toContain(grant?.litellmKey);
  });

  it("is listed with its namespace", () => {
    const listed = (plain.tenants as { name: string }[]).find(({ name }) => name === "acme");
    expect(listed).toMatchObject({ namespace: "tenant-acme", external: true, bucket: "artifacts-acme", owner: "acme" });
  });
});
