// Runs every benchmark of this folder, one after the other; each prints its own figures.
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { basename, join } from "node:path";

const files = globSync("*.ts", { cwd: import.meta.dirname }).filter((file) => file !== basename(import.meta.filename));
let failed = 0;
for (const file of files.sort()) {
  console.log(`\n== ${file}`);
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, file)], { stdio: "inherit" });
  if (status !== 0) failed++;
}
process.exitCode = failed === 0 ? 0 : 1;
