// Sandboxes of pods, and what components refuse.
import { beforeAll, describe, expect, it } from "vitest";
import { AgentOperator } from "../../../components/agent-operator/agent-operator.ts";
import { ArgoWorkflows } from "../../../components/argo/argo-workflows.ts";
import { Browserless } from "../../../components/data/browserless/browserless.ts";
import { LiteLlm } from "../../../components/data/litellm/litellm.ts";
import { Minio } from "../../../components/data/minio/minio.ts";
import { Postgres } from "../../../components/data/postgres/postgres.ts";
import { PostgresTenants } from "../../../components/data/postgres/tenants.ts";
import { NetworkPolicies } from "../../../components/security/network-policies.ts";
import { Tenant } from "../../../components/tenancy/tenant.ts";
import { find } from "./platform-objects.ts";
import { images, mock, objects, program } from "./program.ts";

beforeAll(() => mock());

describe("a sandbox", () => {
  it("is asked of the browsers' pods and, by the engine, of the agents', and admission refuses tenants' others", async () => {
    const all = await program({ sandbox: "kata", workflowEngine: "argo" });
    expect(find(all, "Deployment", "browserless")?.spec.template.spec.runtimeClassName).toBe("kata");
    expect(find(all, "ValidatingAdmissionPolicy", "sandbox.agentic.io")?.spec.validations[0].expression).toContain(
      '"kata"',
    );
    const [defaults] = objects(all, "ConfigMap").filter(({ data }) => data?.workflowDefaults);
    expect(JSON.parse(defaults?.data.workflowDefaults).spec.podSpecPatch).toBe('{"runtimeClassName":"kata"}');
    const builtin = await program({
      sandbox: "kata",
      workflowEngine: "builtin",
      images: { ...images, workflowEngine: "registry.test/engine:1" },
    });
    expect(find(builtin, "Deployment", "workflow-engine")?.spec.template.spec.containers[0].env).toEqual([
      { name: "RUNTIME_CLASS", value: "kata" },
    ]);
  });

  it("is nowhere without the config", async () => {
    const all = await program({});
    expect(find(all, "ValidatingAdmissionPolicy", "sandbox.agentic.io")).toBeUndefined();
    expect(find(all, "Deployment", "browserless")?.spec.template.spec).not.toHaveProperty("runtimeClassName");
  });
});

describe("a component refuses before it registers anything", () => {
  it.each([
    [Minio, { users: [{ bucket: "A", accessKey: "a", secretKey: "s" }] }, "not a valid bucket name"],
    [Postgres, { maxConnections: 1 }, "maxConnections"],
    [PostgresTenants, { tenants: [] }, "tenants: is empty"],
    [Browserless, { concurrency: 0 }, "concurrency"],
    [LiteLlm, { keys: [], model: "x" }, "model and apiKey"],
    [AgentOperator, { image: "i", replicas: 0 }, "replicas"],
    [ArgoWorkflows, { parallelism: 0 }, "parallelism"],
    [Tenant, { tenant: "No Name" }, "not a valid tenant name"],
    [NetworkPolicies, { apiServerCidrs: ["x"] }, "apiServerCidrs"],
  ])("%o with %j", (Component, args, message) => {
    expect(() => new (Component as new (name: string, args: object) => unknown)("bad", args)).toThrow(message);
  });
});
