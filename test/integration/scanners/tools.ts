// The scanners themselves, installed once into the cache: kube-score from its Go module, checkov from PyPI by a lock file.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ensureGo } from "../../../embedded/node/go.ts";
import { cacheDir } from "../../../embedded/node/paths.ts";

const kubeScoreVersion = "v1.20.0";
const requirements = join(import.meta.dirname, "requirements.txt");

/** Path of kube-score. */
export async function kubeScore(): Promise<string> {
  const dir = cacheDir("scanners", `kube-score-${kubeScoreVersion}`);
  const program = join(dir, "kube-score");
  if (existsSync(program)) return program;
  mkdirSync(dir, { recursive: true });
  const { command } = await ensureGo(import.meta.dirname, console.log);
  execFileSync(command, ["install", `github.com/zegl/kube-score/cmd/kube-score@${kubeScoreVersion}`], {
    env: { ...process.env, GOBIN: dir, CGO_ENABLED: "0" },
    stdio: ["ignore", "ignore", "inherit"],
  });
  return program;
}

/** Path of checkov. */
export function checkov(): string {
  const hash = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 16);
  const dir = cacheDir("scanners", `checkov-${hash}`);
  const readyMark = join(dir, "ready");
  const program = join(dir, "bin", "checkov");
  if (existsSync(readyMark)) return program;
  rmSync(dir, { recursive: true, force: true });
  execFileSync("python3", ["-m", "venv", dir]);
  execFileSync(join(dir, "bin", "pip"), ["install", "--quiet", "--no-deps", "-r", requirements], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  mkdirSync(`${readyMark}.new`);
  renameSync(`${readyMark}.new`, readyMark);
  return program;
}
