// Issues the certificates of a cluster and writes its kubeconfigs.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { replaceFile } from "./replace-file.ts";

/** A certificate to issue, into the files `<name>.crt` and `<name>.key`. It is a server's where it has `hosts`, otherwise a client's. */
export interface Certificate {
  name: string;
  commonName: string;
  organization?: string[];
  hosts?: string[];
}

/**
 * Makes the authority (ca.crt, ca.key) and the key pairs `keys` in `dir` unless they exist, and issues each certificate anew.
 * `bin` is the folder of the node's programs.
 */
export async function issueCertificates(
  bin: string,
  request: { dir: string; keys: string[]; certificates: Certificate[] },
): Promise<void> {
  const leaves = request.certificates.map((leaf) => ({ ...leaf, server: leaf.hosts !== undefined }));
  const child = spawn(join(bin, "node-system"), ["pki"], { stdio: ["pipe", "ignore", "pipe"] });
  let errors = "";
  child.stderr.on("data", (data) => {
    errors += data;
  });
  child.stdin.end(JSON.stringify({ dir: request.dir, keys: request.keys, leaves }));
  const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  if (code !== 0) throw new Error(`certificates in ${request.dir} can't be issued: ${errors.trim()}`);
}

/** Writes a kubeconfig for the client certificate `user` of `dir`; `name` names cluster and context. */
export function writeKubeconfig(
  file: string,
  options: { name: string; server: string; dir: string; user: string },
): void {
  const base64 = (path: string) => readFileSync(join(options.dir, path)).toString("base64");
  const { name, user } = options;
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server: options.server, "certificate-authority-data": base64("ca.crt") } }],
    users: [
      {
        name: user,
        user: { "client-certificate-data": base64(`${user}.crt`), "client-key-data": base64(`${user}.key`) },
      },
    ],
    contexts: [{ name, context: { cluster: name, user } }],
    "current-context": name,
  };
  // JSON is YAML, and needs no rules for quoting.
  replaceFile(file, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
}
