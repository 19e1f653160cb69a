// The console of the running platform: where it is, and codes that sign in there.
import { execFile } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { consoleAt } from "../../../embedded/node/instance.ts";
import { consolePort } from "./loopback.ts";
import { platform } from "./platform.ts";

export const root = join(import.meta.dirname, "../../..");
export const origin = consoleAt(consolePort);

/** A folder of the test file's own, for it to remove. */
export const folder = mkdtempSync(join(tmpdir(), "console-"));

/** Where the test file puts the authority of the console's certificate. */
export const authority = join(folder, "ca.crt");

/** The page that a command of the repository prints, which signs in once. */
export async function signInPage(program: string, ...args: string[]): Promise<URL> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(root, program), ...args], {
    cwd: root,
    env: {
      ...process.env,
      INSTANCE: "e2e",
      STACK: "",
      DISPLAY: "",
      WAYLAND_DISPLAY: "",
      KUBECONFIG: platform.kubeconfig,
      AGENTIC_CONSOLE: origin,
      AGENTIC_CONSOLE_CA: authority,
    },
  });
  const [page = ""] = new RegExp(`^${origin}/sign-in\\S*#code=\\S+$`, "m").exec(stdout) ?? [];
  return new URL(page);
}
