// The custom resources of Sigstore's policy controller, field for field as its release 0.15.1 defines them.
import { CustomResourceDefinition } from "@pulumi/kubernetes/apiextensions/v1/customResourceDefinition.js";
import type * as pulumi from "@pulumi/pulumi";

/** API group of both kinds. */
export const POLICY_GROUP = "policy.sigstore.dev";

interface Schema {
  type: string;
  format?: string;
  description?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  "x-kubernetes-preserve-unknown-fields"?: boolean;
}

const text = (description?: string): Schema => ({ type: "string", ...(description ? { description } : {}) });
const flag = (description: string): Schema => ({ type: "boolean", description });
const list = (items: Schema, description?: string): Schema => ({
  type: "array",
  items,
  ...(description ? { description } : {}),
});
const object = (properties: Record<string, Schema>, description?: string): Schema => ({
  type: "object",
  properties,
  ...(description ? { description } : {}),
});
const anything: Schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

const policy = object({
  configMapRef: object({ key: text(), name: text(), namespace: text() }),
  data: text("The policy itself."),
  fetchConfigFile: flag("Whether the policy sees the image's configuration; only at the level of the spec."),
  includeObjectMeta: flag("Whether the policy sees the metadata of what is admitted; only at the level of the spec."),
  includeSpec: flag("Whether the policy sees the spec of what is admitted; only at the level of the spec."),
  includeTypeMeta: flag("Whether the policy sees the kind of what is admitted; only at the level of the spec."),
  remote: object({ sha256sum: text(), url: text() }),
  type: text("rego or cue."),
});

const key = object({
  data: text("A public key as PEM."),
  hashAlgorithm: text("Default sha256."),
  kms: text("URL of a key: awskms://, azurekms://, gcpkms:// or hashivault://."),
  secretRef: object({ name: text(), namespace: text() }, "A Secret in the controller's namespace."),
});

const trustRootRef = text("Name of a TrustRoot.");

const authority = object({
  attestations: list(object({ name: text(), policy, predicateType: text() })),
  ctlog: object({ trustRootRef, url: text("URL of a Rekor.") }),
  key,
  keyless: object({
    "ca-cert": key,
    identities: list(object({ issuer: text(), issuerRegExp: text(), subject: text(), subjectRegExp: text() })),
    insecureIgnoreSCT: flag("Whether a certificate needs no proof of its own log."),
    trustRootRef,
    url: text("URL of a Fulcio."),
  }),
  name: text("Default authority-<index>."),
  rfc3161timestamp: object({ trustRootRef }),
  signatureFormat: text("legacy or bundle. Default legacy."),
  source: list(
    object({
      oci: text("Where signatures are, if not beside the image."),
      signaturePullSecrets: list(object({ name: text() })),
      tagPrefix: text(),
    }),
  ),
  static: object({ action: text("pass or fail."), message: text() }),
});

const status = object({
  annotations: anything,
  conditions: list(
    object({
      lastTransitionTime: text(),
      message: text(),
      reason: text(),
      severity: text(),
      status: text(),
      type: text(),
    }),
  ),
  observedGeneration: { type: "integer", format: "int64" },
});

const imagePolicy = object({
  spec: object({
    authorities: list(authority, "One of them must vouch for an image."),
    images: list(object({ glob: text() }), "Names of the images that the policy is about."),
    match: list(
      object({
        group: text(),
        resource: text(),
        selector: object({
          matchExpressions: list(object({ key: text(), operator: text(), values: list(text()) })),
          matchLabels: anything,
        }),
        version: text(),
      }),
      "Which objects it is about. Default: all.",
    ),
    mode: text("enforce or warn. Default enforce."),
    policy,
  }),
  status,
});

const subject = object({ commonName: text(), organization: text() });
const authorities = list(object({ certChain: text(), subject, uri: text() }));
const logs = list(object({ baseURL: text(), hashAlgorithm: text(), publicKey: text() }));

const trustRoot = object({
  spec: object({
    remote: object({ mirror: text(), root: text(), targets: text(), trustedRootTarget: text() }),
    repository: object({ mirrorFS: text(), root: text(), targets: text(), trustedRootTarget: text() }),
    sigstoreKeys: object({
      certificateAuthorities: authorities,
      ctLogs: logs,
      tLogs: logs,
      timestampAuthorities: authorities,
    }),
  }),
  status,
});

const kinds = [
  {
    kind: "ClusterImagePolicy",
    plural: "clusterimagepolicies",
    shortNames: ["cip"],
    schema: imagePolicy,
    // Both versions have the same fields, so that no conversion is needed.
    versions: ["v1alpha1", "v1beta1"],
  },
  { kind: "TrustRoot", plural: "trustroots", shortNames: [], schema: trustRoot, versions: ["v1alpha1"] },
];

/** Registers both kinds with the API server. */
export function policyDefinitions(name: string, options: pulumi.CustomResourceOptions): CustomResourceDefinition[] {
  return kinds.map(({ kind, plural, shortNames, schema, versions }) => {
    const spec = {
      group: POLICY_GROUP,
      scope: "Cluster",
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        shortNames,
        categories: ["all", "sigstore"],
      },
      // Without upstream's conversion webhook, which would block a correction of policies while the controller is down.
      conversion: { strategy: "None" },
      versions: versions.map((version, i) => ({
        name: version,
        served: true,
        storage: i === 0,
        subresources: { status: {} },
        schema: { openAPIV3Schema: schema },
      })),
    };
    const metadata = { name: `${plural}.${POLICY_GROUP}` };
    return new CustomResourceDefinition(`${name}-${plural}`, { metadata, spec } as never, options);
  });
}
