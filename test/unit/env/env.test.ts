// The command that brings a stack up by the Pulumi CLI: its arguments, and what it runs.
import { execFile } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConfigMap } from "@pulumi/pulumi/automation/index.js";
import { describe, expect, it } from "vitest";
import { requestOf } from "../../../stacks/env/arguments.ts";
import { failure, outputLines } from "../../../stacks/env/outputs.ts";
import { rotatingStack } from "../../../stacks/env/rotating-stack.ts";

const folder = mkdtempSync(join(tmpdir(), "stacks-"));
for (const stack of ["dev", "gke"]) writeFileSync(join(folder, `Pulumi.${stack}.yaml`), "config: {}");

describe("the command line of npm run env", () => {
  it("is an action and a stack", () => {
    expect(requestOf(["up", "dev"], folder)).toMatchObject({ action: "up", stack: "dev", yes: false, policies: true });
    expect(requestOf(["rotate", "dev", "events", "minio"], folder)).toMatchObject({
      names: ["minio", "events"],
      finish: false,
    });
    expect(requestOf(["rotate", "dev", "--finish"], folder)).toMatchObject({ finish: true });
    expect(requestOf(["destroy", "--yes", "gke"], folder)).toMatchObject({ action: "destroy", yes: true });
    expect(requestOf(["up", "acme/agentic-platform/dev", "--no-policies"], folder)).toMatchObject({
      stack: "acme/agentic-platform/dev",
      policies: false,
    });
  });

  it.each<[string[], RegExp]>([
    [[], /which action\?/],
    [["apply", "dev"], /'apply' is not an action/],
    [["up"], /up which stack\? There are dev, gke/],
    [["up", "prod"], /there is no Pulumi\.prod\.yaml: the stacks are dev, gke/],
    [["up", "../x y"], /there is no Pulumi/],
    [["up", "dev", "gke"], /one stack at a time, got dev, gke/],
    [["up", "dev", "--force"], /--force/],
    [["up", "dev", "--finish"], /--finish is for rotate/],
    [["rotate", "dev", "redis"], /'redis' is not rotated: choose of postgres/],
  ])("is refused as %j, with how it is used", (args, message) => {
    expect(() => requestOf(args, folder)).toThrow(message);
    expect(() => requestOf(args, folder)).toThrow(/npm run env -- </);
  });
});

it("shows outputs as the CLI has them, which hides secrets inside of others too", () => {
  const json = JSON.stringify({ url: "https://a", namespaces: ["a", "b"], tenantKubeconfigs: { demo: "[secret]" } });
  expect(outputLines(json)).toEqual([
    "url: https://a",
    'namespaces: ["a","b"]',
    'tenantKubeconfigs: {"demo":"[secret]"}',
  ]);
});

/** Runs the command itself, with a PATH that has nothing. */
function run(...args: string[]): Promise<{ code: number; text: string }> {
  const main = join(import.meta.dirname, "../../../stacks/env/main.ts");
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [main, ...args], { env: { PATH: "/nowhere" } }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), text: stdout + stderr }),
    );
    child.stdin?.end();
  });
}

describe("the command without a Pulumi CLI", () => {
  it("says what to install", async () => {
    const { code, text } = await run("up", "dev");
    expect(code).toBe(1);
    expect(text).toMatch(/^there is no pulumi on PATH: install the Pulumi CLI \(https:.*\n$/);
  });

  it("destroys nothing where nobody can be asked", async () => {
    const { code, text } = await run("destroy", "dev");
    expect(code).toBe(1);
    expect(text).toContain("say --yes where nobody can be asked");
  });
});

it("says of a failed command of the CLI only its errors, once", () => {
  const cliError = "error: no stack named 'prod' found";
  const message = [
    "code: -2",
    " stdout: ",
    ` stderr: Command failed with exit code 255: pulumi stack select --stack prod --non-interactive\n${cliError}`,
    ` err?: Error: Command failed with exit code 255: pulumi stack select --stack prod --non-interactive\n${cliError}\n`,
  ].join("\n");
  expect(failure(new Error(message))).toBe(cliError);
  expect(failure(new Error("nothing was destroyed"))).toBe("nothing was destroyed");
});

describe("a stack of the CLI", () => {
  const stackOf = (config: Record<string, { value: string }>, outputs = {}) => {
    const set: [ConfigMap, boolean | undefined][] = [];
    const stack = {
      name: "dev",
      workspace: { projectSettings: async () => ({ name: "p" }) as never },
      getAllConfig: async () => config,
      setAllConfig: async (values: ConfigMap, path?: boolean) => void set.push([values, path]),
      outputs: async () => outputs,
    };
    return { set, rotating: rotatingStack(stack, async () => void set.push([{}, undefined])) };
  };

  it("has its generations in its config, by paths, and is brought up with them", async () => {
    const { set, rotating } = stackOf({ "p:rotation": { value: '{"minio":{"generation":3}}' } });
    const current = await rotating.read();
    expect(current.minio).toEqual({ generation: 3, keepPrevious: false });
    await rotating.bringUp({ ...current, minio: { generation: 4, keepPrevious: true } });
    expect(set.map(([, path]) => path)).toEqual([true, undefined]);
    expect(set[0]?.[0]).toMatchObject({
      "p:rotation.minio.generation": { value: "4" },
      "p:rotation.minio.keepPrevious": { value: "true" },
      "p:rotation.events.generation": { value: "1" },
    });
  });

  it("starts with the first generation of each, and needs the kubeconfig that it hands out", async () => {
    const { rotating } = stackOf({});
    expect((await rotating.read()).events).toEqual({ generation: 1, keepPrevious: false });
    await expect(rotating.client()).rejects.toThrow("the stack has no output kubeconfig: bring it up first (up)");
  });
});
