// Answers for cert-manager where it can't run: makes the Secrets that it would make, from authorities in the cluster.
//
// The Secrets are all there is to it, as with cert-manager: who deletes one gets another with the next run.
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import {
  type CertificateSpec,
  type CertManagerObject,
  type Chain,
  certificateWish,
  hashOf,
  type IssuerSpec,
  keyWish,
  kindOf,
  pairOf,
  secretOf,
  secretTarget,
  times,
} from "./cert-manager.ts";
import type { Clusters } from "./clusters.ts";
import type { Operation } from "./events.ts";
import type { Cluster } from "./kubernetes/cluster.ts";
import type { Registration } from "./registration.ts";
import type { CertificateState } from "./remembered.ts";
import { sorted } from "./sorted.ts";
import { allResources } from "./state.ts";
import { type Properties, reveal } from "./values.ts";
import type { Pair } from "./x509.ts";

/** Where cert-manager looks for the Secrets of ClusterIssuers. */
const clusterNamespace = "cert-manager";

/** What became of a certificate. */
export interface Answer {
  /** The Secret in the certificate's place, under its URN. */
  secret: Registration;
  kept: CertificateState;
  outputs: Properties;
}

/** What an answer works with. */
export interface Asked {
  clusters: Clusters;
  /** Of the last run. */
  kept: CertificateState | undefined;
  /** Whether what it stands on may be only planned. */
  dryRun: boolean;
}

/** Names an issuer. */
function issuerKey(kind: string, namespace: string, name: string): string {
  return kind === "ClusterIssuer" ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
}

/** Issues for one run of a program. */
export class Certificates {
  readonly #issuers = new Map<string, IssuerSpec>();
  /** Pairs that this run has issued or found, by `namespace/secret`. */
  readonly #pairs = new Map<string, Chain>();
  readonly #now: () => Date;

  constructor(now: () => Date = () => new Date()) {
    this.#now = now;
  }

  /** Takes an issuer in, and says what that changes. */
  issuer(registration: Registration, namespace: string, before?: CertificateState): [Operation, CertificateState] {
    const { metadata, spec = {} } = reveal(registration.inputs) as CertManagerObject;
    const key = issuerKey(kindOf(registration.type), metadata?.namespace ?? namespace, metadata?.name ?? "");
    this.#issuers.set(key, spec);
    const now: CertificateState = { key, issuer: spec };
    const same = before && JSON.stringify(sorted(before)) === JSON.stringify(sorted(now));
    return [same ? "same" : before ? "update" : "create", now];
  }

  /**
   * The certificate's Secret: as it is, or with a certificate that is issued now. Undefined where a dry run can't tell.
   * Throws where there is no issuer.
   */
  async answer(registration: Registration, { clusters, kept, dryRun }: Asked): Promise<Answer | undefined> {
    const { inputs, provider } = registration;
    if (clusters.isPlanned(provider)) return undefined;
    const target = secretTarget(registration, clusters.namespaceOf(provider));
    if (!target) return undefined;
    const { metadata, spec = {} } = reveal(inputs) as CertManagerObject;
    const issuer = await this.#issuerOf(spec, target.namespace, clusters, provider);
    if (issuer === "missing") {
      if (dryRun) return undefined;
      const { kind = "Issuer", name } = spec.issuerRef ?? {};
      throw new Error(
        `there is no ${kind} '${name}' with a certificate to issue from: register it, and make this depend on it`,
      );
    }
    const issued = hashOf(spec);
    const live = await clusters.live(clusters.of(provider), target);
    const found = live && pairOf(live);
    const mayStay = kept?.issued === issued && found && this.#isGood(found, spec, issuer);
    const pair = mayStay ? found : await this.#issue(spec, issuer, found);
    this.#pairs.set(`${target.namespace}/${target.name}`, pair);
    const object = secretOf(pair, spec, { ...target, certificate: metadata?.name ?? "" });
    const { notAfter, renewal } = times(pair.certificate, spec);
    const status = {
      conditions: [{ type: "Ready", status: "True", reason: "Ready", message: "Certificate is up to date" }],
      notAfter: notAfter.toISOString(),
      renewalTime: renewal.toISOString(),
    };
    return {
      secret: { ...registration, type: "kubernetes:core/v1:Secret", inputs: object },
      kept: { issued },
      outputs: { ...inputs, status },
    };
  }

  /** The authority that signs; undefined for who signs for itself. */
  async #issuerOf(
    { issuerRef }: CertificateSpec,
    namespace: string,
    clusters: Clusters,
    provider: string,
  ): Promise<Chain | undefined | "missing"> {
    const { kind = "Issuer", name = "" } = issuerRef ?? {};
    const key = issuerKey(kind, namespace, name);
    const cluster = clusters.of(provider);
    const spec = this.#issuers.get(key) ?? (await issuersOf(cluster)).get(key);
    if (!spec) return "missing";
    if (!spec.ca) return undefined;
    const space = kind === "ClusterIssuer" ? clusterNamespace : namespace;
    const secret = spec.ca.secretName ?? "";
    const known = this.#pairs.get(`${space}/${secret}`);
    if (known) return known;
    const live = await cluster.get({ apiVersion: "v1", kind: "Secret", namespace: space, name: secret });
    const pair = live && pairOf(live);
    if (!pair) return "missing";
    this.#pairs.set(`${space}/${secret}`, pair);
    return pair;
  }

  /** Whether a certificate has time left, and is its key's and its issuer's. */
  #isGood(pair: Pair, spec: CertificateSpec, issuer: Pair | undefined): boolean {
    try {
      const certificate = new X509Certificate(pair.certificate);
      const { renewal } = times(pair.certificate, spec);
      const above = issuer ? createPublicKey(issuer.certificate) : certificate.publicKey;
      return (
        renewal > this.#now() && certificate.checkPrivateKey(createPrivateKey(pair.key)) && certificate.verify(above)
      );
    } catch {
      return false;
    }
  }

  async #issue(spec: CertificateSpec, issuer: Chain | undefined, former: Pair | undefined): Promise<Chain> {
    // Loaded by who needs it: it takes longer than an unchanged run's other work.
    const { issue, newKey } = await import("./x509.ts");
    const keep = spec.privateKey?.rotationPolicy === "Never" && former?.key;
    const key = keep || newKey(keyWish(spec));
    const certificate = await issue(certificateWish(spec, this.#now()), key, issuer);
    // An authority's own certificate is in everybody's hands; one below another is sent along.
    const isRoot = !issuer || issuer.authority === issuer.certificate;
    return {
      key,
      certificate: isRoot || !issuer ? certificate : certificate + issuer.certificate,
      authority: issuer ? issuer.authority : certificate,
    };
  }
}

/** Issuers of all stacks of a cluster, this one's last run among them. */
async function issuersOf(cluster: Cluster): Promise<Map<string, IssuerSpec>> {
  const all = await allResources(cluster);
  return new Map(
    all.flatMap(({ certificate }): [string, IssuerSpec][] =>
      certificate?.key && certificate.issuer ? [[certificate.key, certificate.issuer]] : [],
    ),
  );
}
