// The certificate of a program's HTTP endpoint: read from a mounted Secret, and again when it changes.
import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";

/** A certificate and its private key, PEM. */
export interface KeyPair {
  cert: Buffer;
  key: Buffer;
}

const files = { cert: "tls.crt", key: "tls.key" } as const;

/** Reads the pair from a folder. Throws where one of the two files is missing. */
export function readKeyPair(folder: string): KeyPair {
  return { cert: readFileSync(join(folder, files.cert)), key: readFileSync(join(folder, files.key)) };
}

/**
 * Calls `changed` with each new pair in a folder, or `failed` where it can't be read; returns a function that stops this.
 * The kubelet updates a mounted Secret by replacing a symbolic link, which file watches miss, so this polls the link's
 * target every `interval` ms.
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
  const currentTarget = () => realpathSync(join(folder, files.cert));
  let lastTarget = currentTarget();
  const check = () => {
    try {
      const target = currentTarget();
      if (target === lastTarget) return;
      changed(readKeyPair(folder));
      lastTarget = target;
    } catch (error) {
      failed(error as Error);
    }
  };
  const timer = setInterval(check, interval);
  timer.unref();
  return () => clearInterval(timer);
}
