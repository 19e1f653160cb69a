// Prometheus' own checks: promtool, the same that is in its image, on files in a folder of their own.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promtoolBuild } from "../../../embedded/images/recipes/telemetry.ts";
import { ensureGoProgram } from "../../../embedded/node/build.ts";

export interface Said {
  code: number;
  text: string;
}

/** Writes these files, each as JSON, which is YAML, and runs promtool beside them. */
export async function promtool(files: Record<string, unknown>, args: readonly string[]): Promise<Said> {
  const program = await ensureGoProgram(promtoolBuild());
  const folder = mkdtempSync(join(tmpdir(), "promtool-"));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), JSON.stringify(content));
  try {
    return await new Promise((resolve) => {
      execFile(program, args, { cwd: folder, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
        resolve({ code: error ? Number(error.code ?? 1) : 0, text: `${stdout}${stderr}` });
      });
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
