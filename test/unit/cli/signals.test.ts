// What is left of a command that is asked to end: nothing that it has started.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { descendants } from "../../../embedded/cli/signals.ts";
import { identify, isAlive, type ProcessId } from "../../../embedded/node/host.ts";

const root = join(import.meta.dirname, "../../..");

/** Runs a script that ends as a command does, and has started `sleep` by a shell; gives its process and that of `sleep`. */
async function command(more = "") {
  const script = `
    import { spawn } from "node:child_process";
    import { endWithDescendants } from ${JSON.stringify(join(root, "embedded/cli/signals.ts"))};
    endWithDescendants();
    ${more}
    const child = spawn("sh", ["-c", "sleep 60 & echo $!; wait"], { stdio: ["ignore", "pipe", "inherit"] });
    child.stdout.on("data", (text) => console.log(String(text)));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const line = await new Promise<string>((resolve) => child.stdout.once("data", (text) => resolve(String(text))));
  const exit = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  return { child, sleeper: identify(Number(line)) as ProcessId, exit };
}

describe("a command", () => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("that gets %s alone ends with all that it has started", async (signal, code) => {
    const { child, sleeper, exit } = await command();
    expect(isAlive(sleeper)).toBe(true);
    child.kill(signal);
    expect(await exit).toBe(code);
    await expect.poll(() => isAlive(sleeper)).toBe(false);
  });

  test("on a terminal ends by Ctrl-C in the middle of a stage, and gives the cursor back", async () => {
    const script = `
      import { endWithDescendants } from ${JSON.stringify(join(root, "embedded/cli/signals.ts"))};
      import { runSteps } from ${JSON.stringify(join(root, "embedded/cli/tasks.ts"))};
      endWithDescendants();
      await runSteps([{ title: "Endless", run: () => new Promise((end) => setTimeout(end, 60_000)) }]);`;
    const file = join(mkdtempSync(join(tmpdir(), "terminal-")), "script.mjs");
    writeFileSync(file, script);
    const args = ["--quiet", "--return", "--command", `'${process.execPath}' '${file}'`, "/dev/null"];
    const terminal = spawn("script", args, { stdio: ["pipe", "pipe", "inherit"] });
    let output = "";
    terminal.stdout.on("data", (text) => {
      output += text;
    });
    const exit = new Promise<number | null>((resolve) => terminal.once("close", resolve));
    await expect.poll(() => output, { timeout: 20_000 }).toContain("\u001b[?25l");
    terminal.stdin.write("\u0003");
    expect(await exit).toBe(130);
    expect(output.lastIndexOf("\u001b[?25h")).toBeGreaterThan(output.lastIndexOf("\u001b[?25l"));
    rmSync(dirname(file), { recursive: true });
  });

  test("leaves the first signal to a deployment that ends what it has begun, and hears the second", async () => {
    const { child, sleeper, exit } = await command(`
      import { onInterrupt } from ${JSON.stringify(join(root, "embedded/deploy/interrupt.ts"))};
      onInterrupt((message) => console.log(message));`);
    const firstOutput = new Promise<string>((resolve) => child.stdout.once("data", (text) => resolve(String(text))));
    child.kill("SIGTERM");
    expect(await firstOutput).toMatch(/^SIGTERM: nothing more is changed/);
    expect(isAlive(sleeper)).toBe(true);
    child.kill("SIGTERM");
    expect(await exit).toBe(143);
    await expect.poll(() => isAlive(sleeper)).toBe(false);
  });
});

test("descendants are all below a process and nobody else", () => {
  // Each process has a parent among those before it.
  const trees = fc.array(fc.nat()).map((picks) => new Map(picks.map((pick, i) => [i + 2, (pick % (i + 1)) + 1])));
  fc.assert(
    fc.property(trees, fc.nat(), (parentOf, pick) => {
      const top = (pick % (parentOf.size + 1)) + 1;
      const isBelow = (pid: number): boolean => {
        const parent = parentOf.get(pid);
        return parent !== undefined && (parent === top || isBelow(parent));
      };
      const expected = [...parentOf.keys()].filter(isBelow);
      expect(descendants(top, parentOf).sort((a, b) => a - b)).toEqual(expected);
    }),
  );
});
