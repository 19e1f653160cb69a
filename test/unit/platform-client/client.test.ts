// A team's stack by the client: what it reads, what it makes, and what is refused before anything is made.
import { outputErrors } from "@agentic/api/outputs.ts";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import { agentWorkflow } from "../../../workflows/index.ts";
import { type KubeObject, objects, type Registered } from "../components/program.ts";
import { platformOutputs, stackWith } from "./stacks.ts";

type Client = typeof import("../../../platform-client/index.ts");
let client: Client;
let registered: () => Promise<Registered[]>;
let outputs: Record<string, unknown>;

beforeAll(async () => {
  outputs = await platformOutputs([
    { name: "demo" },
    { name: "acme", external: true, allowedSites: [{ namespace: "shop", host: "shop.shop", port: 80 }] },
  ]);
  registered = stackWith({
    "acme/agentic-platform/dev": outputs,
    older: { ...outputs, contractVersion: "1.0" },
    newer: { ...outputs, contractVersion: "2.3" },
    later: { ...outputs, contractVersion: "1.9", more: true },
    broken: { ...outputs, tenants: "none" },
    other: { url: "https://example.com" },
    clusterless: { ...outputs, kubeconfig: "" },
  });
  client = await import("../../../platform-client/index.ts");
});

const connect = (stack = "acme/agentic-platform/dev") => client.PlatformReference.connect(stack);
const spec = { objective: "Compare", targetUrls: ["http://shop.shop/"] };

const workflow = agentWorkflow({
  name: "own",
  title: "Own",
  description: "Reads pages",
  owner: "acme",
  runbook: "runbook.md",
  tasks: [{ step: "scrape" }, { step: "dom", after: ["scrape"] }],
});

describe("a reference to the platform", () => {
  it("has the outputs with their values", async () => {
    const platform = await connect();
    expect(platform.outputs.contractVersion).toBe(client.CONTRACT_VERSION);
    expect(platform.tenant("demo").namespace).toBe("tenant-demo");
    expect(platform.template("visual-analysis-template").steps).toContain("scrape");
    expect(Object.keys(platform.outputs)).not.toContain("kubeconfig");
  });

  it("hands secrets out as secrets", async () => {
    const platform = await connect();
    for (const secret of [platform.kubeconfig, platform.tenantKubeconfig("demo")])
      expect(await pulumi.isSecret(secret)).toBe(true);
    expect(JSON.stringify(platform)).not.toContain("admin-token");
  });

  it("takes a later minor version", async () => {
    expect((await connect("later")).outputs.contractVersion).toBe("1.9");
  });

  it.each([
    ["older", "upgrade the platform's stack"],
    ["newer", "update @agentic/platform-client"],
    ["other", "no output contractVersion"],
    ["broken", "tenants: must be array"],
  ])("refuses the stack '%s' and says what to do", async (stack, message) => {
    await expect(connect(stack)).rejects.toThrow(message);
    await expect(connect(stack)).rejects.toBeInstanceOf(client.ContractError);
  });

  it("gives one team's part of the outputs, which are outputs again", async () => {
    const part = (await connect()).outputsFor("acme");
    expect(await pulumi.isSecret(part.tenantGrants)).toBe(true);
    const plain = await new Promise<Record<string, unknown>>((resolve) => pulumi.output(part).apply(resolve as never));
    expect(outputErrors(plain)).toEqual([]);
    expect(plain).toMatchObject({ kubeconfig: "", tenantKubeconfigs: {}, tenantGrants: outputs.tenantGrants });
  });

  it("names what there is where a name is wrong", async () => {
    const platform = await connect();
    expect(() => platform.tenant("shop")).toThrow("it has demo, acme");
    expect(() => platform.template("none")).toThrow("it has visual-analysis-template");
    expect(() => platform.tenantKubeconfig("acme")).toThrow("is made by its own stack");
    expect(() => platform.tenantKubeconfig("shop")).toThrow("it has demo");
  });

  it("makes one provider for each set of rights", async () => {
    const platform = await connect();
    expect(platform.provider()).toBe(platform.provider());
    expect(platform.provider("demo")).not.toBe(platform.provider());
    const clusterless = await connect("clusterless");
    expect(() => clusterless.provider()).toThrow("give your resources a provider of your own");
  });
});

/** Objects without what differs by who makes them: the order of registration and the resources' own names. */
function shape(all: readonly KubeObject[], namespace: string): string[] {
  return all
    .filter(({ metadata }) => metadata?.namespace === namespace || metadata?.name === namespace)
    .map(({ kind, metadata }) => `${kind} ${metadata?.name}`)
    .sort();
}

describe("a tenant of a team's own", () => {
  it("has what a tenant of the platform's has, and its own templates", async () => {
    const platform = await connect();
    const before = (await registered()).length;
    const tenant = new client.Tenant("acme", { platform, tenant: "acme", templates: [workflow] });
    const added = (await registered()).slice(before);
    const platforms = (await platformOutputs.registered()) as Registered[];
    expect(shape(objects(added), "tenant-acme")).toEqual(
      [
        ...shape(objects(platforms), "tenant-demo").map((line) => line.replace("tenant-demo", "tenant-acme")),
        "WorkflowTemplate own",
      ].sort(),
    );
    expect(tenant.bucket).toBe("artifacts-acme");
    expect(await pulumi.isSecret(tenant.kubeconfig)).toBe(true);
  });

  it("gets the credentials that the shared services know, as secrets", async () => {
    const secrets = objects(await registered(), "Secret").filter(
      ({ metadata }) => metadata?.namespace === "tenant-acme",
    );
    const store = secrets.find(({ metadata }) => metadata?.name === "object-store");
    expect(store?.stringData).toEqual({
      "access-key": "tenant-acme",
      "secret-key": "random-value-of-acme-object-store",
    });
    const platform = await connect();
    const { litellmKey, objectStore } = platform.grant("acme");
    expect(await pulumi.isSecret(pulumi.output(litellmKey))).toBe(true);
    expect(await pulumi.isSecret(pulumi.output(objectStore?.secretKey))).toBe(true);
  });

  it("reaches just what the platform's config allows", async () => {
    const agents = objects(await registered(), "NetworkPolicy").find(
      ({ metadata }) => metadata?.namespace === "tenant-acme" && metadata.name === "agents",
    );
    const namespaces = agents?.spec.egress.map(
      ({ to }: { to: { namespaceSelector: { matchLabels: Record<string, string> } }[] }) =>
        to[0]?.namespaceSelector.matchLabels["kubernetes.io/metadata.name"],
    );
    expect(new Set(namespaces)).toEqual(new Set(["shared-services", "shop"]));
  });

  it("is refused where the platform makes it, doesn't know it, or has a template of the same name", async () => {
    const platform = await connect();
    const tenant = (name: string, templates = [workflow]) =>
      new client.Tenant(name, { platform, tenant: name, templates });
    expect(() => tenant("demo")).toThrow("is made by the platform");
    expect(() => tenant("shop")).toThrow("external: true");
    const clash = { ...workflow, metadata: { ...workflow.metadata, name: "visual-analysis-template" } };
    expect(() => tenant("acme", [clash])).toThrow("give yours another");
  });
});

describe("a workload", () => {
  const addWorkload = async (args: Record<string, unknown>) => {
    const platform = await connect();
    const before = (await registered()).length;
    const workload = new client.AgentWorkload("w", { platform, tenant: "demo", name: "w", spec, ...args });
    return { workload, added: objects((await registered()).slice(before), "AgentWorkload") };
  };

  it("is an AgentWorkload of the tenant's namespace with the template's name", async () => {
    const { workload, added } = await addWorkload({ spec: { ...spec, parameters: { model: "offline" } } });
    expect(added[0]).toMatchObject({
      apiVersion: "agentic.io/v1alpha1",
      metadata: { name: "w", namespace: "tenant-demo", annotations: {} },
      spec: { ...spec, orchestration: { workflowTemplateRef: { name: "visual-analysis-template" } } },
    });
    const artifacts = await new Promise((resolve) => workload.artifacts.apply(resolve));
    expect(artifacts).toBe("s3://artifacts/job_w");
  });

  it("is waited for if `wait` is set", async () => {
    const { added } = await addWorkload({
      wait: true,
      spec: { ...spec, artifacts: { bucket: "other", prefix: "a/b" } },
    });
    expect(added[0]?.metadata).toMatchObject({
      annotations: { "pulumi.com/waitFor": "jsonpath={.status.phase}=Completed" },
    });
  });

  it.each([
    [{ spec: { ...spec, targetUrls: [] } }, "spec.targetUrls: must not have fewer than 1 items"],
    [{ spec: { ...spec, targetUrls: ["ftp://x"] } }, "spec.targetUrls[0]: must match pattern"],
    [{ spec: { ...spec, target: 1 } }, "spec.target: there is no such field"],
    [{ spec: { ...spec, approval: { modus: "auto" } } }, "spec.approval.modus: there is no such field"],
    [{ spec: { ...spec, objective: "{{x}}" } }, "spec.objective: must not contain '{{'"],
    [{ spec: { ...spec, jobId: "a b" } }, "spec.jobId: 'a b' must be"],
    [{ spec: { ...spec, orchestration: {} } }, "spec.orchestration: is set by the component's template"],
    [{ spec: { ...spec, parameters: { depth: 1 } } }, "spec.parameters.depth: template visual-analysis-template"],
    [{ spec: { ...spec, resources: { limits: { cpu: "2" } } } }, "spec.resources.limits.cpu: template visual"],
    [{ name: "No Name" }, "name: 'No Name' must be 1 to 63"],
    [{ template: "none" }, "has no template 'none'"],
    [{ tenant: "none" }, "has no tenant 'none'"],
  ])("%j is refused before anything is made: %s", async (args, message) => {
    const before = (await registered()).length;
    await expect(addWorkload(args)).rejects.toThrow(message);
    expect(objects((await registered()).slice(before), "AgentWorkload")).toEqual([]);
  });

  it("names every error at once", async () => {
    await expect(addWorkload({ name: "A", spec: { targetUrls: [], x: 1 } })).rejects.toThrow(/has [4-9] errors:\n/);
  });

  it("runs a template of its tenant's own, and only one that the tenant has", async () => {
    const platform = await connect();
    const tenant = new client.Tenant("acme2", { platform, tenant: "acme", templates: [workflow] });
    new client.AgentWorkload("by-name", { platform, tenant, name: "by-name", spec, template: "own" });
    new client.AgentWorkload("by-value", { platform, tenant, name: "by-value", spec, template: workflow });
    const workloads = objects(await registered(), "AgentWorkload").filter(
      ({ metadata }) => metadata?.namespace === "tenant-acme",
    );
    expect(workloads.map((object) => object.spec.orchestration.workflowTemplateRef.name)).toEqual(["own", "own"]);
    const foreignTemplate = { ...workflow, metadata: { ...workflow.metadata, name: "stranger" } };
    expect(
      () => new client.AgentWorkload("s", { platform, tenant, name: "s", spec, template: foreignTemplate }),
    ).toThrow("give it to the Tenant too");
  });

  it("is checked once all its parts are known", async () => {
    const { added } = await addWorkload({ spec: { ...spec, objective: pulumi.output("Find out") } });
    expect(added[0]?.spec.objective).toBe("Find out");
  });
});

describe("a schedule", () => {
  const addSchedule = async (args: Record<string, unknown>) => {
    const platform = await connect();
    const before = (await registered()).length;
    const fields = { platform, tenant: "demo", name: "s", schedule: { cron: "@daily" }, spec, ...args };
    new client.AgentSchedule("s", fields as never);
    return objects((await registered()).slice(before), "AgentSchedule");
  };

  it("is an AgentSchedule whose workloads run the template, in the name that it is given", async () => {
    const [added] = await addSchedule({ labels: { team: "x" }, submittedBy: "sam@acme.example" });
    expect(added).toMatchObject({
      metadata: {
        name: "s",
        namespace: "tenant-demo",
        annotations: { "agentic.io/submitted-by": "sam@acme.example" },
      },
      spec: {
        schedule: { cron: "@daily" },
        workload: {
          metadata: { labels: { team: "x" } },
          spec: { ...spec, orchestration: { workflowTemplateRef: { name: "visual-analysis-template" } } },
        },
      },
    });
  });

  it.each([
    [{ schedule: { cron: "0 24 * * *" } }, "spec.schedule.cron: hour: '24' must be 0–23"],
    [{ schedule: { cron: "0 0 30 2 *" } }, "spec.schedule.cron: '0 0 30 2 *' never comes"],
    [{ schedule: { cron: "@every 1h" } }, "spec.schedule.cron: '@every 1h' has no times of its own"],
    [{ schedule: { cron: "TZ=UTC @daily" } }, "spec.schedule.cron: must not name a time zone"],
    [{ schedule: { cron: "@daily", timeZone: "Mars/Olympus" } }, "spec.schedule.timeZone: 'Mars/Olympus' is unknown"],
    [{ schedule: { cron: "@daily", concurrencyPolicy: "Queue" } }, "spec.schedule.concurrencyPolicy: must be"],
    [{ schedule: { cron: "@daily", timezone: "UTC" } }, "spec.schedule.timezone: there is no such field"],
    [{ schedule: {} }, "spec.schedule: must have required properties cron"],
    [{ spec: { ...spec, targetUrls: [] } }, "spec.workload.spec.targetUrls: must not have fewer than 1 items"],
    [{ spec: { ...spec, jobId: "j".repeat(50) } }, "spec.workload.spec.jobId"],
    [{ name: "n".repeat(50) }, "must be 1 to 49 of a-z"],
  ])("%j is refused before anything is made: %s", async (args, message) => {
    await expect(addSchedule(args)).rejects.toThrow(message);
  });
});
