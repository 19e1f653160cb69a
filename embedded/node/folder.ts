// Prepares the folder of an instance before it starts: configuration, certificates, kubeconfigs, the last run's logs.
import { globSync, mkdirSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type HostPaths, type InitConfig, serverUrl } from "./config.ts";
import { ensureEncryption } from "./encryption.ts";
import type { Machine } from "./host.ts";
import { certificates, componentUsers } from "./identities.ts";
import type { Instance } from "./instance.ts";
import { cacheDir } from "./paths.ts";
import { issueCertificates, writeKubeconfig } from "./pki.ts";
import { profilesFolder } from "./seccomp.ts";

/** The paths of the node's programs in `bin`, and of Debian's. */
export function hostPaths(machine: Machine, bin: string): HostPaths {
  const find = (program: string) => machine.which(program) ?? program;
  return {
    bin,
    keep: [realpathSync(cacheDir("go"))],
    containerd: find("containerd"),
    ip: find("ip"),
    nft: find("nft"),
  };
}

/** What goes into an instance's folder. */
interface FolderContent {
  machine: Machine;
  /** Folder of the node's programs. */
  bin: string;
  /** Configuration of process 1. */
  config: InitConfig;
  /** Contents of the files in `etc`, by name. */
  files: { [name: string]: string };
}

/** Rewrites everything in the instance's folder except its data. */
export async function writeFolder(instance: Instance, { machine, bin, config, files }: FolderContent): Promise<void> {
  const { dir } = instance;
  const etc = join(dir, "etc");
  rmSync(etc, { recursive: true, force: true });
  for (const name of ["etc/cni-bin", "etc/certs.d", "log/pods", "kubelet", "containerd", "volumes"])
    mkdirSync(join(dir, name), { recursive: true });
  // The last run's logs are kept: they say why it ended.
  for (const log of globSync("*.log", { cwd: join(dir, "log") }))
    renameSync(join(dir, "log", log), join(dir, "log", `${log}.1`));
  for (const name of ["etcd", "audit"]) mkdirSync(join(dir, name), { recursive: true, mode: 0o700 });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(etc, name)), { recursive: true });
    writeFileSync(join(etc, name), text);
  }
  rmSync(profilesFolder(dir), { recursive: true, force: true });
  symlinkSync(join(etc, "seccomp"), profilesFolder(dir));
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
