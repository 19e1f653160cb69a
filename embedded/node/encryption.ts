// Secrets are encrypted in etcd, by a key that lies beside the cluster's other keys.
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { replaceFile } from "./replace-file.ts";

/**
 * Makes the API server's EncryptionConfiguration with a new key, unless the file is there: without its key what is stored can't
 * be read again. Secrets from before it was there are still read, and encrypted as they are next written.
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
