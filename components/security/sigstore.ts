// A Sigstore of the cluster's own: Fulcio certifies the cluster's accounts as signers of images, Rekor has their signatures on record.
import { createPublicKey } from "node:crypto";
import { NAMESPACES } from "@agentic/api/names.ts";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import type { core } from "@pulumi/kubernetes/types/input.js";
import * as pulumi from "@pulumi/pulumi";
import { placement } from "../scheduling/placement.ts";
import { certificate, type Issuer, serverTls, serviceNames, tlsFolder, tlsSecret } from "./certificates.ts";
import { checksum } from "./checksum.ts";
import { apiServerFlow, type Cidrs, inNamespace, tcp, toInternet } from "./flows.ts";
import { labels, selector } from "./labels.ts";
import { hardenedContainer, hardenedPod, probes, type Resources, secretVolume } from "./pod.ts";
import { SigstoreKeys } from "./sigstore-keys.ts";
import { fulcioPart, fulcioUrl, rekorPart, rekorUrl, sigstoreImage } from "./sigstore-names.ts";
import { declared } from "./tenant-rules.ts";
import { checkUrl, type TrustedKeys } from "./trusted-keys.ts";

export interface SigstoreArgs {
  namespace: pulumi.Input<string>;
  /** Who signs the certificates of their TLS. */
  issuer: Issuer;
  /** Who issues the accounts' tokens. Default: the API server of an own cluster, which is asked with a token of Fulcio's account. */
  tokenIssuer?: string;
  /** Audience of the tokens by which accounts sign. Default `sigstore`. */
  audience?: string;
  /** Namespaces whose pods may sign. Default: none, and who may forward a port signs. */
  signers?: readonly string[];
  /** Addresses of the API server, as CIDRs. */
  apiServerCidrs: Cidrs;
  priorityClass?: pulumi.Input<string>;
  /** Default: the name that the embedded node's has. */
  image?: string;
  /** Of Fulcio and of Rekor each. */
  resources?: Resources;
}

/** The API server as it calls itself in the tokens of most clusters. */
const clusterIssuer = "https://kubernetes.default.svc.cluster.local";

/** Fulcio gives the API server its account's token where this issuer is configured, too. */
const shortClusterIssuer = "https://kubernetes.default.svc";

const authoritySecret = "fulcio-ca";
const logSecret = "rekor-log";
const configFolder = "/etc/fulcio";
const keyFolder = "/etc/secrets/key";
/** Where Fulcio looks for the authority of the API server. */
const clusterCaFolder = "/var/run/fulcio";

/** Fulcio and Rekor with keys of their own, one pod each. Rekor's tree is in its memory; what it has signed stays good without it. */
export class Sigstore extends pulumi.ComponentResource {
  /** What the policy controller trusts it by. */
  readonly keys: pulumi.Output<TrustedKeys>;

  constructor(name: string, args: SigstoreArgs, options?: pulumi.ComponentResourceOptions) {
    const { namespace, tokenIssuer = clusterIssuer, audience = "sigstore", signers = [] } = args;
    checkUrl(tokenIssuer, "tokenIssuer");
    super("agentic:security:Sigstore", name, {}, options);
    const child = { parent: this };
    const inCluster = new URL(tokenIssuer).hostname.startsWith("kubernetes.default.svc");
    const keys = new SigstoreKeys(`${name}-keys`, { namespace, after: args.issuer.after }, child);
    const authority = keys.pair(authoritySecret, fulcioPart, {
      isCA: true,
      commonName: "Agentic Platform signers",
      usages: ["cert sign", "crl sign"],
    });
    const logKey = keys.pair(logSecret, rekorPart, { commonName: rekorPart, usages: ["digital signature"] });
    this.#part(`${name}-${rekorPart}`, args, { part: rekorPart, secret: logSecret, after: logKey, ...rekorPod });
    const settings = { "config.json": JSON.stringify(issuers(tokenIssuer, audience, inCluster)) };
    const metadata = { name: "fulcio-config", namespace, labels: labels(fulcioPart) };
    const config = new ConfigMap(`${name}-config`, { metadata, data: settings }, child);
    // By its token the API server tells it the keys of tokens, as it tells every account.
    const account = inCluster
      ? new ServiceAccount(
          `${name}-${fulcioPart}`,
          { metadata: { ...metadata, name: fulcioPart }, automountServiceAccountToken: false },
          child,
        )
      : undefined;
    this.#part(`${name}-${fulcioPart}`, args, {
      part: fulcioPart,
      secret: authoritySecret,
      after: authority,
      ...fulcioPod(new URL(tokenIssuer), inCluster),
      account: account?.metadata.name,
      annotations: checksum(settings),
      volumes: [
        { name: "config", configMap: { name: config.metadata.name } },
        ...(inCluster ? [{ name: "cluster-ca", configMap: { name: "kube-root-ca.crt" } }] : []),
      ],
    });
    this.#network(name, args, { signers, inCluster });
    this.keys = pulumi
      .all([keys.certificate(authoritySecret, authority), keys.certificate(logSecret, logKey)])
      .apply(([certificates, log]) => ({
        fulcio: { url: fulcioUrl, certificates },
        rekor: { url: rekorUrl, publicKey: log && publicKeyOf(log) },
      }));
    this.registerOutputs({});
  }

  #part(name: string, args: SigstoreArgs, pod: PartPod): void {
    const { namespace, issuer } = args;
    const { part, secret, after, account, annotations, volumes = [], volumeMounts = [] } = pod;
    const metadata = { name: part, namespace, labels: labels(part) };
    // By its own machine's name, too: who signs from outside forwards a port.
    const dnsNames = [...serviceNames(part, NAMESPACES.cosign), "localhost"];
    const tls = serverTls(
      certificate(`${name}-tls`, { secret: tlsSecret(part), namespace, issuer, part, dnsNames }, { parent: this }),
    );
    new Service(
      name,
      { metadata, spec: { selector: selector(part), ports: [{ name: "https", port: 443, targetPort: "https" }] } },
      { parent: this },
    );
    new Deployment(
      name,
      {
        metadata,
        spec: {
          replicas: 1,
          selector: { matchLabels: selector(part) },
          template: {
            metadata: { labels: labels(part), ...(annotations ? { annotations } : {}) },
            spec: {
              ...placement(part, args),
              ...hardenedPod({ uid: sigstoreImage.uid, account }),
              containers: [
                hardenedContainer({
                  name: part,
                  image: args.image ?? sigstoreImage.ref,
                  args: [
                    part,
                    `--listen=:${sigstoreImage.port}`,
                    `--certificate=${tlsFolder}/tls.crt`,
                    `--key=${tlsFolder}/tls.key`,
                    ...pod.args,
                  ],
                  ports: [{ name: "https", containerPort: sigstoreImage.port }],
                  resources: args.resources ?? {
                    requests: { cpu: "20m", memory: "64Mi" },
                    limits: { cpu: "500m", memory: "256Mi" },
                  },
                  ...probes({ httpGet: { path: pod.health, port: "https", ...tls.probe } }, { startSeconds: 120 }),
                  volumeMounts: [
                    { name: "key", mountPath: keyFolder, readOnly: true },
                    ...volumeMounts,
                    ...tls.volumeMounts,
                  ],
                }),
              ],
              volumes: [secretVolume("key", secret), ...volumes, ...tls.volumes],
            },
          },
        },
      },
      { parent: this, dependsOn: [after] },
    );
  }

  /** In: the signers. Out: Fulcio to who issues the tokens. */
  #network(
    name: string,
    { namespace, apiServerCidrs }: SigstoreArgs,
    { signers, inCluster }: { signers: readonly string[]; inCluster: boolean },
  ): void {
    const from = signers.map((space) => ({ namespaceSelector: inNamespace(space) }));
    const ingress = from.length > 0 ? [{ from, ports: [tcp(sigstoreImage.port)] }] : [];
    const issuer = inCluster ? apiServerFlow(apiServerCidrs) : toInternet([443]);
    const reason = "Fulcio asks the issuer of the accounts' tokens for its keys";
    for (const [part, egress] of [[fulcioPart, [issuer]] as const, [rekorPart, []] as const])
      new NetworkPolicy(
        `${name}-${part}`,
        {
          metadata: {
            name: part,
            namespace,
            ...declared(part === fulcioPart && !inCluster ? reason : undefined),
          },
          spec: {
            podSelector: { matchLabels: selector(part) },
            policyTypes: ["Ingress", "Egress"],
            ingress,
            egress: [...egress],
          },
        },
        { parent: this },
      );
  }
}

/** What the pods of the two parts differ in. */
interface PartPod {
  part: string;
  /** The Secret with its key, and what makes that. */
  secret: string;
  after: pulumi.Resource;
  args: string[];
  /** Path that answers once the part serves. */
  health: string;
  account?: pulumi.Input<string> | undefined;
  annotations?: ReturnType<typeof checksum>;
  volumes?: core.v1.Volume[];
  volumeMounts?: { name: string; mountPath: string; readOnly: boolean }[];
}

const rekorPod = {
  args: [
    "--",
    "--log_type=prod",
    `--rekor_server.signer=${keyFolder}/tls.key`,
    // All but the index, which needs a database.
    "--enabled_api_endpoints=createLogEntry,getLogEntryByIndex,getLogEntryByUUID,getLogInfo,getLogProof,getPublicKey,searchLogQuery",
    "--enable_retrieve_api=false",
  ],
  health: "/api/v1/log/publicKey",
};

function fulcioPod(issuer: URL, inCluster: boolean) {
  return {
    args: [
      // Fulcio asks an issuer once, as it starts, and knows no issuer where it didn't answer.
      `--wait=${issuer.hostname}:${issuer.port || 443}`,
      "--",
      "--log_type=prod",
      "--ca=fileca",
      `--fileca-cert=${keyFolder}/tls.crt`,
      `--fileca-key=${keyFolder}/tls.key`,
      "--fileca-key-passwd=",
      "--fileca-watch=false",
      "--ct-log-url=",
      `--config-path=${configFolder}/config.json`,
    ],
    health: "/healthz",
    volumeMounts: [
      { name: "config", mountPath: configFolder, readOnly: true },
      ...(inCluster ? [{ name: "cluster-ca", mountPath: clusterCaFolder, readOnly: true }] : []),
    ],
  };
}

/** As JSON, whose fields have other names than YAML's. */
function issuers(tokenIssuer: string, audience: string, inCluster: boolean) {
  const urls = [...new Set(inCluster ? [tokenIssuer, shortClusterIssuer] : [tokenIssuer])];
  const issuer = (url: string) => ({ IssuerURL: url, ClientID: audience, Type: "kubernetes" });
  return { OIDCIssuers: Object.fromEntries(urls.map((url) => [url, issuer(url)])) };
}

const publicKeyOf = (pem: string): string => createPublicKey(pem).export({ type: "spki", format: "pem" }).toString();
