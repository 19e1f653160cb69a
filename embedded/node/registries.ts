// Configures a node's containerd for a registry in its cluster: its address and its authority.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findInstance } from "./instance.ts";
import { replaceFile } from "./replace-file.ts";

/** A registry for containerd. */
export interface NodeRegistry {
  /** Prefix of image names, such as `registry.shared-services.svc:5000`. */
  host: string;
  /** Its address: containerd can't resolve names of the cluster. */
  address: string;
  port: number;
  /** PEM of the authority that signed its certificate. */
  ca: string;
}

/** containerd's hosts.toml of a registry; `ca` is a path. */
export function hostsToml(url: string, ca: string): string {
  const text = JSON.stringify;
  return `server = ${text(url)}
[host.${text(url)}]
  capabilities = ["pull", "resolve"]
  ca = ${text(ca)}
`;
}

/** Writes it for the instance; containerd reads it at each pull. Nothing is written where it is there already. */
export function trustRegistry(name: string, { host, address, port, ca }: NodeRegistry): void {
  const instance = findInstance(name);
  if (!instance) throw new Error(`instance '${name}' was never up: a registry can be trusted once it was`);
  const dir = join(instance.dir, "etc", "certs.d", host);
  mkdirSync(dir, { recursive: true });
  write(join(dir, "ca.crt"), ca);
  write(join(dir, "hosts.toml"), hostsToml(`https://${address}:${port}`, join(dir, "ca.crt")));
}

/** The Service address that is kept for an instance's registry. */
export function registryAddress(name: string): string | undefined {
  return findInstance(name)?.network.registryIp;
}

function write(file: string, text: string): void {
  if (existsSync(file) && readFileSync(file, "utf8") === text) return;
  replaceFile(file, text);
}
