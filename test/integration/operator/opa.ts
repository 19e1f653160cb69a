// The real policy engine with the real policies, for tests and benchmarks.
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { opaBuild } from "../../../embedded/images/recipes/go.ts";
import { ensureGoProgram } from "../../../embedded/node/build.ts";
import { freePort } from "../ports.ts";

const root = join(import.meta.dirname, "../../..");

/** The folder of the policies. */
export const POLICIES = join(root, "policy/opa");

/** The OPA program, the same that goes into its image; cold this takes one to two minutes. */
export function ensureOpa(): Promise<string> {
  return ensureGoProgram(opaBuild());
}

export interface Opa {
  url: string;
  stop(): Promise<void>;
}

/** A running policy engine on loopback; on a given port to come back where one was before. */
export async function startOpa(port?: number): Promise<Opa> {
  const listenPort = port ?? (await freePort());
  const url = `http://127.0.0.1:${listenPort}`;
  const args = [
    "run",
    "--server",
    `--addr=127.0.0.1:${listenPort}`,
    "--log-level=error",
    "--ignore=.*",
    "--ignore=*_test.rego",
    POLICIES,
  ];
  const child = spawn("setpriv", ["--pdeathsig", "KILL", await ensureOpa(), ...args], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { PATH: process.env.PATH, HOME: "/nonexistent" },
  });
  for (let tries = 0; tries < 200; tries++) {
    const ready = await fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return { url, stop: () => end(child) };
    await sleep(50);
  }
  await end(child);
  throw new Error("OPA did not become ready in 10 s");
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await exit;
}
