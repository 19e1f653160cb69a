// cert-manager and the platform's own certificate authority, which signs for its services and for nobody else.
import { NAMESPACES } from "@agentic/api/names.ts";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import { CertManager } from "@pulumi/kubernetes-cert-manager/certManager.js";
import * as pulumi from "@pulumi/pulumi";
import { waitUntilReady } from "../wait.ts";
import { CERT_MANAGER_API, type Issuer, privateKey } from "./certificates.ts";
import { labels } from "./labels.ts";
import { type Resources, restrictedContainer } from "./pod.ts";

export interface PlatformAuthorityArgs {
  namespace: pulumi.Input<string>;
  /** Whether cert-manager is installed; false where the cluster has one already. Default true. */
  install?: boolean;
  /** Version of cert-manager's chart, which is that of its images too. Default {@link certManagerVersion}. */
  version?: string;
  /** Pods of controller, webhook and injector each. Default 1. */
  replicas?: number;
  /** Of controller, webhook and injector each, and of the job that waits for them. */
  resources?: Resources;
  priorityClass?: pulumi.Input<string>;
  /** Days that a certificate is good for. Default 90. */
  days?: number;
  /** Days before its end that a certificate is renewed. Default 30. */
  renewDays?: number;
  /** Whether its controller tells when certificates end. Default false. */
  metrics?: boolean;
}

const certManagerVersion = "v1.21.2";

const part = "cert-manager";
/** Label of its controller's pods, and the port of their metrics. */
export const certManagerPart = part;
export const certManagerMetricsPort = 9402;
const issuerName = "agentic-platform";
const hours = (days: number) => `${days * 24}h`;

/** Ten years, since a new authority must be distributed to all who trust it; it is renewed with the same key before that. */
const authorityDays = 3650;

/** cert-manager with few rights and small pods, and a ClusterIssuer whose authority only this cluster trusts. */
export class PlatformAuthority extends pulumi.ComponentResource {
  /** For everybody who asks for a certificate. */
  readonly issuer: Issuer;

  constructor(name: string, args: PlatformAuthorityArgs, options?: pulumi.ComponentResourceOptions) {
    const { days = 90, renewDays = 30 } = args;
    if (renewDays >= days)
      throw new Error(`renewDays: ${renewDays} is not less than the ${days} days that a certificate is good for`);
    super("agentic:security:PlatformAuthority", name, {}, options);
    const { namespace } = args;
    // The webhook checks every certificate, and answers once the release is ready.
    const manager = args.install === false ? [] : [this.#install(name, args)];
    const child = { parent: this, dependsOn: manager };
    const metadata = (objectName: string) => ({ name: objectName, namespace, labels: labels(part) });
    const bootstrap = new CustomResource(
      `${name}-bootstrap`,
      {
        apiVersion: CERT_MANAGER_API,
        kind: "Issuer",
        metadata: metadata(`${issuerName}-bootstrap`),
        spec: { selfSigned: {} },
      },
      child,
    );
    const authority = new CustomResource(
      `${name}-ca`,
      {
        apiVersion: CERT_MANAGER_API,
        kind: "Certificate",
        metadata: {
          ...metadata(`${issuerName}-ca`),
          annotations: waitUntilReady,
        },
        spec: {
          secretName: `${issuerName}-ca`,
          isCA: true,
          commonName: "Agentic Platform internal CA",
          usages: ["digital signature", "cert sign", "crl sign"],
          duration: hours(authorityDays),
          renewBefore: hours(2 * days),
          // A renewal keeps the key, so that what it has signed stays valid.
          privateKey: { ...privateKey, rotationPolicy: "Never" },
          issuerRef: { name: `${issuerName}-bootstrap`, kind: "Issuer", group: "cert-manager.io" },
        },
      },
      { parent: this, dependsOn: [bootstrap] },
    );
    const issuer = new CustomResource(
      `${name}-issuer`,
      {
        apiVersion: CERT_MANAGER_API,
        kind: "ClusterIssuer",
        metadata: { name: issuerName, labels: labels(part) },
        spec: { ca: { secretName: `${issuerName}-ca` } },
      },
      { parent: this, dependsOn: [authority] },
    );
    this.issuer = {
      name: issuerName,
      kind: "ClusterIssuer",
      duration: hours(days),
      renewBefore: hours(renewDays),
      after: issuer,
    };
    this.registerOutputs({ issuer: issuerName });
  }

  #install(name: string, args: PlatformAuthorityArgs): CertManager {
    const { replicas: replicaCount = 1, resources, version = certManagerVersion } = args;
    const securityContext = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };
    const common = { replicaCount, resources, containerSecurityContext: restrictedContainer };
    const { certManager: space } = NAMESPACES;
    const asJson = ["--logging-format=json"];
    return new CertManager(
      name,
      {
        ...common,
        securityContext,
        // A Secret is deleted with its Certificate, so that nothing is left of a service that is switched off.
        extraArgs: ["--enable-certificate-owner-ref=true", ...asJson],
        webhook: { ...common, securityContext, extraArgs: asJson },
        // The package has another name for this pod's securityContext than the chart, which refuses it; its default is the same.
        cainjector: { ...common, extraArgs: asJson },
        startupapicheck: { securityContext, resources },
        prometheus: { enabled: args.metrics ?? false },
        global: {
          // Its lease lies in its own namespace: it needs no rights in kube-system.
          leaderElection: { namespace: space },
          ...(args.priorityClass === undefined ? {} : { priorityClassName: args.priorityClass }),
        },
        helmOptions: {
          name: part,
          namespace: args.namespace,
          version,
          // Definitions that outlive their controller would block the deletion of their namespace.
          values: { crds: { enabled: true, keep: false } },
        },
      },
      { parent: this },
    );
  }
}
