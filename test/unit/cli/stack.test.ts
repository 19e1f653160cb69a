// A mistyped STACK fails in every command of make, before anything else happens.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../../..");
/** Targets of the Makefile that run the one command. */
const commands = [...readFileSync(join(root, "Makefile"), "utf8").matchAll(/^\t@\$\(CLI\) (\w+)$/gm)].map(
  ([, name = ""]) => name,
);

test("make has the commands", () => {
  expect(commands).toEqual([
    "up",
    "down",
    "status",
    "rotate",
    "env",
    "render",
    "preview",
    "console",
    "dashboards",
    "policy",
    "clean",
  ]);
});

test.each(commands)("%s names the stacks that there are", (name) => {
  const env = { ...process.env, STACK: "nosuch", INSTANCE: "mistyped" };
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "embedded/cli/main.ts"), name], {
    env,
    encoding: "utf8",
  });
  expect(stderr).toContain("there is no stack 'nosuch': the stacks are dev, embedded, gke");
  expect([status, stdout]).toEqual([1, ""]);
});

test("npm run policy names them, too, where its own option is mistyped", () => {
  const args = [join(root, "embedded/cli/main.ts"), "policy", "--stack", "nosuch"];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect(stderr).toContain("there is no stack 'nosuch': the stacks are dev, embedded, gke");
  expect([status, stdout]).toEqual([1, ""]);
});
