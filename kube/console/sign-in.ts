// Opens the console signed in: its server gives a one-time code for a token, and the browser gets the code alone.
import { spawn } from "node:child_process";
import { CODES_PATH, signInAddress } from "@agentic/api/console.ts";
import { ApiError } from "../client/api-error.ts";
import { Client } from "../client/client.ts";

export interface ConsoleAddress {
  /** Such as `https://agents.example.com`. */
  url: string;
  /** The authority of its certificate, as PEM; default the system's. */
  ca?: string | undefined;
}

/** The address of a page that is signed in as whom the API server takes the token for, once and within a minute. */
export async function signedInPage({ url, ca }: ConsoleAddress, token: string, page = "/"): Promise<string> {
  const server = url.replace(/\/+$/, "");
  const credentials = async () => ({ authorization: `Bearer ${token}` });
  const client = new Client({ server, ...(ca ? { ca } : {}), credentials });
  try {
    const { code } = await client.create<{ code: string }>(CODES_PATH, {});
    return signInAddress(server, code, page);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw new Error(`the console at ${server} can't be reached: ${(error as Error).message || String(error)}`, {
      cause: error,
    });
  } finally {
    await client.destroy();
  }
}

/** The command that shows a page to whoever sits before this machine; undefined where nobody does. */
export function browserCommand(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string | undefined {
  if (platform === "darwin") return "open";
  return env.DISPLAY || env.WAYLAND_DISPLAY ? "xdg-open" : undefined;
}

/** Has the browser show a page; false where there is none, and the page must be opened by its address. */
export async function openBrowser(page: string, command = browserCommand()): Promise<boolean> {
  if (!command) return false;
  return await new Promise((resolve) => {
    const child = spawn(command, [page], { stdio: "ignore", detached: true });
    child.once("error", () => resolve(false));
    child.once("exit", (code) => resolve(code === 0));
    child.unref();
  });
}
