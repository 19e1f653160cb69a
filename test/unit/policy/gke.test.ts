// The platform on GKE holds to every rule, in both modes of the cluster and with everything that can be switched on.
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { ownRepositories } from "../../../components/images.ts";
import { rules } from "../../../policy/rules/index.ts";
import { type Resource, violations } from "../../../policy/testing/table.ts";
import { parseConfig } from "../../../stacks/config/config.ts";
import { createGke } from "../../../stacks/gke/compose.ts";
import { outputsOf } from "../../../stacks/outputs.ts";
import { createPlatform } from "../../../stacks/platform.ts";
import { everything, minimal } from "../gke/configs.ts";
import { mock, registeredBy } from "../gke/mocks.ts";

beforeAll(mock);
vi.setConfig({ testTimeout: 30_000 });

const images = Object.fromEntries(
  Object.entries(ownRepositories).map(([name, repository]) => [name, `${repository}:1.0.0`]),
);

async function resourcesOf(gke: object): Promise<Resource[]> {
  const config = parseConfig("agentic-platform", { images, cluster: { kind: "gke" }, profile: "ha", gke }, false);
  const registered = await registeredBy(() => {
    const { provider, external } = createGke(config);
    pulumi.output(outputsOf(config, createPlatform(config, { provider, external })));
  });
  return registered.map(({ type, name, inputs }) => ({ type, name, props: inputs }));
}

describe("the program on GKE violates nothing", () => {
  test("with Autopilot", async () => {
    const resources = await resourcesOf({ ...minimal, mode: "autopilot" });
    expect(resources.filter(({ type }) => type.startsWith("gcp:")).length).toBeGreaterThan(50);
    expect(violations(rules, resources)).toEqual([]);
  });

  test("with node pools of its own, and everything else", async () => {
    const resources = await resourcesOf({ ...everything, mode: "standard" });
    expect(resources.filter(({ type }) => type === "gcp:container/nodePool:NodePool").length).toBeGreaterThanOrEqual(2);
    expect(violations(rules, resources)).toEqual([]);
  });
});
