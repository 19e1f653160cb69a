// What the command behind `make` refuses, and says where nothing runs.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

const main = join(import.meta.dirname, "../../../embedded/cli/main.ts");

function make(...args: string[]) {
  const env = { ...process.env, INSTANCE: "never-made", STACK: "" };
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { env, encoding: "utf8" });
  return { status, stdout, stderr };
}

/** Writes at the end which modules of Pulumi's SDK were loaded, but for the messages that a deployer exchanges with programs. */
const listSdk = `data:text/javascript,${encodeURIComponent(`
  import { createRequire } from "node:module";
  const { cache } = createRequire("file:///");
  const isOfSdk = (path) => path.includes("/@pulumi/") && !path.includes("/@pulumi/pulumi/proto/");
  process.on("exit", () => console.log("modules: " + Object.keys(cache).length + ", SDK: " + Object.keys(cache).filter(isOfSdk)));
`)}`;

it.each([
  ["status", ""],
  // It refuses the file before it starts anything.
  ["up", "no-such-file.yaml"],
])("%s loads nothing of Pulumi's SDK, which only programs need", (name, WORKLOAD) => {
  const env = { ...process.env, INSTANCE: "never-made", STACK: "", WORKLOAD };
  const { stdout } = spawnSync(process.execPath, ["--import", listSdk, main, name], { env, encoding: "utf8" });
  expect(stdout).toMatch(/^modules: [1-9]\d*, SDK: $/m);
});

it("a command that there isn't is refused, with those that there are", () => {
  const { status, stderr } = make("start");
  expect(status).toBe(2);
  expect(stderr).toMatch(/^'start' is not a command: use one of setup, up, down, status, /);
});

it("an argument is refused where a command takes none", () => {
  expect(make("down", "now")).toMatchObject({
    status: 2,
    stderr: "down takes no arguments, and was given 'now': 'make help' lists its settings\n",
  });
});

it("the state of an instance that isn't there is that, and how to start it", () => {
  const { status, stdout } = make("status");
  expect(status).toBe(1);
  expect(stdout).toMatch(/^node {6}.+\n {10}make up starts it\n$/);
});

it("what needs a running instance says so, without a stack trace", () => {
  const { status, stderr } = make("env");
  expect(status).toBe(1);
  expect(stderr).toMatch(/never-made.*make up/);
  expect(stderr).not.toContain("    at ");
});
