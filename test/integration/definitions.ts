// Definitions of custom kinds for tests that are not about their schemas.

interface Names {
  group: string;
  version: string;
  kind: string;
  plural: string;
  /** Default Namespaced. */
  scope?: "Namespaced" | "Cluster";
}

/** A definition of a kind that keeps every field. */
export function openDefinition({ group, version, kind, plural, scope = "Namespaced" }: Names) {
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: version, served: true, storage: true, schema }],
    },
  };
}
