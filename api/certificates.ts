// Certificates as people give them: PEM, one after the other.
import { X509Certificate } from "node:crypto";

/** The certificates of a PEM, in its order, at least one. Throws what is wrong with it otherwise; `at` is where it was given. */
export function certificatesIn(pem: string, at: string): X509Certificate[] {
  if (pem.includes("PRIVATE KEY-----"))
    throw new Error(`${at}: there is a private key in it, and it is read by many: give certificates alone`);
  const texts = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g);
  if (!texts) throw new Error(`${at}: there is no certificate in PEM (-----BEGIN CERTIFICATE-----)`);
  return texts.map((text, i) => {
    try {
      return new X509Certificate(text);
    } catch {
      throw new Error(`${at}: certificate ${i + 1} is not valid`);
    }
  });
}
