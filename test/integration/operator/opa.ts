// The real policy engine with the real policies, for tests and benchmarks; built once from its Go module.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { cacheDir } from "../../../embedded/node/paths.ts";

const VERSION = "v1.22.0";
const MODULE = "github.com/open-policy-agent/opa";
export const POLICIES = join(import.meta.dirname, "../../../policy/opa");

const run = promisify(execFile);

/** The OPA program; cold this takes one to two minutes. */
export async function ensureOpa(): Promise<string> {
  const file = cacheDir("go", `opa-${VERSION}-${process.arch}`, "opa");
  if (existsSync(file)) return file;
  mkdirSync(cacheDir("go"), { recursive: true });
  const dir = mkdtempSync(cacheDir("go", "new-"));
  const env = { ...process.env, CGO_ENABLED: "0", PATH: `${process.env.PATH}:/usr/local/go/bin` };
  try {
    await run("go", ["mod", "init", "opa-for-tests"], { cwd: dir, env });
    await run("go", ["get", `${MODULE}@${VERSION}`], { cwd: dir, env });
    await run("go", ["build", "-trimpath", "-ldflags", "-s -w", "-o", join(dir, "opa"), MODULE], { cwd: dir, env });
    mkdirSync(cacheDir("go", `opa-${VERSION}-${process.arch}`), { recursive: true });
    renameSync(join(dir, "opa"), file);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  return file;
}

export interface Opa {
  url: string;
  stop(): Promise<void>;
}

/** A running policy engine on loopback; on a given port to come back where one was before. */
export async function startOpa(port?: number): Promise<Opa> {
  const at = port ?? (await freePort());
  const url = `http://127.0.0.1:${at}`;
  const args = [
    "run",
    "--server",
    `--addr=127.0.0.1:${at}`,
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
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
