// The operator as a process of its own, for benchmarks: started as in its pod, and looked at from outside.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { serverEnvironment, serverFlags } from "../../../components/node-flags.ts";
import { ownImages } from "../../../embedded/images/own.ts";
import { declared } from "../../../stacks/config/declared.ts";
import type { Cluster } from "../../integration/operator/cluster.ts";
import { freePort } from "../../integration/ports.ts";
import { cpuOf, type Memory, memoryOf } from "./process.ts";
import { makeProgram } from "./program.ts";

/** A running operator. */
export interface OperatorProcess {
  /** Milliseconds from its start until its caches were filled. */
  readyMs: number;
  memory(): Memory;
  /** Processor seconds so far. */
  cpuSeconds(): number;
  stop(): Promise<void>;
}

/** Starts it with in-cluster settings, a token of its service account and no kubeconfig; returns once it is ready. */
export async function startOperatorProcess(cluster: Cluster, opaUrl: string): Promise<OperatorProcess> {
  const account = mkdtempSync(join(tmpdir(), "bench-operator-"));
  writeFileSync(join(account, "token"), await cluster.token("agentic-system", "agentic-operator"));
  writeFileSync(join(account, "ca.crt"), cluster.ca);
  const { hostname, port } = new URL(cluster.url);
  const own = await freePort();
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT: port,
    SERVICE_ACCOUNT_DIR: account,
    OPA_URL: opaUrl,
    PORT: String(own),
    LOG_LEVEL: "warn",
    ...serverEnvironment,
  };
  const program = await makeProgram(ownImages.operator);
  const flags = serverFlags(declared.operator.sizes.minimal.resources.limits.memory);
  const started = performance.now();
  const child = spawn(process.execPath, [...flags, program.main], {
    env,
    stdio: ["ignore", "inherit", "inherit"],
  });
  while (!(await isReady(own))) {
    if (child.exitCode !== null) throw new Error(`the operator ended with ${child.exitCode}`);
    await sleep(20);
  }
  const readyMs = performance.now() - started;
  const pid = child.pid ?? 0;
  return {
    readyMs,
    memory: () => memoryOf(pid),
    cpuSeconds: () => cpuOf(pid),
    stop: async () => {
      await end(child);
      program.remove();
      rmSync(account, { recursive: true, force: true });
    },
  };
}

async function isReady(port: number): Promise<boolean> {
  return await fetch(`http://127.0.0.1:${port}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await exit;
}
