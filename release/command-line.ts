// Builds the published form of the command line: JavaScript in cli/dist with all that it imports, and the licences of that.
// node release/command-line.ts
import { cpSync, globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeProgram } from "../embedded/images/program.ts";

const target = join(import.meta.dirname, "..", "cli", "dist");
const built = mkdtempSync(join(tmpdir(), "command-line-"));
try {
  await writeProgram({ folder: "cli", programs: ["run"] }, built);
  rmSync(target, { recursive: true, force: true });
  // npm leaves out of a package whatever is called node_modules.
  for (const folder of globSync("{.,*,*/*}/node_modules", { cwd: built }))
    cpSync(join(built, folder), join(target, "licenses"), { recursive: true });
  for (const part of ["run.mjs", "parts"]) cpSync(join(built, "cli", part), join(target, part), { recursive: true });
} finally {
  rmSync(built, { recursive: true, force: true });
}
