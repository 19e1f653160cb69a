// Brings one instance of the whole platform up for the tests of this folder, as `make up` does, and takes it away after.
import type { TestProject } from "vitest/node";

/** What the tests are told of the platform. */
export interface ProvidedPlatform {
  kubeconfig: string;
  /** Folder with kubectl. */
  bin: string;
  /** URL of the API server. */
  server: string;
  /** Our own images as the node has them. */
  images: { operator: string; agents: string; workflowEngine: string };
  /** The agents' image by the name under which it was signed: what tenants' namespaces run. */
  signedAgents: string;
}

declare module "vitest" {
  export interface ProvidedContext {
    platform: ProvidedPlatform;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  process.env.INSTANCE = "e2e";
  // The instance's name is read as the modules load.
  const { wipe } = await import("../../../embedded/cli/instance.ts");
  const { platformSteps } = await import("../../../embedded/cli/up.ts");
  const { runSteps } = await import("../../../embedded/cli/tasks.ts");
  const { settingsOf } = await import("../../../embedded/cli/program.ts");
  const { sampleSite } = await import("../../../examples/site/manifests.ts");
  const { apply, kubectl } = await import("../../../embedded/cli/cluster.ts");
  const platform: Partial<import("../../../embedded/cli/up.ts").Platform> = {};
  try {
    await runSteps(platformSteps(platform));
    const { kubeconfig = "", bin = "", server = "", prepared } = platform;
    if (!prepared) throw new Error("the platform's steps ended without their results");
    const images = prepared.images.own;
    await apply({ kubeconfig, bin }, sampleSite({ image: images.agents }));
    await kubectl({ kubeconfig, bin }, ["rollout", "status", "-n", "sample-site", "deployment", "--timeout=120s"]);
    const { agents } = settingsOf(prepared.images).images as typeof images;
    project.provide("platform", { kubeconfig, bin, server, images, signedAgents: agents });
  } catch (error) {
    await wipe();
    throw error;
  }
  return wipe;
}
