// Whose unfinished things are: names tell whether anybody is still at work on them.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isAbandoned, ownerMark } from "../../../embedded/node/unfinished.ts";

const module = join(import.meta.dirname, "../../../embedded/node/unfinished.ts");

describe("a name of what is being made", () => {
  test("is its own each time, and not abandoned while its process lives, whatever is written around it", () => {
    const word = fc.stringMatching(/^[a-z0-9_:-]{0,20}$/);
    fc.assert(
      fc.property(word, fc.constantFrom("", ".partial", ".tar.partial", " sha256:abc"), (before, after) => {
        const [first, second] = [ownerMark(), ownerMark()];
        expect(first).not.toBe(second);
        expect(isAbandoned(`${before}-${first}${after}`)).toBe(false);
      }),
    );
  });

  test("is abandoned once its process is gone, and where another one has its number", () => {
    const script = `import { ownerMark } from ${JSON.stringify(module)}; console.log(ownerMark());`;
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
    expect(isAbandoned(stdout.trim())).toBe(true);
    expect(isAbandoned(`npm-${stdout.trim()}.partial`)).toBe(true);
    expect(isAbandoned(ownerMark().replace(/-\d+-([0-9a-f]{8})$/, "-1-$1"))).toBe(true);
  });

  test("is nobody's to judge where it names no process, or one of another container", () => {
    expect(isAbandoned("npm-abc123")).toBe(false);
    expect(isAbandoned("layer.0a1b2c3d.partial")).toBe(false);
    expect(isAbandoned("by-1-999999999-1-0a1b2c3d")).toBe(false);
  });
});
