// Issues certificates in place of cert-manager: makes the Secrets that it would make, from authorities in the cluster.
//
// As with cert-manager, a Secret that somebody deletes is issued anew by the next run.
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { sorted } from "@agentic/api/sorted.ts";
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
import { allResources } from "./state.ts";
import type { CertificateState } from "./state-types.ts";
import { type Properties, reveal } from "./values.ts";
import type { Pair } from "./x509.ts";

/** Where cert-manager looks for the Secrets of ClusterIssuers. */
const clusterNamespace = "cert-manager";

/** The result of issuing, or keeping, a certificate. */
export interface Answer {
  /** The Secret that stands for the Certificate, under the Certificate's URN. */
  secret: Registration;
  state: CertificateState;
  outputs: Properties;
}

/** The inputs of `answer`. */
export interface AnswerOptions {
  clusters: Clusters;
  /** State of the certificate from the previous run. */
  previous: CertificateState | undefined;
  /** Whether the issuer may be missing because it is only planned. */
  dryRun: boolean;
}

/** The key of an issuer: kind, namespace unless it is cluster-wide, and name. */
function issuerKey(kind: string, namespace: string, name: string): string {
  return kind === "ClusterIssuer" ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
}

/** Issues the certificates of one run. */
export class Certificates {
  readonly #issuers = new Map<string, IssuerSpec>();
  /** Pairs that this run has issued or found, by `namespace/secret`. */
  readonly #pairs = new Map<string, Chain>();
  readonly #now: () => Date;

  constructor(now: () => Date = () => new Date()) {
    this.#now = now;
  }

  /** Remembers an issuer; returns the operation that it amounts to and its state. */
  issuer(registration: Registration, namespace: string, before?: CertificateState): [Operation, CertificateState] {
    const { metadata, spec = {} } = reveal(registration.inputs) as CertManagerObject;
    const key = issuerKey(kindOf(registration.type), metadata?.namespace ?? namespace, metadata?.name ?? "");
    this.#issuers.set(key, spec);
    const now: CertificateState = { key, issuer: spec };
    const same = before && JSON.stringify(sorted(before)) === JSON.stringify(sorted(now));
    return [same ? "same" : before ? "update" : "create", now];
  }

  /**
   * The certificate's Secret: the present one where it is still good, else a newly issued one. Undefined where a dry run can't tell.
   * Throws where there is no issuer.
   */
  async answer(registration: Registration, { clusters, previous, dryRun }: AnswerOptions): Promise<Answer | undefined> {
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
    const mayStay = previous?.issued === issued && found && this.#isGood(found, spec, issuer);
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
      state: { issued },
      outputs: { ...inputs, status },
    };
  }

  /** The authority that signs; undefined for a self-signed certificate. */
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
    const secretNamespace = kind === "ClusterIssuer" ? clusterNamespace : namespace;
    const secret = spec.ca.secretName ?? "";
    const cached = this.#pairs.get(`${secretNamespace}/${secret}`);
    if (cached) return cached;
    const live = await cluster.get({ apiVersion: "v1", kind: "Secret", namespace: secretNamespace, name: secret });
    const pair = live && pairOf(live);
    if (!pair) return "missing";
    this.#pairs.set(`${secretNamespace}/${secret}`, pair);
    return pair;
  }

  /** Whether a certificate isn't due for renewal, belongs to its key, and is signed by its issuer. */
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
    // Loaded only when needed: loading takes longer than the rest of an unchanged run.
    const { issue, newKey } = await import("./x509.ts");
    const reusedKey = spec.privateKey?.rotationPolicy === "Never" && former?.key;
    const key = reusedKey || newKey(keyWish(spec));
    const certificate = await issue(certificateWish(spec, this.#now()), key, issuer);
    // Clients have the root's certificate already; an intermediate authority's is sent along.
    const isRoot = !issuer || issuer.authority === issuer.certificate;
    return {
      key,
      certificate: isRoot || !issuer ? certificate : certificate + issuer.certificate,
      authority: issuer ? issuer.authority : certificate,
    };
  }
}

/** Issuers of all stacks of a cluster, including those of this stack's last run. */
async function issuersOf(cluster: Cluster): Promise<Map<string, IssuerSpec>> {
  const all = await allResources(cluster);
  return new Map(
    all.flatMap(({ certificate }): [string, IssuerSpec][] =>
      certificate?.key && certificate.issuer ? [[certificate.key, certificate.issuer]] : [],
    ),
  );
}
