// The dev stack by the real Pulumi CLI on an embedded node: preview, up, up again, policies, outputs, destroy.
import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConfig } from "../../../embedded/deploy/config/config.ts";
import { readProject } from "../../../embedded/deploy/config/project.ts";
import { record } from "../../../embedded/deploy/recording.ts";
import { scrubbed } from "../../../embedded/deploy/scrub.ts";
import { emptyState } from "../../../embedded/deploy/state.ts";
import { buildImages } from "../../../embedded/images/images.ts";
import { clean, importImages, type RunningNode } from "../../../embedded/node/node.ts";
import { sampleSite } from "../../../examples/site/manifests.ts";
import { apply, freshNode, kubectl } from "../node-fixture.ts";
import { ofExport, ofRecord, recordedObjects, smallProgram } from "./objects.ts";
import { CliStack, whyUnavailable } from "./pulumi.ts";

const directory = dirname(dirname(dirname(import.meta.dirname)));
const unavailable = await whyUnavailable(["kubernetes", "random"]);
const prefixed = (settings: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(settings).map(([key, value]) => [`agentic-platform:${key}`, value]));
const certManager = (await whyUnavailable(["kubernetes-cert-manager"])) === undefined;

describe.skipIf(unavailable)(`the dev stack by the Pulumi CLI${unavailable ? ` (${unavailable})` : ""}`, () => {
  const instance = "test-cli";
  let node: RunningNode;
  let cli: CliStack;
  let settings: Record<string, unknown>;
  /** Image of the agents, which the sample site runs too. */
  let agents: string;

  beforeAll(async () => {
    const images = await buildImages({});
    node = await freshNode(instance);
    await importImages(instance, images.archives);
    agents = images.own.agents;
    settings = {
      cluster: {
        kind: "existing",
        kubeconfig: node.kubeconfig,
        context: node.context,
        apiServerCidrs: [`${node.nodeIp}/32`],
      },
      workflowEngine: images.argo ? "argo" : "builtin",
      eventEngine: images.argoEvents ? "argo" : "builtin",
      images: images.own,
      tenants: [
        { name: "demo" },
        {
          name: "acme",
          external: true,
          owner: "acme",
          allowedSites: [{ namespace: "sample-site", host: "site.sample-site", port: 8080 }],
        },
      ],
      // cert-manager comes by a plugin of its own.
      ...(certManager ? {} : { components: { certificates: { enabled: false } } }),
    };
    cli = new CliStack(directory, "dev", prefixed(settings));
    await cli.init();
  });

  afterAll(async () => {
    cli?.remove();
    await clean(instance);
  });

  const names = async (...args: string[]) => (await kubectl(node, ["get", "-o", "name", ...args])).trim().split("\n");
  const platformNamespaces = async () =>
    (await names("namespaces", "-l", "agentic.io/owner")).filter((name) => name !== "");

  test("is previewed, policies included, and nothing is made", async () => {
    const text = await cli.run("preview", "--json", "--policy-pack", join(directory, "policy"));
    const { changeSummary } = JSON.parse(text) as { changeSummary: Record<string, number> };
    expect(Object.keys(changeSummary)).toEqual(["create"]);
    expect(changeSummary.create).toBeGreaterThan(90);
    expect(await platformNamespaces()).toEqual([]);
  });

  test("comes up, policies included", async () => {
    await cli.run("up", "--yes", "--skip-preview", "--policy-pack", join(directory, "policy"));
    expect(await platformNamespaces()).toContain("namespace/agentic-system");
  });

  test("has outputs for other teams, secrets hidden", async () => {
    const outputs = JSON.parse(await cli.run("stack", "output", "--json")) as Record<string, unknown>;
    expect(outputs.tenants).toMatchObject([{ name: "demo" }, { name: "acme" }]);
    expect(outputs.kubeconfig ?? "[secret]").toBe("[secret]");
  });

  test("shows by npm run env no secret, inside of other outputs neither", async () => {
    const main = join(directory, "stacks/env/main.ts");
    const env = { ...process.env, ...cli.environment };
    const { stdout } = await promisify(execFile)(process.execPath, [main, "outputs", "dev"], { env });
    expect(stdout).toContain('tenantKubeconfigs: {"demo":"[secret]"}');
    for (const key of ["litellmKey", "browserlessToken", "postgresPassword", "secretKey"])
      expect(stdout).toMatch(new RegExp(`tenantGrants: .*"${key}":"\\[secret\\]"`));
  });

  test("is referred to by another team's stack, whose workload is Completed", async () => {
    const settings = { "kettle-prices:platform": "organization/agentic-platform/dev" };
    await apply(node, ...sampleSite({ image: agents }));
    const team = new CliStack(join(directory, "examples/consumer"), "dev", settings, cli);
    try {
      await team.init();
      await team.run("up", "--yes", "--skip-preview");
      expect(JSON.parse(await team.run("stack", "output", "--json"))).toMatchObject({
        namespace: "tenant-acme",
        artifacts: "s3://artifacts-acme/job_kettle-prices",
        kubeconfig: "[secret]",
      });
      await team.run("up", "--yes", "--skip-preview", "--expect-no-changes");
      await team.run("destroy", "--yes", "--skip-preview");
      expect(await names("namespaces")).not.toContain("namespace/tenant-acme");
    } finally {
      team.remove();
      await kubectl(node, ["delete", "namespace", "sample-site"]);
    }
  });

  test("comes up again without a change", async () => {
    await cli.run("up", "--yes", "--skip-preview", "--expect-no-changes");
  });

  test("has the objects that the deployer makes of the same program", async () => {
    const project = readProject(directory);
    const program = {
      directory,
      main: project.main,
      project: project.name,
      stack: "dev",
      config: readConfig({ project, stack: "dev", config: settings }),
    };
    const { scrubber } = scrubbed(program);
    const { registrations } = await record(program, { previous: emptyState(), log: () => {}, scrubber });
    expect(ofRecord(registrations)).toEqual(ofExport(await cli.run("stack", "export")));
  });

  test("makes the recorded objects of a small program, which the deployer is held to where there is no CLI", async () => {
    const small = new CliStack(smallProgram, "agreement", {
      "kubernetes:kubeconfig": node.kubeconfig,
      "kubernetes:context": node.context,
    });
    try {
      await small.init();
      await small.run("up", "--yes", "--skip-preview");
      const objects = ofExport(await small.run("stack", "export"));
      await expect(`${JSON.stringify(objects, null, 2)}\n`).toMatchFileSnapshot(recordedObjects);
      await small.run("destroy", "--yes", "--skip-preview");
    } finally {
      small.remove();
    }
  });

  test("finds what somebody else has changed, and puts it right", async () => {
    await kubectl(node, ["delete", "-n", "tenant-demo", "networkpolicy", "default-deny"]);
    const quota = JSON.stringify({ spec: { hard: { pods: "1" } } });
    await kubectl(node, ["patch", "-n", "tenant-demo", "resourcequota", "quota", "--type=merge", "-p", quota]);
    await expect(cli.run("refresh", "--yes", "--skip-preview", "--expect-no-changes")).rejects.toThrow(/demo-quota/);
    await cli.run("up", "--yes", "--skip-preview");
    await names("-n", "tenant-demo", "networkpolicy/default-deny");
    await cli.run("refresh", "--yes", "--skip-preview", "--expect-no-changes");
  });

  test("is not destroyed while its data are protected", async () => {
    cli.set(prefixed({ dataProtection: "protect" }));
    await cli.run("up", "--yes", "--skip-preview");
    await expect(cli.run("destroy", "--yes", "--skip-preview")).rejects.toThrow(/protected/);
    expect(await names("-n", "shared-services", "statefulsets")).toContain("statefulset.apps/postgres");
    cli.set(prefixed({ dataProtection: "delete" }));
    await cli.run("up", "--yes", "--skip-preview");
  });

  test("is destroyed without a trace", async () => {
    await cli.run("destroy", "--yes", "--skip-preview");
    expect(await platformNamespaces()).toEqual([]);
    const definitions = await names("customresourcedefinitions");
    expect(definitions.filter((name) => /agentic|argoproj|sigstore|cert-manager/.test(name))).toEqual([]);
  });
});
