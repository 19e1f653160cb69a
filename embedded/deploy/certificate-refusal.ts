// Refuses cert-manager resources that this deployer can't issue for, and those that cert-manager's own webhook would refuse.
import { isIP } from "node:net";
import { type CertificateSpec, type CertManagerObject, isPartlyUnknown, keyWish, kindOf } from "./cert-manager.ts";
import { type Registration, seconds } from "./registration.ts";
import { reveal } from "./values.ts";
import { knownUsages } from "./x509-names.ts";

/** Supported fields: `true` for a field with everything in it, else its supported subfields. */
interface Known {
  [field: string]: true | Known;
}

const issuer: Known = { selfSigned: {}, ca: { secretName: true } };
const known: Record<string, Known> = {
  Certificate: {
    secretName: true,
    commonName: true,
    subject: { organizations: true },
    dnsNames: true,
    ipAddresses: true,
    uris: true,
    usages: true,
    isCA: true,
    duration: true,
    renewBefore: true,
    privateKey: { algorithm: true, size: true, encoding: true, rotationPolicy: true },
    issuerRef: { name: true, kind: true, group: true },
    secretTemplate: { labels: true, annotations: true },
    revisionHistoryLimit: true,
  },
  Issuer: issuer,
  ClusterIssuer: issuer,
};

/** Why this deployer can't make a cert-manager resource; undefined where it can. */
export function certificateRefusal(registration: Registration): string | undefined {
  const kind = kindOf(registration.type);
  const fields = known[kind];
  if (!fields) return `only cert-manager itself makes a ${kind}: use the Pulumi CLI, with cert-manager in the cluster`;
  const { spec = {} } = reveal(registration.inputs) as CertManagerObject;
  const problems = unsupportedFields(spec, fields, "spec");
  if (kind === "Certificate") {
    if (!isPartlyUnknown(registration)) problems.push(...missing(spec));
    problems.push(...mistakes(spec));
  }
  return problems.length > 0 ? problems.join("; ") : undefined;
}

function unsupportedFields(value: object, fields: Known, path: string): string[] {
  return Object.entries(value).flatMap(([field, inner]) => {
    const inside = fields[field];
    if (inside === undefined) {
      const names = Object.keys(fields);
      const supported = names.length > 0 ? `supports only ${names.join(", ")}` : "supports no fields";
      return [`${path}.${field}: this deployer issues certificates itself and ${supported}`];
    }
    const deeper = inside !== true && typeof inner === "object" && inner !== null;
    return deeper ? unsupportedFields(inner, inside, `${path}.${field}`) : [];
  });
}

/** What cert-manager allows of each algorithm; Ed25519 has one size. */
const sizes: Record<string, (size: number) => string | undefined> = {
  RSA: (size) => (size >= 2048 && size <= 8192 ? undefined : "between 2048 and 8192"),
  ECDSA: (size) => ([256, 384, 521].includes(size) ? undefined : "256, 384 or 521"),
  Ed25519: () => undefined,
};

const hour = 3600;

/** Required fields that are missing, as cert-manager's webhook reports them. */
function missing({ secretName, issuerRef, commonName, dnsNames, ipAddresses, uris }: CertificateSpec): string[] {
  const problems: string[] = [];
  if (!secretName) problems.push("spec.secretName is missing");
  if (!issuerRef?.name) problems.push("spec.issuerRef.name is missing");
  if (!commonName && [dnsNames, ipAddresses, uris].every((names) => !names || names.length === 0))
    problems.push("spec: one of commonName, dnsNames, ipAddresses and uris must be set");
  return problems;
}

/** Invalid values of the supported fields, as cert-manager's webhook reports them. */
function mistakes(spec: CertificateSpec): string[] {
  const problems: string[] = [];
  const { commonName, issuerRef, privateKey, duration, renewBefore } = spec;
  if (isText(issuerRef?.group) && issuerRef.group !== "cert-manager.io")
    problems.push(`spec.issuerRef.group: ${issuerRef.group} is not cert-manager.io`);
  if (isText(issuerRef?.kind) && !["Issuer", "ClusterIssuer"].includes(issuerRef.kind))
    problems.push(`spec.issuerRef.kind: ${issuerRef.kind} is not Issuer or ClusterIssuer`);
  if (isText(commonName) && commonName.length > 64)
    problems.push(`spec.commonName: ${commonName} is longer than 64 characters`);
  for (const address of listed(spec.ipAddresses))
    if (isIP(address) === 0) problems.push(`spec.ipAddresses: ${address} is not a valid IP address`);
  for (const usage of listed(spec.usages))
    if (!knownUsages.has(usage)) problems.push(`spec.usages: ${usage} is not one of ${[...knownUsages].join(", ")}`);
  if (isText(privateKey?.algorithm) && !(privateKey.algorithm in sizes))
    problems.push(`spec.privateKey.algorithm: ${privateKey.algorithm} is not one of ${Object.keys(sizes).join(", ")}`);
  const { algorithm, size } = keyWish(spec);
  const allowed = typeof size === "number" ? sizes[algorithm]?.(size) : undefined;
  if (allowed) problems.push(`spec.privateKey.size: ${size} is not ${allowed}, which ${algorithm} has`);
  problems.push(...times(duration, renewBefore));
  return problems;
}

function times(duration: string | undefined = "2160h", before: string | undefined): string[] {
  if (!isText(duration)) return [];
  const life = seconds(duration) ?? 0;
  const problems = life < hour ? [`spec.duration: ${duration} is less than 1h`] : [];
  if (!isText(before)) return problems;
  const early = seconds(before) ?? 0;
  if (early < 300) problems.push(`spec.renewBefore: ${before} is less than 5m`);
  if (early >= life) problems.push(`spec.renewBefore: ${before} is not less than the duration, ${duration}`);
  return problems;
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
const listed = (values: unknown): string[] => (Array.isArray(values) ? values.filter(isText) : []);
