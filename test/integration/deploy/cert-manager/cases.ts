// Certificates of every kind that the deployer answers, for cert-manager and for it.

/** Namespace of them all, which ends with its namespaced issuers. */
export const namespace = "cases";

/** An object of cert-manager's. */
export interface Case {
  apiVersion: string;
  kind: "Certificate" | "Issuer";
  metadata: { name: string; namespace: string };
  spec: Record<string, unknown>;
}

const make = (kind: Case["kind"], name: string, spec: Case["spec"]): Case => ({
  apiVersion: "cert-manager.io/v1",
  kind,
  metadata: { name, namespace },
  spec,
});

const issuer = (name: string, spec: Case["spec"]) => make("Issuer", name, spec);
const certificate = (name: string, spec: Case["spec"], from = "root") =>
  make("Certificate", name, {
    secretName: `${name}-tls`,
    issuerRef: { name: from, kind: "Issuer", group: "cert-manager.io" },
    ...spec,
  });
const key = (algorithm: string, size?: number, encoding?: string) => ({ privateKey: { algorithm, size, encoding } });
const valid = { dnsNames: ["a.example"] };

/** In an order in which each is made from what is there. */
export const cases: readonly Case[] = [
  issuer("self", { selfSigned: {} }),
  certificate("root", { isCA: true, commonName: "root", ...key("ECDSA", 256) }, "self"),
  issuer("root", { ca: { secretName: "root-tls" } }),
  certificate("defaults", valid),
  certificate("common-name", { commonName: "x" }),
  certificate("subject", {
    commonName: "x",
    subject: { organizations: ["B, Inc", "A"] },
    dnsNames: ["a.example", "*.b.example"],
    ipAddresses: ["10.0.0.1", "::1"],
    uris: ["spiffe://a/b"],
  }),
  certificate("uri", { uris: ["spiffe://a/b"] }),
  certificate("not-ascii", { commonName: "Künstler", subject: { organizations: ["A_B", "Ä"] } }),
  certificate("rsa", { ...valid, ...key("RSA", 3072, "PKCS8") }),
  certificate("ecdsa", { ...valid, ...key("ECDSA") }),
  certificate("ecdsa-384", { ...valid, ...key("ECDSA", 384, "PKCS8") }),
  certificate("ecdsa-521", { ...valid, ...key("ECDSA", 521) }),
  certificate("ed25519", { ...valid, ...key("Ed25519") }),
  certificate("bits", {
    ...valid,
    usages: ["signing", "content commitment", "key agreement", "data encipherment", "decipher only", "crl sign"],
  }),
  certificate("purposes", {
    ...valid,
    usages: [
      ...["server auth", "client auth", "code signing", "email protection", "s/mime", "timestamping", "ocsp signing"],
      ...["ipsec end system", "ipsec tunnel", "ipsec user", "microsoft sgc", "netscape sgc", "any"],
    ],
  }),
  certificate("template", {
    ...valid,
    secretTemplate: { labels: { part: "a" }, annotations: { why: "b" } },
    duration: "24h",
    renewBefore: "8h",
    revisionHistoryLimit: 2,
  }),
  certificate("short-reference", { ...valid, issuerRef: { name: "root" } }),
  certificate("middle", { isCA: true, commonName: "middle", subject: { organizations: ["O"] }, ...key("ECDSA", 384) }),
  issuer("middle", { ca: { secretName: "middle-tls" } }),
  certificate("below", valid, "middle"),
  certificate("low", { isCA: true, commonName: "low", usages: ["cert sign"] }, "middle"),
  issuer("low", { ca: { secretName: "low-tls" } }),
  certificate("lowest", { ...valid, commonName: "deep" }, "low"),
  certificate("self", { ...valid, commonName: "me" }, "self"),
  certificate("self-rsa", { isCA: true, commonName: "rsa" }, "self"),
];

/** Specs that cert-manager's webhook refuses, by the field that it names. */
export const refusals: Readonly<Record<string, Case>> = {
  "spec.commonName": certificate("long", { commonName: "x".repeat(65) }),
  "spec.ipAddresses": certificate("address", { ipAddresses: ["10.0.0.256"] }),
  "spec.usages": certificate("usage", { ...valid, usages: ["everything"] }),
  "spec.privateKey.size": certificate("size", { ...valid, ...key("ECDSA", 255) }),
  "spec.privateKey.algorithm": certificate("algorithm", { ...valid, ...key("DSA") }),
  "spec.duration": certificate("duration", { ...valid, duration: "30m", renewBefore: "10m" }),
  "spec.renewBefore": certificate("renewal", { ...valid, duration: "2h", renewBefore: "2h" }),
  "spec.issuerRef.kind": certificate("kind", { ...valid, issuerRef: { name: "root", kind: "Authority" } }),
  spec: certificate("nameless", {}),
};
