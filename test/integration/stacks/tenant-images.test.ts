// The list of images that tenants may run, as the program writes it and as a real API server reads it.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type KubeObject, mock, objects, program } from "../../unit/components/program.ts";
import type { ApiServer } from "../apiserver.ts";
import { borrowApiServer } from "../borrowed-apiserver.ts";

const agents = "registry.test/agents:1";
let server: ApiServer;

/** Runs kubectl with objects on its standard input; returns what it prints, errors included. */
function kubectl(args: string[], ...input: object[]): Promise<string> {
  return new Promise((resolve) => {
    const child = execFile(
      join(server.bin, "kubectl"),
      ["--kubeconfig", server.kubeconfig, ...args],
      (_error, stdout, stderr) => resolve(stdout + stderr),
    );
    child.stdin?.end(input.map((object) => JSON.stringify(object)).join("\n"));
  });
}

function pod(namespace: string, name: string, spec: { image: string; init?: string }): KubeObject {
  const container = (image: string) => ({ name: "main", image });
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace, name },
    spec: {
      containers: [container(spec.image)],
      ...(spec.init ? { initContainers: [{ ...container(spec.init), name: "init" }] } : {}),
      automountServiceAccountToken: false,
    },
  };
}

const create = (object: KubeObject) => kubectl(["create", "-f", "-"], object);

beforeAll(async () => {
  server = await borrowApiServer({ controllerManager: true });
  mock();
  const all = await program({ tenantImages: [agents] });
  const policies = ["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"].flatMap((kind) =>
    objects(all, kind).filter(({ metadata }) => metadata?.name === "images.agentic.io"),
  );
  expect(policies).toHaveLength(2);
  const namespace = (name: string, labels = {}) => ({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels },
  });
  await kubectl(
    ["apply", "-f", "-"],
    ...policies,
    namespace("tenant-a", { "agentic.io/tenant": "a" }),
    namespace("elsewhere"),
  );
  // A policy takes effect a moment after it is there.
  for (let tries = 0; tries < 100; tries++) {
    const answer = await kubectl(["create", "--dry-run=server", "-f", "-"], pod("tenant-a", "x", { image: "no:1" }));
    if (answer.includes("may not run")) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("the policy never took effect");
});
afterAll(() => server?.stop());

describe("a tenant's pod", () => {
  it("runs with an image of the list", async () => {
    expect(await create(pod("tenant-a", "listed", { image: agents }))).toContain("created");
  });

  it("is refused with any other image, which the message names beside those that are allowed", async () => {
    expect(await create(pod("tenant-a", "other", { image: "registry.test/agents:2" }))).toContain(
      `spec.containers: registry.test/agents:2 may not run in a tenant's namespace: allowed are ${agents}`,
    );
  });

  it("is refused with another image in an init container", async () => {
    expect(await create(pod("tenant-a", "init", { image: agents, init: "busybox" }))).toContain(
      "spec.initContainers: busybox may not run",
    );
  });

  it("gets no ephemeral container of another image", async () => {
    await create(pod("tenant-a", "debugged", { image: agents }));
    const patch = { spec: { ephemeralContainers: [{ name: "debug", image: "busybox" }] } };
    const answer = await kubectl([
      "patch",
      "pod",
      "debugged",
      "-n",
      "tenant-a",
      "--subresource=ephemeralcontainers",
      "-p",
      JSON.stringify(patch),
    ]);
    expect(answer).toContain("spec.ephemeralContainers: busybox may not run");
  });

  it("is nobody else's: other namespaces run what they like", async () => {
    expect(await create(pod("elsewhere", "any", { image: "busybox" }))).toContain("created");
  });
});
