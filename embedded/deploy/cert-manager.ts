// cert-manager's resources as a program writes them: the fields supported here, the certificate that they request, and its Secret.
import { createHash, X509Certificate } from "node:crypto";
import { sorted } from "@agentic/api/sorted.ts";
import type { KubeObject } from "./kubernetes/cluster.ts";
import { type Registration, seconds } from "./registration.ts";
import { type Properties, reveal, Secret, some, unknown, type Value } from "./values.ts";
import type { CertificateWish, KeyWish, Pair } from "./x509.ts";
import { inSetOrder } from "./x509-names.ts";

const group = "cert-manager.io";

/** Plugin components that are accepted without running the plugin: what they would install isn't needed here. */
export const answeredComponents: ReadonlySet<string> = new Set(["kubernetes-cert-manager:index:CertManager"]);

/** `Certificate` of `kubernetes:cert-manager.io/v1:Certificate`. */
export const kindOf = (type: string): string => type.split(":")[2] ?? "";

/** Whether a resource of cert-manager is an issuer. */
export const isIssuer = ({ type }: Registration): boolean => kindOf(type) !== "Certificate";

/** Whether something of a resource is known only once another one is made. */
export const isPartlyUnknown = ({ inputs }: Registration): boolean => some(inputs, (value) => value === unknown);

/** The supported fields of an issuer's spec. */
export interface IssuerSpec {
  selfSigned?: object;
  ca?: { secretName?: string };
}

/** The supported fields of a Certificate's spec. */
export interface CertificateSpec {
  secretName?: string;
  commonName?: string;
  subject?: { organizations?: string[] };
  dnsNames?: string[];
  ipAddresses?: string[];
  uris?: string[];
  usages?: string[];
  isCA?: boolean;
  duration?: string;
  renewBefore?: string;
  privateKey?: Partial<KeyWish> & { rotationPolicy?: "Always" | "Never" };
  issuerRef?: { name?: string; kind?: string; group?: string };
  secretTemplate?: { labels?: Record<string, string>; annotations?: Record<string, string> };
}

/** An Issuer, ClusterIssuer or Certificate. */
export interface CertManagerObject {
  metadata?: { name?: string; namespace?: string };
  spec?: CertificateSpec & IssuerSpec;
}

/** Default duration of cert-manager: 90 days. */
const defaultDuration = "2160h";
const sizes = { RSA: 2048, ECDSA: 256, Ed25519: 0 } as const;

/** A key pair with the certificate of its root authority. */
export type Chain = Pair & { authority: string };

/** The Secret of a certificate; undefined for an issuer, and where it isn't known yet. */
export function secretTarget(registration: Registration, defaultNamespace: string) {
  if (isIssuer(registration) || isPartlyUnknown(registration)) return undefined;
  const { metadata, spec } = reveal(registration.inputs) as CertManagerObject;
  const { namespace = defaultNamespace } = metadata ?? {};
  return { apiVersion: "v1", kind: "Secret", namespace, name: spec?.secretName ?? "" };
}

/** The key that a certificate asks for, with cert-manager's defaults. */
export function keyWish({ privateKey = {} }: CertificateSpec): KeyWish {
  const { algorithm = "RSA", size = sizes[algorithm], encoding = "PKCS1" } = privateKey;
  return { algorithm, size, encoding };
}

/** The certificate that a Certificate asks for, from now on. */
export function certificateWish(spec: CertificateSpec, now: Date): CertificateWish {
  const start = Math.floor(now.getTime() / 1000) * 1000;
  return {
    commonName: spec.commonName,
    organizations: spec.subject?.organizations ?? [],
    dnsNames: spec.dnsNames ?? [],
    ipAddresses: spec.ipAddresses ?? [],
    uris: spec.uris ?? [],
    usages: spec.usages ?? ["digital signature", "key encipherment"],
    isCa: spec.isCA ?? false,
    notBefore: new Date(start),
    notAfter: new Date(start + (seconds(spec.duration ?? defaultDuration) ?? 0) * 1000),
  };
}

/** When a certificate expires, and when it is renewed: a third of its duration earlier, unless the spec sets renewBefore. */
export function times(certificate: string, spec: CertificateSpec): { notAfter: Date; renewal: Date } {
  const { validFromDate, validToDate } = new X509Certificate(certificate);
  const life = validToDate.getTime() - validFromDate.getTime();
  const before = (seconds(spec.renewBefore) ?? life / 3000) * 1000;
  return { notAfter: validToDate, renewal: new Date(validToDate.getTime() - before) };
}

/** Hash of the fields whose change requires a new certificate. */
export function hashOf({ renewBefore: _, secretTemplate: _t, secretName: _s, ...spec }: CertificateSpec): string {
  return createHash("sha256")
    .update(JSON.stringify(sorted(spec)))
    .digest("base64url");
}

/** The certificate, key and authority in a Secret; undefined unless all three are there. */
export function pairOf({ data }: KubeObject): Chain | undefined {
  const text = (name: string) => Buffer.from((data as Record<string, string>)?.[name] ?? "", "base64").toString();
  const [certificate, key, authority] = [text("tls.crt"), text("tls.key"), text("ca.crt")];
  return certificate && key && authority ? { certificate, key, authority } : undefined;
}

/** A field as Go's CSV writer quotes it. */
const csv = (text: string) => (/[",\r\n]|^\s/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** The Secret as cert-manager would write it. */
export function secretOf(
  pair: Chain,
  spec: CertificateSpec,
  { namespace, name, certificate }: { namespace: string; name: string; certificate: string },
): Properties {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const { issuerRef = {}, secretTemplate } = spec;
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name,
      namespace,
      labels: { ...secretTemplate?.labels, "controller.cert-manager.io/fao": "true" },
      annotations: {
        ...secretTemplate?.annotations,
        [`${group}/alt-names`]: (spec.dnsNames ?? []).join(","),
        [`${group}/certificate-name`]: certificate,
        [`${group}/common-name`]: spec.commonName ?? "",
        [`${group}/ip-sans`]: (spec.ipAddresses ?? []).join(","),
        [`${group}/issuer-group`]: issuerRef.group ?? "",
        [`${group}/issuer-kind`]: issuerRef.kind ?? "",
        [`${group}/issuer-name`]: issuerRef.name ?? "",
        [`${group}/uri-sans`]: (spec.uris ?? []).join(","),
        ...(spec.subject?.organizations?.length
          ? { [`${group}/subject-organizations`]: inSetOrder(spec.subject.organizations).map(csv).join(",") }
          : {}),
      },
    },
    type: "kubernetes.io/tls",
    data: new Secret({
      "ca.crt": base64(pair.authority),
      "tls.crt": base64(pair.certificate),
      "tls.key": base64(pair.key),
    }) as Value,
  };
}
