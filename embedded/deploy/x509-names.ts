// Maps cert-manager's usage names to X.509 key usages and purposes, and sorts a subject's values.

/** Bit masks of the key usage extension (RFC 5280, 4.2.1.3). */
export const keyUsages: Readonly<Record<string, number>> = {
  signing: 1,
  "digital signature": 1,
  "content commitment": 1 << 1,
  "key encipherment": 1 << 2,
  "data encipherment": 1 << 3,
  "key agreement": 1 << 4,
  "cert sign": 1 << 5,
  "crl sign": 1 << 6,
  "encipher only": 1 << 7,
  "decipher only": 1 << 8,
};

/** Purposes of the extended key usage extension (RFC 5280, 4.2.1.12). */
export const purposes: Readonly<Record<string, string>> = {
  any: "2.5.29.37.0",
  "server auth": "1.3.6.1.5.5.7.3.1",
  "client auth": "1.3.6.1.5.5.7.3.2",
  "code signing": "1.3.6.1.5.5.7.3.3",
  "email protection": "1.3.6.1.5.5.7.3.4",
  "s/mime": "1.3.6.1.5.5.7.3.4",
  "ipsec end system": "1.3.6.1.5.5.7.3.5",
  "ipsec tunnel": "1.3.6.1.5.5.7.3.6",
  "ipsec user": "1.3.6.1.5.5.7.3.7",
  timestamping: "1.3.6.1.5.5.7.3.8",
  "ocsp signing": "1.3.6.1.5.5.7.3.9",
  "microsoft sgc": "1.3.6.1.4.1.311.10.3.3",
  "netscape sgc": "2.16.840.1.113730.4.1",
};

/** All usage names. */
export const knownUsages: ReadonlySet<string> = new Set([...Object.keys(keyUsages), ...Object.keys(purposes)]);

/** Values of one attribute in the order of a DER set: shorter ones first. */
export function inSetOrder(values: readonly string[]): string[] {
  const bytes = (text: string) => Buffer.from(text);
  return values.toSorted((a, b) => bytes(a).length - bytes(b).length || Buffer.compare(bytes(a), bytes(b)));
}
