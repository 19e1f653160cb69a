// Runs external build tools; their output is reported as progress, and becomes the error's text where they fail.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Options of `run`. */
export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Called with each line that the program prints. */
  onLine?: (text: string) => void;
}

/** Runs a program at low priority until it ends; throws with its first and last lines where it fails. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<void> {
  const child = spawn("nice", ["-n", "5", command, ...args], {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const first: string[] = [];
  const last: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on("line", (text) => {
      if (first.length < 5) first.push(text);
      else last.push(text);
      if (last.length > 15) last.shift();
      options.onLine?.(text);
    });
  const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  if (code !== 0)
    throw new Error(`${command} ${args.slice(0, 3).join(" ")} failed (${code}):\n${[...first, ...last].join("\n")}`);
}
