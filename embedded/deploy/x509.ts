// Makes keys and certificates like cert-manager's: PEM, self-signed or signed by an authority.
import "reflect-metadata";
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  webcrypto,
} from "node:crypto";
import * as x509 from "@peculiar/x509";
import { inSetOrder, keyUsages, purposes } from "./x509-names.ts";

x509.cryptoProvider.set(webcrypto);

/** Algorithm, size and encoding of a key. */
export interface KeyWish {
  algorithm: "RSA" | "ECDSA" | "Ed25519";
  /** RSA: 2048, 4096 or 8192 bits; ECDSA: 256, 384 or 521. */
  size: number;
  encoding: "PKCS1" | "PKCS8";
}

/** The fields of a certificate. */
export interface CertificateWish {
  commonName?: string;
  organizations: readonly string[];
  dnsNames: readonly string[];
  ipAddresses: readonly string[];
  uris: readonly string[];
  /** As cert-manager writes them, such as `server auth`. */
  usages: readonly string[];
  isCa: boolean;
  notBefore: Date;
  notAfter: Date;
}

/** A certificate and its key, both PEM. */
export interface Pair {
  certificate: string;
  key: string;
}

const curves = { 256: "prime256v1", 384: "secp384r1", 521: "secp521r1" } as const;
const webCurves: Record<string, string> = { prime256v1: "P-256", secp384r1: "P-384", secp521r1: "P-521" };

/** A fresh key, as PEM. */
export function newKey({ algorithm, size, encoding }: KeyWish): string {
  if (algorithm === "RSA") {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: size });
    return privateKey.export({ format: "pem", type: encoding === "PKCS8" ? "pkcs8" : "pkcs1" }).toString();
  }
  if (algorithm === "Ed25519")
    return generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: curves[size as keyof typeof curves] });
  return privateKey.export({ format: "pem", type: encoding === "PKCS8" ? "pkcs8" : "sec1" }).toString();
}

/** A certificate for a key, signed by `issuer`; without one, by the key itself. PEM. */
export async function issue(wish: CertificateWish, key: string, issuer?: Pair): Promise<string> {
  const own = createPrivateKey(key);
  const signing = issuer ? createPrivateKey(issuer.key) : own;
  const publicKey = webKey(createPublicKey(own), ["verify"]);
  const authority = issuer ? new x509.X509Certificate(issuer.certificate) : undefined;
  const subject: x509.JsonName = [
    ...(wish.organizations.length > 0 ? [{ O: inSetOrder(wish.organizations) }] : []),
    ...(wish.commonName ? [{ CN: [wish.commonName] }] : []),
  ];
  const certificate = await x509.X509CertificateGenerator.create({
    // Positive, with 152 random bits: 20 bytes are the maximum.
    serialNumber: Buffer.concat([Buffer.from([1]), randomBytes(19)]).toString("hex"),
    subject,
    issuer: authority ? authority.subjectName : subject,
    notBefore: wish.notBefore,
    notAfter: wish.notAfter,
    signingAlgorithm: signatureOf(signing),
    publicKey,
    signingKey: webKey(signing, ["sign"]),
    extensions: await extensions(wish, publicKey, authority),
  });
  return `${certificate.toString("pem").trimEnd()}\n`;
}

async function extensions(
  wish: CertificateWish,
  publicKey: webcrypto.CryptoKey,
  authority: x509.X509Certificate | undefined,
) {
  const usages = wish.isCa ? [...wish.usages, "cert sign"] : wish.usages;
  const bits = usages.reduce((sum, usage) => sum | (keyUsages[usage] ?? 0), 0);
  const extended = [...new Set(wish.usages)].flatMap((usage) => purposes[usage] ?? []);
  const names: x509.JsonGeneralNames = [
    ...wish.dnsNames.map((value) => ({ type: "dns" as const, value })),
    ...wish.ipAddresses.map((value) => ({ type: "ip" as const, value })),
    ...wish.uris.map((value) => ({ type: "url" as const, value })),
  ];
  const above = authority?.getExtension(x509.SubjectKeyIdentifierExtension);
  // In cert-manager's order.
  return [
    ...(bits > 0 ? [new x509.KeyUsagesExtension(bits, true)] : []),
    ...(extended.length > 0 ? [new x509.ExtendedKeyUsageExtension(extended)] : []),
    new x509.BasicConstraintsExtension(wish.isCa, undefined, true),
    // Only an authority needs a subject key identifier.
    ...(wish.isCa ? [await x509.SubjectKeyIdentifierExtension.create(publicKey)] : []),
    ...(above ? [new x509.AuthorityKeyIdentifierExtension(above.keyId)] : []),
    // Without a subject the alternative names must be critical.
    ...(names.length > 0
      ? [new x509.SubjectAlternativeNameExtension(names, !wish.commonName && wish.organizations.length === 0)]
      : []),
  ];
}

/** The key in WebCrypto's form, which the library signs with. */
function webKey(key: KeyObject, usages: ("sign" | "verify")[]): webcrypto.CryptoKey {
  return key.toCryptoKey(algorithmOf(key), true, usages);
}

function algorithmOf(key: KeyObject) {
  if (key.asymmetricKeyType === "rsa") return { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  if (key.asymmetricKeyType === "ed25519") return { name: "Ed25519" };
  return { name: "ECDSA", namedCurve: webCurves[key.asymmetricKeyDetails?.namedCurve ?? ""] ?? "P-256" };
}

function signatureOf(key: KeyObject) {
  if (key.asymmetricKeyType === "rsa") return { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  if (key.asymmetricKeyType === "ed25519") return { name: "Ed25519" };
  const curve = key.asymmetricKeyDetails?.namedCurve;
  const hash = curve === "secp521r1" ? "SHA-512" : curve === "secp384r1" ? "SHA-384" : "SHA-256";
  return { name: "ECDSA", hash };
}
