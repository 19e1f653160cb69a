// Writes the folder of an instance before it starts: configuration, certificates, kubeconfigs, last run's logs.
import { globSync, mkdirSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type InitConfig, type Places, serverUrl } from "./config.ts";
import { ensureEncryption } from "./encryption.ts";
import type { Machine } from "./host.ts";
import { certificates, componentUsers } from "./identities.ts";
import type { Instance } from "./instance.ts";
import { cacheDir } from "./paths.ts";
import { issueCertificates, writeKubeconfig } from "./pki.ts";

/** Where the node finds its own programs and Debian's. */
export function placesOf(machine: Machine, bin: string): Places {
  const find = (program: string) => machine.which(program) ?? program;
  return {
    bin,
    keep: [realpathSync(cacheDir("go"))],
    containerd: find("containerd"),
    ip: find("ip"),
    nft: find("nft"),
  };
}

/** Rewrites everything except the data. `config` is for process 1, `files` for the folder `etc`. */
export async function writeFolder(
  instance: Instance,
  machine: Machine,
  bin: string,
  config: InitConfig,
  files: { [name: string]: string },
): Promise<void> {
  const { dir } = instance;
  const etc = join(dir, "etc");
  rmSync(etc, { recursive: true, force: true });
  for (const name of ["etc/cni-bin", "etc/certs.d", "log/pods", "kubelet", "containerd", "volumes"])
    mkdirSync(join(dir, name), { recursive: true });
  // One run's logs, and the run's before: enough to see why the last one ended.
  for (const log of globSync("*.log", { cwd: join(dir, "log") }))
    renameSync(join(dir, "log", log), join(dir, "log", `${log}.1`));
  for (const name of ["etcd", "audit"]) mkdirSync(join(dir, name), { recursive: true, mode: 0o700 });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(etc, name)), { recursive: true });
    writeFileSync(join(etc, name), text);
  }
  writeFileSync(join(etc, "init.json"), JSON.stringify(config, null, 2));
  for (const plugin of ["ptp", "host-local", "portmap", "loopback"])
    symlinkSync(join(machine.cniDir ?? "", plugin), join(etc, "cni-bin", plugin));
  symlinkSync(join(bin, "policy-gate"), join(etc, "cni-bin", "policy-gate"));
  const pki = join(dir, "pki");
  await issueCertificates(bin, { dir: pki, keys: ["sa"], certificates: certificates(instance) });
  ensureEncryption(join(pki, "encryption.json"));
  const server = serverUrl(instance);
  for (const user of componentUsers)
    writeKubeconfig(join(etc, `${user}.kubeconfig`), { name: instance.nodeName, server, dir: pki, user });
  writeKubeconfig(instance.kubeconfig, { name: instance.nodeName, server, dir: pki, user: "admin" });
}
