// The console as a process of its own, for benchmarks: the image's program with a pod's flags, looked at from outside.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { serverEnvironment, serverFlags } from "../../../components/node-flags.ts";
import { ownImages } from "../../../embedded/images/own.ts";
import { declared } from "../../../stacks/config/declared.ts";
import { cpuOf, type Memory, memoryOf } from "./process.ts";
import { makeProgram } from "./program.ts";

export interface ConsoleProcess {
  memory(): Memory;
  /** Processor seconds so far. */
  cpuSeconds(): number;
  stop(): Promise<void>;
}

/** Starts it with these settings and the rights of the kubeconfig. */
export async function startConsoleProcess(
  kubeconfig: string,
  settings: Record<string, string>,
): Promise<ConsoleProcess> {
  const program = await makeProgram(ownImages.console);
  const env = { PATH: process.env.PATH, KUBECONFIG: kubeconfig, ...serverEnvironment, ...settings };
  const flags = serverFlags(declared.console.sizes.minimal.resources.limits.memory);
  const child = spawn(process.execPath, [...flags, program.main], { env, stdio: ["ignore", "inherit", "inherit"] });
  const pid = child.pid ?? 0;
  return {
    memory: () => memoryOf(pid),
    cpuSeconds: () => cpuOf(pid),
    stop: async () => {
      const ended = once(child, "exit");
      child.kill();
      await ended;
      program.remove();
    },
  };
}
