import { execFile } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { requestOf } from "../../../stacks/env/arguments.ts";
import { failure, outputLines } from "../../../stacks/env/outputs.ts";

const folder = mkdtempSync(join(tmpdir(), "stacks-"));
for (const stack of ["dev", "gke"]) writeFileSync(join(folder, `Pulumi.${stack}.yaml`), "config: {}");

describe("the command line of npm run env", () => {
  it("is an action and a stack", () => {
    expect(requestOf(["up", "dev"], folder)).toEqual({ action: "up", stack: "dev", yes: false, policies: true });
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
  ])("is refused as %j, with how it is used", (args, words) => {
    expect(() => requestOf(args, folder)).toThrow(words);
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
  const said = "error: no stack named 'prod' found";
  const message = [
    "code: -2",
    " stdout: ",
    ` stderr: Command failed with exit code 255: pulumi stack select --stack prod --non-interactive\n${said}`,
    ` err?: Error: Command failed with exit code 255: pulumi stack select --stack prod --non-interactive\n${said}\n`,
  ].join("\n");
  expect(failure(new Error(message))).toBe(said);
  expect(failure(new Error("nothing was destroyed"))).toBe("nothing was destroyed");
});
