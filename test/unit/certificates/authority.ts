// A certificate authority for tests, by the deployer's own X.509, and a mounted Secret as kubelet writes it.
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CertificateWish, issue, type KeyWish, newKey, type Pair } from "../../../embedded/deploy/x509.ts";

const ecdsa: KeyWish = { algorithm: "ECDSA", size: 256, encoding: "PKCS1" };

/** What a test wants of a certificate; the rest is a server's on localhost. */
export function wishFor(more: Partial<CertificateWish> = {}): CertificateWish {
  const now = Date.now();
  return {
    commonName: "server",
    organizations: [],
    dnsNames: ["localhost"],
    ipAddresses: [],
    uris: [],
    usages: ["server auth", "digital signature"],
    isCa: false,
    notBefore: new Date(now - 60_000),
    notAfter: new Date(now + 3_600_000),
    ...more,
  };
}

/** A fresh pair, signed by `issuer` or by itself. */
export async function pair(more: Partial<CertificateWish> = {}, issuer?: Pair, key = ecdsa): Promise<Pair> {
  const generated = newKey(key);
  return { key: generated, certificate: await issue(wishFor(more), generated, issuer) };
}

/** An authority of a test's own. */
export const authority = (): Promise<Pair> =>
  pair({ commonName: "Test CA", isCa: true, dnsNames: [], usages: ["cert sign"] });

/** A folder with files behind a link that each change renames over the former one, as kubelet mounts a Secret. */
export function mountedSecret() {
  const folder = mkdtempSync(join(tmpdir(), "secret-"));
  let version = 0;
  return {
    folder,
    write(files: Record<string, string>) {
      const name = `..v${++version}`;
      mkdirSync(join(folder, name));
      for (const [file, text] of Object.entries(files)) {
        writeFileSync(join(folder, name, file), text);
        if (version === 1) symlinkSync(join("..data", file), join(folder, file));
      }
      symlinkSync(name, join(folder, "..data_tmp"));
      renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
