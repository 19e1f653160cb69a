// Writes the API server's encryption configuration: Secrets are encrypted in etcd, by a key beside the cluster's other keys.
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { replaceFile } from "./replace-file.ts";

/**
 * Writes an EncryptionConfiguration with a new key, unless the file exists: stored Secrets can't be read without the key in it.
 * Secrets that were stored without encryption stay readable, and are encrypted when they are next written.
 */
export function ensureEncryption(file: string): void {
  if (existsSync(file)) return;
  const config = {
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "EncryptionConfiguration",
    resources: [
      {
        resources: ["secrets"],
        providers: [
          { secretbox: { keys: [{ name: "key1", secret: randomBytes(32).toString("base64") }] } },
          { identity: {} },
        ],
      },
    ],
  };
  replaceFile(file, JSON.stringify(config), { mode: 0o600, flush: true });
}
