// The process of a Pulumi program, started as Pulumi's language host would start it.
import { type ChildProcess, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Program, RunProgramOptions } from "./engine.ts";
import { positionsVariable } from "./preload-variables.ts";

/** Arguments and environment for node that make every process of Pulumi's SDK start faster. */
export const leanNode = {
  // Nearly all objects of a run die young: a young generation (MiB) that is large from the start saves a seventh of its time.
  args: ["--max-semi-space-size=64", "--min-semi-space-size=16", "--require", join(import.meta.dirname, "preload.ts")],
  env: {
    // Compiling the SDK anew takes most of a second.
    NODE_COMPILE_CACHE: join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "agentic-platform/node-compile"),
  },
};

/** How a program's process is run. */
export interface RunProcessOptions extends RunProgramOptions {
  /** Takes a line of its output. */
  log(line: string): void;
}

/** How a program's process ended. */
export interface ProcessEnd {
  code: number | null;
  /** Its last lines on standard error, which explain a failure. */
  text: string;
}

/** Runs the program in a process of its own, which reaches the engine at this address, and waits until it ends. */
export async function runProcess(program: Program, address: string, options: RunProcessOptions): Promise<ProcessEnd> {
  const child = start(program, address, options);
  const errorLines: string[] = [];
  if (child.stdout) createInterface({ input: child.stdout }).on("line", (line) => options.log(line));
  if (child.stderr) createInterface({ input: child.stderr }).on("line", (line) => errorLines.push(line));
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once("error", reject).once("close", resolve),
  );
  if (code === 0) for (const line of errorLines) options.log(line);
  return { code, text: errorLines.slice(-30).join("\n") };
}

function start(program: Program, address: string, { dryRun, signal, positions }: RunProgramOptions): ChildProcess {
  const run = createRequire(join(program.directory, "package.json")).resolve("@pulumi/pulumi/cmd/run");
  const args = [
    ...leanNode.args,
    ...(program.nodeArgs ?? []),
    run,
    `--monitor=${address}`,
    `--engine=${address}`,
    `--project=${program.project}`,
    `--stack=${program.stack}`,
    "--organization=organization",
    `--pwd=${program.directory}`,
    "--parallel=64",
    ...(dryRun ? ["--dry-run"] : []),
    program.main,
  ];
  const env = {
    ...leanNode.env,
    ...process.env,
    PULUMI_NODEJS_TYPESCRIPT: "false",
    PULUMI_CONFIG: JSON.stringify(program.config.values),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(program.config.secretKeys),
    ...(positions ? { [positionsVariable]: "true" } : {}),
  };
  return spawn(process.execPath, args, { cwd: program.directory, env, signal, stdio: ["ignore", "pipe", "pipe"] });
}
