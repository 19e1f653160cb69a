// What the deployer knows of cert-manager's resources before it asks a cluster.
import { expect, test } from "vitest";
import {
  certificateWish,
  hashOf,
  isIssuer,
  keyWish,
  pairOf,
  secretOf,
  secretTarget,
  times,
} from "../../../embedded/deploy/cert-manager.ts";
import { certificateRefusal } from "../../../embedded/deploy/certificate-refusal.ts";
import { Certificates } from "../../../embedded/deploy/certificates.ts";
import type { Registration } from "../../../embedded/deploy/registration.ts";
import { type Properties, reveal, Secret, unknown } from "../../../embedded/deploy/values.ts";
import { authority, pair, wishFor } from "./authority.ts";

const registration = (kind: string, spec: Properties, metadata: Properties = { name: "one", namespace: "space" }) =>
  ({
    urn: `urn::${kind}`,
    type: `kubernetes:cert-manager.io/v1:${kind}`,
    inputs: { apiVersion: "cert-manager.io/v1", kind, metadata, spec },
    provider: "",
  }) as unknown as Registration;

test("what it can't do is refused by the field's name", () => {
  const message = (kind: string, spec: Properties) => certificateRefusal(registration(kind, spec));
  expect(message("Certificate", { secretName: "a", commonName: "a", issuerRef: { name: "i" } })).toBeUndefined();
  expect(message("Issuer", { selfSigned: {} })).toBeUndefined();
  expect(message("ClusterIssuer", { vault: {} })).toMatch(/spec\.vault/);
  expect(message("Certificate", { secretName: "a", keystores: {} })).toMatch(/spec\.keystores/);
  expect(message("Certificate", {})).toMatch(/spec\.secretName is missing/);
  expect(message("Certificate", { secretName: "a", issuerRef: { group: "awspca.cert-manager.io" } })).toMatch(
    /issuerRef\.group/,
  );
  expect(message("Certificate", { secretName: "a", privateKey: { algorithm: "DSA" } })).toMatch(
    /privateKey\.algorithm: DSA/,
  );
  expect(message("Certificate", { subject: { countries: ["AQ"] } })).toMatch(
    /spec\.subject\.countries: .*organizations/,
  );
  expect(message("Issuer", { ca: { secretName: "a", ocspServers: [] } })).toMatch(/spec\.ca\.ocspServers/);
  expect(message("CertificateRequest", {})).toMatch(/only cert-manager itself/);
});

test("what isn't known yet is no mistake", () => {
  const spec: Properties = {
    secretName: unknown,
    commonName: unknown,
    issuerRef: { name: unknown },
    duration: unknown,
  };
  expect(certificateRefusal(registration("Certificate", spec))).toBeUndefined();
});

test("a certificate's address is that of its Secret, once it is known", () => {
  const certificate = registration("Certificate", { secretName: "tls" });
  expect(secretTarget(certificate, "default")).toEqual({
    apiVersion: "v1",
    kind: "Secret",
    namespace: "space",
    name: "tls",
  });
  expect(secretTarget(registration("Certificate", { secretName: "tls" }, { name: "one" }), "default")?.namespace).toBe(
    "default",
  );
  expect(secretTarget(registration("Certificate", { secretName: unknown }), "default")).toBeUndefined();
  expect(secretTarget(registration("Issuer", { selfSigned: {} }), "default")).toBeUndefined();
  expect(isIssuer(registration("ClusterIssuer", {}))).toBe(true);
});

test("defaults are cert-manager's", () => {
  expect(keyWish({})).toEqual({ algorithm: "RSA", size: 2048, encoding: "PKCS1" });
  expect(keyWish({ privateKey: { algorithm: "ECDSA" } }).size).toBe(256);
  const now = new Date("2026-01-01T00:00:00.500Z");
  const wish = certificateWish({ secretName: "a" }, now);
  expect(wish.usages).toEqual(["digital signature", "key encipherment"]);
  expect(wish.notBefore.toISOString()).toBe("2026-01-01T00:00:00.000Z");
  expect(wish.notAfter.toISOString()).toBe("2026-04-01T00:00:00.000Z");
});

test("it is renewed a third of its life before its end, or when the spec says", async () => {
  const notBefore = new Date("2026-01-01T00:00:00Z");
  const notAfter = new Date("2026-01-31T00:00:00Z");
  const { certificate } = await pair({ notBefore, notAfter });
  expect(times(certificate, {}).renewal.toISOString()).toBe("2026-01-21T00:00:00.000Z");
  expect(times(certificate, { renewBefore: "48h" }).renewal.toISOString()).toBe("2026-01-29T00:00:00.000Z");
});

test("only what the certificate itself says makes another one", () => {
  const spec = { secretName: "a", dnsNames: ["a.b"], renewBefore: "1h", issuerRef: { name: "i" } };
  expect(hashOf({ ...spec, renewBefore: "2h", secretTemplate: { labels: { a: "b" } } })).toBe(hashOf(spec));
  for (const change of [
    { dnsNames: ["a.c"] },
    { issuerRef: { name: "j" } },
    { usages: ["server auth"] },
    { isCA: true },
  ])
    expect(hashOf({ ...spec, ...change })).not.toBe(hashOf(spec));
});

test("a Secret holds its key as a secret, and is read back as it was written", async () => {
  const ca = await authority();
  const leaf = { ...(await pair(wishFor(), ca)), authority: ca.certificate };
  const spec = { secretName: "tls", secretTemplate: { labels: { mine: "yes" }, annotations: { why: "test" } } };
  const object = secretOf(leaf, spec, { namespace: "space", name: "tls", certificate: "one" });
  expect(object.data).toBeInstanceOf(Secret);
  expect(JSON.stringify(object)).not.toContain(Buffer.from(leaf.key).toString("base64").slice(0, 40));
  expect(object.metadata).toMatchObject({ labels: { mine: "yes" }, annotations: { why: "test" } });
  expect(pairOf(reveal(object) as never)).toEqual(leaf);
  expect(pairOf({ data: { "tls.crt": "", "tls.key": "" } } as never)).toBeUndefined();
});

test("an issuer is the same, new or changed", () => {
  const certificates = new Certificates();
  const issuer = (name: string) => registration("ClusterIssuer", { ca: { secretName: name } }, { name: "one" });
  const [first, issued] = certificates.issuer(issuer("a"), "default");
  expect(first).toBe("create");
  expect(issued).toEqual({ key: "ClusterIssuer/one", issuer: { ca: { secretName: "a" } } });
  expect(certificates.issuer(issuer("a"), "default", issued)[0]).toBe("same");
  expect(certificates.issuer(issuer("b"), "default", issued)[0]).toBe("update");
});
