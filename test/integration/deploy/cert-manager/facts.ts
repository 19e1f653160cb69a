// What a consumer can tell of a certificate's Secret, without what differs from one certificate to the next.
import "reflect-metadata";
import { createPrivateKey, X509Certificate } from "node:crypto";
import * as x509 from "@peculiar/x509";
import type { KubeObject } from "../../../../embedded/deploy/kubernetes/cluster.ts";

/** Identifiers of keys: their values are hashes. */
const hashes = new Set(["2.5.29.14", "2.5.29.35"]);

/** All but owner (the deployer keeps no Certificate that could own it) and the labels by which the deployer finds its objects. */
export function factsOf({ type, metadata, data }: KubeObject): unknown {
  const text = (name: string) => Buffer.from((data as Record<string, string>)[name] ?? "", "base64").toString();
  const key = text("tls.key");
  const { asymmetricKeyType: algorithm, asymmetricKeyDetails: details } = createPrivateKey(key);
  return {
    type,
    labels: sorted(metadata.labels, (label) => !label.startsWith("applyset.")),
    annotations: sorted(metadata.annotations, () => true),
    keys: Object.keys(data as object).sort(),
    key: [key.split("\n")[0], key.endsWith("\n"), algorithm, details?.namedCurve ?? details?.modulusLength ?? ""],
    certificates: certificates(text("tls.crt")),
    authority: certificates(text("ca.crt")),
  };
}

const sorted = (values: Record<string, string> | undefined, want: (name: string) => boolean) =>
  Object.fromEntries(
    Object.entries(values ?? {})
      .filter(([name]) => want(name))
      .toSorted(),
  );

function certificates(text: string): unknown[] {
  const all = text.match(/-----BEGIN CERTIFICATE-----\n[^-]+-----END CERTIFICATE-----\n/g) ?? [];
  if (all.join("") !== text) throw new Error(`not certificates one after the other: ${text}`);
  return all.map((pem) => {
    const { validFromDate, validToDate, serialNumber } = new X509Certificate(pem);
    const parsed = new x509.X509Certificate(pem);
    return {
      subject: hex(parsed.subjectName.toArrayBuffer()),
      issuer: hex(parsed.issuerName.toArrayBuffer()),
      hours: (validToDate.getTime() - validFromDate.getTime()) / 3_600_000,
      // cert-manager's are random numbers of 20 bytes, some of which begin with zeros.
      serial: serialNumber.length > 34 && serialNumber.length <= 40,
      signature: parsed.signatureAlgorithm,
      extensions: parsed.extensions.map(({ type, critical, value }) => [
        type,
        critical,
        hashes.has(type) ? value.byteLength : hex(value),
      ]),
    };
  });
}

const hex = (bytes: ArrayBuffer) => Buffer.from(bytes).toString("hex");
