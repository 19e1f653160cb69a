// Commands of the runbooks, run as they stand against the platform under test.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { namespace, platform } from "./platform.ts";

const run = promisify(execFile);

export interface Ran {
  stdout: string;
  stderr: string;
  code: number;
}

/** Runs a command with the placeholders of the pages filled in: the tenant's namespace, and the name of a workload. */
export async function shell(command: string, workload: string): Promise<Ran> {
  const line = command.replaceAll("<namespace>", namespace).replaceAll("<workload>", workload);
  const env = { ...process.env, KUBECONFIG: platform.kubeconfig, PATH: `${platform.bin}:${process.env.PATH}` };
  try {
    return { ...(await run("bash", ["-c", line], { env, timeout: 60_000 })), code: 0 };
  } catch (error) {
    const { stdout = "", stderr = "", code = 1 } = error as Partial<Ran>;
    return { stdout, stderr, code };
  }
}

/** Only a search may find nothing: a platform without errors has none in its logs. */
export const isSearch = (command: string): boolean => /\| grep [^|]*$/.test(command);
