// The dev stack by the real Pulumi CLI on an embedded node: preview, up, up again, policies, outputs, destroy.
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConfig, readProject } from "../../../embedded/deploy/config.ts";
import { record } from "../../../embedded/deploy/recording.ts";
import { scrubbed } from "../../../embedded/deploy/scrub.ts";
import { none } from "../../../embedded/deploy/state.ts";
import { buildImages } from "../../../embedded/images/images.ts";
import { clean, importImages, type RunningNode } from "../../../embedded/node/node.ts";
import { freshNode, kubectl } from "../node-fixture.ts";
import { ofExport, ofRecord, recordedObjects, smallProgram } from "./objects.ts";
import { CliStack, missing } from "./pulumi.ts";

const directory = dirname(dirname(dirname(import.meta.dirname)));
const why = await missing(["kubernetes", "random"]);
const certManager = (await missing(["kubernetes-cert-manager"])) === undefined;

describe.skipIf(why)(`the dev stack by the Pulumi CLI${why ? ` (${why})` : ""}`, () => {
  const instance = "test-cli";
  let node: RunningNode;
  let cli: CliStack;
  let settings: Record<string, unknown>;

  beforeAll(async () => {
    const images = await buildImages({});
    node = await freshNode(instance);
    await importImages(instance, images.archives);
    settings = {
      cluster: {
        kind: "existing",
        kubeconfig: node.kubeconfig,
        context: node.context,
        apiServerCidrs: [`${node.nodeIp}/32`],
      },
      workflowEngine: images.argo ? "argo" : "builtin",
      eventEngine: images.argoEvents ? "argo" : "builtin",
      images: images.ours,
      // cert-manager comes by a plugin of its own.
      ...(certManager ? {} : { components: { certificates: { enabled: false } } }),
    };
    const prefixed = Object.entries(settings).map(([key, value]) => [`agentic-platform:${key}`, value]);
    cli = new CliStack(directory, "dev", Object.fromEntries(prefixed));
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
    expect(outputs.tenants).toMatchObject([{ name: "demo" }]);
    expect(outputs.kubeconfig ?? "[secret]").toBe("[secret]");
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
      config: readConfig(directory, project, "dev", settings),
    };
    const { scrubber } = scrubbed(program);
    const { registrations } = await record(program, { kept: none(), log: () => {}, scrubber });
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

  test("is destroyed without a trace", async () => {
    await cli.run("destroy", "--yes", "--skip-preview");
    expect(await platformNamespaces()).toEqual([]);
    const definitions = await names("customresourcedefinitions");
    expect(definitions.filter((name) => /agentic|argoproj|sigstore|cert-manager/.test(name))).toEqual([]);
  });
});
