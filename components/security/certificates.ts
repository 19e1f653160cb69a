// Certificates of the platform's own authority: requests to cert-manager, and the volumes by which pods get them.
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import type * as pulumi from "@pulumi/pulumi";
import { waitUntilReady } from "../wait.ts";
import { labels } from "./labels.ts";
import { secretMode } from "./pod.ts";

/** Who signs, and for how long. Plain data but for `after`, so that a grant can carry it to another stack. */
export interface Issuer {
  name: string;
  kind: "ClusterIssuer" | "Issuer";
  /** Go durations, such as `2160h`. */
  duration: string;
  renewBefore: string;
  /** What must be there before a certificate is asked for. */
  after?: pulumi.Resource;
}

export const CERT_MANAGER_API = "cert-manager.io/v1";

/** Algorithm of every private key: small, fast, and supported by all of the platform's clients. */
export const privateKey = { algorithm: "ECDSA", size: 256 } as const;

/** A certificate to ask for. */
export interface CertificateArgs {
  /** Name of the Certificate and of its Secret. */
  secret: string;
  namespace: pulumi.Input<string>;
  issuer: Issuer;
  /** The part that it is for. */
  part: string;
  /** Names that clients call the server by; a client's own certificate has none. */
  dnsNames?: readonly string[];
  /** Addresses that clients call the server by, beside its names. */
  ipAddresses?: readonly string[];
}

/** Names of a Service in the cluster. */
export function serviceNames(service: string, namespace: string): string[] {
  const name = `${service}.${namespace}`;
  return [name, `${name}.svc`, `${name}.svc.cluster.local`];
}

/** A certificate with a Secret of the same name: `tls.crt`, `tls.key`, and the authority's `ca.crt`. */
export function certificate(
  name: string,
  { secret, namespace, issuer, part, dnsNames, ipAddresses }: CertificateArgs,
  options: pulumi.CustomResourceOptions,
): CustomResource {
  return new CustomResource(
    name,
    {
      apiVersion: CERT_MANAGER_API,
      kind: "Certificate",
      metadata: {
        name: secret,
        namespace,
        labels: labels(part),
        // Pods that mount the Secret are created once it exists.
        annotations: waitUntilReady,
      },
      spec: {
        secretName: secret,
        secretTemplate: { labels: labels(part) },
        commonName: dnsNames?.[0] ?? part,
        ...(dnsNames ? { dnsNames: [...dnsNames] } : {}),
        ...(ipAddresses ? { ipAddresses: [...ipAddresses] } : {}),
        usages: ["digital signature", dnsNames ? "server auth" : "client auth"],
        duration: issuer.duration,
        renewBefore: issuer.renewBefore,
        privateKey: { ...privateKey, rotationPolicy: "Always" },
        issuerRef: { name: issuer.name, kind: issuer.kind, group: "cert-manager.io" },
      },
    },
    { ...options, ...(issuer.after ? { dependsOn: [issuer.after] } : {}) },
  );
}

/** Name of the Secret with a service's certificate. */
export const tlsSecret = (part: string): string => `${part}-tls`;

/** What a service's certificate differs in. */
export interface ServiceCertificateArgs {
  /** The part that it is for, which its Service is called by, too. */
  part: string;
  /** Name of the namespace, which clients know before it is there. */
  space: string;
  namespace: pulumi.Input<string>;
  /** Who signs; without one there is no certificate. */
  issuer?: Issuer;
  /** Whether clients reach it by a port of their own machine's loopback, too. */
  onLoopback?: boolean;
}

/** The certificate of a service under its names in the cluster; undefined where nobody signs, and it answers in clear text. */
export function serviceCertificate(
  name: string,
  { part, space, namespace, issuer, onLoopback }: ServiceCertificateArgs,
  options: pulumi.CustomResourceOptions,
): CustomResource | undefined {
  if (!issuer) return undefined;
  const names = onLoopback
    ? { dnsNames: [...serviceNames(part, space), "localhost"], ipAddresses: ["127.0.0.1"] }
    : { dnsNames: serviceNames(part, space) };
  return certificate(`${name}-tls`, { secret: tlsSecret(part), namespace, issuer, part, ...names }, options);
}

/** How a server's pod serves TLS, or clear text where it has no certificate. */
export interface ServerTls {
  /** `https` or `http`. */
  scheme: "https" | "http";
  /** Fields of an HTTP probe; the kubelet doesn't verify the certificate. */
  probe: { scheme?: "HTTPS" };
  volumes: SecretVolume[];
  volumeMounts: { name: string; mountPath: string; readOnly: boolean }[];
}

interface SecretVolume {
  name: string;
  secret: { secretName: pulumi.Input<string>; defaultMode: number; items: { key: string; path: string }[] };
}

/** Where a server finds its own certificate. */
export const tlsFolder = "/etc/secrets/tls";

/** A server's certificate as files of its pod; `files` names them where the server wants other names. */
export function serverTls(
  issued: CustomResource | undefined,
  { folder = tlsFolder, files = {} }: { folder?: string; files?: Readonly<Record<string, string>> } = {},
): ServerTls {
  if (!issued) return { scheme: "http", probe: {}, volumes: [], volumeMounts: [] };
  const names: Record<string, string> = { "tls.crt": "tls.crt", "tls.key": "tls.key", ...files };
  const items = Object.entries(names).map(([key, path]) => ({ key, path }));
  const secret = { secretName: issued.metadata.apply(({ name }) => String(name)), defaultMode: secretMode, items };
  return {
    scheme: "https",
    probe: { scheme: "HTTPS" },
    volumes: [{ name: "tls", secret }],
    volumeMounts: [{ name: "tls", mountPath: folder, readOnly: true }],
  };
}

/** Where a client finds the authority that it trusts. */
const caFolder = "/etc/secrets/ca";
export const caFile = `${caFolder}/ca.crt`;

/** The authority's certificate as a file of a pod, from any certificate's Secret of the pod's namespace. */
export function trust(issued: CustomResource | undefined): Pick<ServerTls, "volumes" | "volumeMounts"> {
  if (!issued) return { volumes: [], volumeMounts: [] };
  const items = [{ key: "ca.crt", path: "ca.crt" }];
  const secret = { secretName: issued.metadata.apply(({ name }) => String(name)), defaultMode: secretMode, items };
  return {
    volumes: [{ name: "ca", secret }],
    volumeMounts: [{ name: "ca", mountPath: caFolder, readOnly: true }],
  };
}
