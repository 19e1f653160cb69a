// The real model gateway on this machine: LiteLLM's proxy with the platform's own Python.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { VirtualKey } from "../../../components/data/litellm/litellm.ts";
import { freePort } from "../ports.ts";

const VERSION = "1.106.2";

/** Folder of LiteLLM from PyPI in an environment of its own, made once; its programs are in `bin`. */
export function litellm(): string {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const dir = join(cache, "agentic-platform", "test", `litellm-${VERSION}-metrics`);
  if (existsSync(join(dir, ".complete"))) return dir;
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  execFileSync("python3", ["-m", "venv", dir], { stdio: "pipe" });
  execFileSync(
    join(dir, "bin", "pip"),
    ["install", "-q", "--disable-pip-version-check", `litellm[proxy]==${VERSION}`, "prisma", "prometheus_client"],
    { stdio: "pipe" },
  );
  writeFileSync(join(dir, ".complete"), "");
  return dir;
}

/** LiteLLM's configuration of the platform's offline model, as `default` and by other names. */
export function offlineSettings(others: readonly string[] = []): object {
  const litellm_params = { model: "offline/extractive" };
  return {
    model_list: [
      { model_name: "default", litellm_params, model_info: { supports_vision: true } },
      ...others.map((model_name) => ({ model_name, litellm_params })),
    ],
    litellm_settings: {
      custom_provider_map: [{ provider: "offline", custom_handler: "offline.handler" }],
      telemetry: false,
    },
    general_settings: {
      master_key: "os.environ/LITELLM_MASTER_KEY",
      custom_auth: "keys.check",
      custom_auth_run_common_checks: true,
    },
  };
}

export interface Gateway {
  url: string;
  /** Puts other keys into the place of those that it has. */
  setKeys(keys: readonly VirtualKey[]): void;
  stop(): Promise<void>;
}

/** The key that claims are signed with in tests. */
export const CLAIM_KEY = "claims-of-tests";

/**
 * Starts the gateway with LiteLLM's configuration and these keys; the master key is `sk-master`. `more`: environment, such as of the
 * database of its ledger.
 */
export async function startGateway(
  settings: object,
  keys: readonly VirtualKey[],
  more: Readonly<Record<string, string>> = {},
): Promise<Gateway> {
  const program = join(litellm(), "bin", "litellm");
  const dir = mkdtempSync(join(tmpdir(), "litellm-"));
  execFileSync("cp", ["-r", `${resolve("components/data/litellm")}/.`, dir]);
  writeFileSync(join(dir, "config.yaml"), JSON.stringify(settings));
  const setKeys = (current: readonly VirtualKey[]) => writeFileSync(join(dir, "keys.json"), JSON.stringify(current));
  setKeys(keys);
  writeFileSync(join(dir, "claim-keys.json"), JSON.stringify([CLAIM_KEY]));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const gateway = spawn(
    program,
    ["--config", join(dir, "config.yaml"), "--host", "127.0.0.1", "--port", String(port)],
    {
      cwd: dir,
      env: {
        ...process.env,
        KEYS_FILE: join(dir, "keys.json"),
        LITELLM_MASTER_KEY: "sk-master",
        LITELLM_LOCAL_MODEL_COST_MAP: "True",
        LITELLM_TELEMETRY: "False",
        LLM_API_KEY: "sk-provider",
        PYTHONDONTWRITEBYTECODE: "1",
        CLAIM_KEYS_FILE: join(dir, "claim-keys.json"),
        ...more,
      },
      stdio: "pipe",
    },
  );
  let output = "";
  for (const stream of [gateway.stdout, gateway.stderr])
    stream?.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4000);
    });
  const stop = async () => {
    if (gateway.exitCode === null) {
      const exit = new Promise((resolve) => gateway.once("exit", resolve));
      gateway.kill("SIGKILL");
      await exit;
    }
    rmSync(dir, { recursive: true, force: true });
  };
  const live = () =>
    fetch(`${url}/health/liveliness`).then(
      ({ ok }) => ok,
      () => false,
    );
  for (let i = 0; !(await live()); i++) {
    if (gateway.exitCode !== null || i > 1000) {
      await stop();
      throw new Error(`LiteLLM did not start: ${output}`);
    }
    await sleep(250);
  }
  return { url, setKeys, stop };
}
