// Who brings an instance up, who waits for that, and who ends it.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { holding, holdingAlone } from "../../../embedded/cli/hold.ts";

const module = join(import.meta.dirname, "../../../embedded/cli/hold.ts");
const saved = process.env.XDG_STATE_HOME;
let folder: string;
let children: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hold-"));
  process.env.XDG_STATE_HOME = folder;
  children = [];
});

afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  if (saved === undefined) delete process.env.XDG_STATE_HOME;
  else process.env.XDG_STATE_HOME = saved;
  rmSync(folder, { recursive: true, force: true });
});

/** A command that holds the instance `one` until it is ended; `heard` gives what it says next. */
async function holder(onSignal = "") {
  const script = `import { holding } from ${JSON.stringify(module)};
    ${onSignal}
    await holding("one", async () => { console.log("held"); await new Promise((end) => setTimeout(end, 60_000)); }, console.log);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  const next = () =>
    new Promise<string>((resolve) => child.stdout.once("data", (text) => resolve(String(text).trim())));
  return { child, first: await next(), next };
}

describe("an instance that a command brings up", () => {
  test("is waited for by the next command, which says by whom, and gets it once the first is gone", async () => {
    const first = await holder();
    expect(first.first).toBe("held");
    const second = await holder();
    expect(second.first).toBe(
      `another command (process ${first.child.pid}) is bringing instance 'one' up: waiting until it ends`,
    );
    const nextLine = second.next();
    first.child.kill("SIGKILL");
    expect(await nextLine).toBe("held");
  });

  test("is ended by who stops the instance, with all who waited for it", async () => {
    const first = await holder();
    const second = await holder();
    const messages: string[] = [];
    const stop = holdingAlone("one", async () => void messages.push("stopped"), {
      progress: (text) => messages.push(text),
    });
    await stop;
    expect(messages[0]).toBe(`ending another command (process ${first.child.pid}), which brings it up`);
    expect(messages.at(-1)).toBe("stopped");
    expect(first.child.signalCode).toBe("SIGTERM");
    // It came in before or after; it never holds the instance while that is stopped.
    expect(["SIGTERM", null]).toContain(second.child.signalCode);
  });

  test("may be one that nobody brings up: then nothing is ended and nothing is left", async () => {
    await holdingAlone("one", async () => {}, { progress: () => expect.unreachable() });
    expect(
      await holding(
        "one",
        async () => "up",
        () => {},
      ),
    ).toBe("up");
    await holdingAlone("one", async () => {}, { progress: () => expect.unreachable(), last: true });
    expect(existsSync(join(folder, "agentic-platform/one.up.lock"))).toBe(false);
  });
});
