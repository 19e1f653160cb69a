// Keys that stay: of the authority that certifies signers, and of the log. Their certificates are read back for who trusts them.
import { NAMESPACES } from "@agentic/api/names.ts";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import * as pulumi from "@pulumi/pulumi";
import { waitUntilReady } from "../wait.ts";
import { CERT_MANAGER_API, privateKey } from "./certificates.ts";
import { labels } from "./labels.ts";
import { fulcioPart } from "./sigstore-names.ts";

export interface SigstoreKeysArgs {
  namespace: pulumi.Input<string>;
  /** What must be there before a certificate is asked for. */
  after?: pulumi.Resource | undefined;
}

const issuerName = "sigstore";

/** Ten years: what was certified under another authority, or recorded under another key, is refused. */
const duration = `${3650 * 24}h`;

/** An issuer for keys that vouch for themselves, which nothing else of the cluster trusts. */
export class SigstoreKeys extends pulumi.ComponentResource {
  readonly #namespace: pulumi.Input<string>;
  readonly #issuer: CustomResource;

  constructor(name: string, { namespace, after }: SigstoreKeysArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:security:SigstoreKeys", name, {}, options);
    this.#namespace = namespace;
    this.#issuer = new CustomResource(
      name,
      {
        apiVersion: CERT_MANAGER_API,
        kind: "Issuer",
        metadata: { name: issuerName, namespace, labels: labels(fulcioPart) },
        spec: { selfSigned: {} },
      },
      { parent: this, ...(after ? { dependsOn: [after] } : {}) },
    );
    this.registerOutputs({});
  }

  /** A key in a Secret, with a certificate that it has signed itself. */
  pair(secret: string, part: string, spec: object): CustomResource {
    return new CustomResource(
      secret,
      {
        apiVersion: CERT_MANAGER_API,
        kind: "Certificate",
        metadata: { name: secret, namespace: this.#namespace, labels: labels(part), annotations: waitUntilReady },
        spec: {
          secretName: secret,
          secretTemplate: { labels: labels(part) },
          ...spec,
          duration,
          renewBefore: "720h",
          privateKey: { ...privateKey, encoding: "PKCS8", rotationPolicy: "Never" },
          issuerRef: { name: issuerName, kind: "Issuer", group: "cert-manager.io" },
        },
      },
      { parent: this, dependsOn: [this.#issuer] },
    );
  }

  /** The certificate of a key; "" where a run reads nothing of the cluster, which the policy controller refuses. */
  certificate(secret: string, issued: CustomResource): pulumi.Output<string> {
    // Nothing to read before it is issued: a first preview doesn't know the id.
    const id = issued.id.apply(() => `${NAMESPACES.cosign}/${secret}`);
    const { data } = Secret.get(`${secret}-read`, id, { parent: this, additionalSecretOutputs: ["data"] });
    // The Secret is one for its key; the certificate is public.
    return pulumi.unsecret(
      data.apply((files?: Record<string, string>) => Buffer.from(files?.["tls.crt"] ?? "", "base64").toString()),
    );
  }
}
