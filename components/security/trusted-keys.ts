// Checks what a Sigstore of one's own is trusted by, before anything is created: keys, certificates and addresses.
import { createPublicKey } from "node:crypto";
import { certificatesIn } from "@agentic/api/certificates.ts";

/** A log whose entries its key signs. */
export interface SignedLog {
  url: string;
  /** PEM. */
  publicKey: string;
}

/** What a Sigstore is trusted by. */
export interface TrustedKeys {
  /** Fulcio, and the chain of its certificates as PEM: its own first, that of the root last. */
  fulcio: { url: string; certificates: string };
  /** Rekor. */
  rekor: SignedLog;
  /** Log of the certificates; without one, policies must say that they ask for none. */
  certificateLog?: SignedLog;
}

/** Throws where what is trusted is not valid; `at` is the path of the arguments, ending with a dot. */
export function checkTrustedKeys({ fulcio, rekor, certificateLog }: TrustedKeys, at: string): void {
  checkUrl(fulcio.url, `${at}fulcio.url`);
  checkChain(fulcio.certificates, `${at}fulcio.certificates`);
  for (const [field, log] of Object.entries({ rekor, certificateLog })) {
    if (!log) continue;
    checkUrl(log.url, `${at}${field}.url`);
    checkPublicKey(log.publicKey, `${at}${field}.publicKey`);
  }
}

/** Throws where `key` is not a public key in PEM; `at` is the path of the argument. */
export function checkPublicKey(key: string, at: string): void {
  if (/PRIVATE KEY/.test(key))
    throw new Error(`${at}: this is a private key, and it is read by many: give its public key`);
  try {
    createPublicKey(key);
  } catch {
    throw new Error(`${at}: it is not a valid public key in PEM (-----BEGIN PUBLIC KEY-----)`);
  }
}

/** Throws where `url` is not one; `at` is the path of the argument. */
export function checkUrl(url: string, at: string): void {
  if (!URL.canParse(url)) throw new Error(`${at}: '${url}' is not a valid URL`);
}

function checkChain(pem: string, at: string): void {
  const chain = certificatesIn(pem, at);
  chain.forEach((certificate, i) => {
    // The controller takes a certificate for a root where it is its own issuer.
    const issuer = chain[i + 1] ?? certificate;
    if (!certificate.ca) throw new Error(`${at}: certificate ${i + 1} is not one of an authority`);
    if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey))
      throw new Error(
        issuer === certificate
          ? `${at}: the last one, ${i + 1}, is not that of a root: add the certificate of who signed it`
          : `${at}: certificate ${i + 1} is not signed by the next one`,
      );
  });
}
