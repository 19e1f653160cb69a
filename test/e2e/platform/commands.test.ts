// The commands of `make` that ask a platform which is up, each run as `make` runs it.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import "../../child-coverage.ts";
import { platform } from "./platform.ts";

const root = join(import.meta.dirname, "../../..");

async function make(name: string): Promise<string> {
  const env = { ...process.env, INSTANCE: "e2e", STACK: "" };
  const args = [join(root, "embedded/cli/main.ts"), name];
  return (await promisify(execFile)(process.execPath, args, { cwd: root, env })).stdout;
}

it("status tells of the node, the pods and the workloads", async () => {
  expect(await make("status")).toMatch(/^node {6}.*\npods {6}(\d+) of \d+ ready\n[\s\S]*workloads\n/);
});

it("env prints what a shell needs to talk to the cluster, and nothing else", async () => {
  const lines = (await make("env")).trim().split("\n");
  expect(lines).toContain(`export KUBECONFIG='${platform.kubeconfig}'`);
  expect(lines).toContain(`export PATH='${platform.bin}':"$PATH"`);
  expect(lines.filter((line) => !line.startsWith("export "))).toEqual([]);
});

it("preview finds nothing to make, replace or delete", async () => {
  expect(await make("preview")).toMatch(/^0 created, \d+ updated, 0 replaced, 0 deleted, \d+ unchanged$/m);
});

it("render writes every object, and says how to apply them", async () => {
  expect(await make("render")).toMatch(/^\d{3} objects in out\/render\n[\s\S]*kubectl apply/m);
});
