// Configures a node's containerd for a registry in its cluster: the registry's address and authority.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findInstance } from "./instance.ts";
import { replaceFile } from "./replace-file.ts";

/** A registry from which containerd pulls. */
export interface NodeRegistry {
  /** Prefix of image names, such as `registry.shared-services.svc:5000`. */
  host: string;
  /** Its address: containerd can't resolve names of the cluster. */
  address: string;
  port: number;
  /** PEM of the authority that signed its certificate. */
  ca: string;
}

/** Content of containerd's hosts.toml for a registry; `ca` is a path. */
export function hostsToml(url: string, ca: string): string {
  const quoted = JSON.stringify;
  return `server = ${quoted(url)}
[host.${quoted(url)}]
  capabilities = ["pull", "resolve"]
  ca = ${quoted(ca)}
`;
}

/** Writes a registry's files for the instance's containerd, which reads them at each pull. Files that are right already are not touched. */
export function trustRegistry(name: string, { host, address, port, ca }: NodeRegistry): void {
  const instance = findInstance(name);
  if (!instance) throw new Error(`instance '${name}' was never up: start it before it can trust a registry`);
  const dir = join(instance.dir, "etc", "certs.d", host);
  mkdirSync(dir, { recursive: true });
  writeIfChanged(join(dir, "ca.crt"), ca);
  writeIfChanged(join(dir, "hosts.toml"), hostsToml(`https://${address}:${port}`, join(dir, "ca.crt")));
}

function writeIfChanged(file: string, text: string): void {
  if (existsSync(file) && readFileSync(file, "utf8") === text) return;
  replaceFile(file, text);
}
