// The page's certificate: read from a mounted Secret, and again when it changes.
import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";

/** What a TLS server needs. */
export interface KeyPair {
  cert: Buffer;
  key: Buffer;
}

const files = { cert: "tls.crt", key: "tls.key" } as const;

/** The pair in a folder. Throws where one of the two is missing. */
export function readKeyPair(folder: string): KeyPair {
  return { cert: readFileSync(join(folder, files.cert)), key: readFileSync(join(folder, files.key)) };
}

/**
 * Calls `changed` with each new pair in a folder; returns what ends that. kubelet renames a link to bring a Secret's new
 * content, which file watches of the link's target miss: it is looked at every `interval` ms.
 */
export function watchKeyPair(
  folder: string,
  {
    interval = 5_000,
    changed,
    failed,
  }: {
    interval?: number;
    changed: (pair: KeyPair) => void;
    failed: (error: Error) => void;
  },
): () => void {
  const stamp = () => realpathSync(join(folder, files.cert));
  let seen = stamp();
  const look = () => {
    try {
      const now = stamp();
      if (now === seen) return;
      changed(readKeyPair(folder));
      seen = now;
    } catch (error) {
      failed(error as Error);
    }
  };
  const timer = setInterval(look, interval);
  timer.unref();
  return () => clearInterval(timer);
}
