// Certificates of every kind of key, checked by OpenSSL's eyes (node:crypto), not by the library that made them.
import { createPrivateKey, X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { KeyWish } from "../../../embedded/deploy/x509.ts";
import { authority, pair } from "./authority.ts";

const keys: [KeyWish, string, string | undefined][] = [
  [{ algorithm: "ECDSA", size: 256, encoding: "PKCS1" }, "EC PRIVATE KEY", "prime256v1"],
  [{ algorithm: "ECDSA", size: 384, encoding: "PKCS8" }, "PRIVATE KEY", "secp384r1"],
  [{ algorithm: "ECDSA", size: 521, encoding: "PKCS1" }, "EC PRIVATE KEY", "secp521r1"],
  [{ algorithm: "RSA", size: 2048, encoding: "PKCS1" }, "RSA PRIVATE KEY", undefined],
  [{ algorithm: "RSA", size: 2048, encoding: "PKCS8" }, "PRIVATE KEY", undefined],
  [{ algorithm: "Ed25519", size: 0, encoding: "PKCS8" }, "PRIVATE KEY", undefined],
];

describe.each(keys)("a key of %o", (wish, header, curve) => {
  test("is written as asked, signs and is signed", async () => {
    const otherCa = await pair({ commonName: "Other CA", isCa: true, usages: ["cert sign"] }, undefined, wish);
    const leaf = await pair({ dnsNames: ["a.test", "b.test"], uris: ["spiffe://a/b"] }, otherCa, wish);
    expect(leaf.key).toMatch(new RegExp(`^-----BEGIN ${header}-----\n`));
    const [below, above] = [new X509Certificate(leaf.certificate), new X509Certificate(otherCa.certificate)];
    expect(above.verify(above.publicKey)).toBe(true);
    expect(below.verify(above.publicKey)).toBe(true);
    expect(below.checkIssued(above)).toBe(true);
    expect(below.checkPrivateKey(createPrivateKey(leaf.key))).toBe(true);
    expect(below.publicKey.asymmetricKeyDetails?.namedCurve).toBe(curve);
    expect([below.ca, above.ca]).toEqual([false, true]);
    expect(below.subjectAltName).toBe("DNS:a.test, DNS:b.test, URI:spiffe://a/b");
  });
});

test("an authority of another key does not stand behind a certificate", async () => {
  const [first, second] = [await authority(), await authority()];
  const leaf = new X509Certificate((await pair({}, first)).certificate);
  expect(leaf.verify(new X509Certificate(second.certificate).publicKey)).toBe(false);
});

test("every certificate has a number of its own, positive and long", async () => {
  const ca = await authority();
  const numbers = await Promise.all(
    [1, 2, 3, 4].map(async () => new X509Certificate((await pair({}, ca)).certificate).serialNumber),
  );
  expect(new Set(numbers).size).toBe(4);
  for (const number of numbers) expect(number).toMatch(/^01[0-9A-F]{38}$/);
});

test("names without a subject are marked as all there is", async () => {
  const ca = await authority();
  const leaf = new X509Certificate((await pair({ commonName: undefined, organizations: [] }, ca)).certificate);
  expect(leaf.subject ?? "").toBe("");
  // Critical: 55 1d 11 (subjectAltName), then TRUE.
  expect(leaf.raw.toString("hex")).toContain("0603551d110101ff");
});
