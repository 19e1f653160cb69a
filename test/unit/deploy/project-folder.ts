// Folders of a program for tests: its Pulumi.yaml and its stacks' files.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach } from "vitest";
import { readConfig, type StackConfig } from "../../../embedded/deploy/config/config.ts";
import { readProject } from "../../../embedded/deploy/config/project.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A folder with these files, which goes with the test. */
export function folder(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), "config-"));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** What a stack of the project `p` is configured with: `project` follows the name in Pulumi.yaml, `stack` is the stack's file. */
export function configured(
  { project = "", stack = "" }: { project?: string; stack?: string },
  config: Record<string, unknown> = {},
  passphrase = "password",
): StackConfig {
  const directory = folder({ "Pulumi.yaml": `name: p\nruntime: nodejs\n${project}`, "Pulumi.s.yaml": stack });
  return readConfig({ project: readProject(directory), stack: "s", config, passphrase: () => passphrase });
}
