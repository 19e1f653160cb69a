// A containerd alone, without a node around it, in a folder where instances have theirs, so that it shares their file system.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "../../embedded/node/host.ts";

/** A running containerd, for as long as it isn't disposed of. */
export interface Containerd extends AsyncDisposable {
  socket: string;
  /** Where it keeps what it has. */
  root: string;
  /** Runs `ctr` in the namespace that Kubernetes uses. */
  ctr(...args: string[]): Promise<string>;
}

/** Starts one in a new folder below `parent`. Needs root. */
export async function startContainerd(parent: string): Promise<Containerd> {
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  const dir = mkdtempSync(join(parent, "containerd-"));
  const [socket, root] = [join(dir, "socket"), join(dir, "root")];
  const text = JSON.stringify;
  writeFileSync(
    join(dir, "config.toml"),
    `version = 2
root = ${text(root)}
state = ${text(join(dir, "state"))}
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = ${text(socket)}
[plugins."io.containerd.internal.v1.opt"]
  path = ${text(join(dir, "opt"))}
`,
  );
  const child = spawn("containerd", ["--config", join(dir, "config.toml")], { stdio: "ignore" });
  const exit = new Promise((resolve) => child.once("close", resolve).once("error", resolve));
  const stop = async () => {
    child.kill();
    await exit;
    rmSync(dir, { recursive: true, force: true });
  };
  const ctr = (...args: string[]) => run("ctr", ["--address", socket, "--namespace", "k8s.io", ...args]);
  for (let tries = 0; ; tries++)
    try {
      await ctr("version");
      return { socket, root, ctr, [Symbol.asyncDispose]: stop };
    } catch (error) {
      if (child.exitCode === null && tries < 200) await sleep(50);
      else {
        await stop();
        throw error;
      }
    }
}
