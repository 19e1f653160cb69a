// What caches read of every Kubernetes object: its name, and its version, which says which state is newer.

/** The part of a Kubernetes object that caches read. */
export interface KubeObject {
  metadata: {
    name: string;
    namespace?: string | undefined;
    uid?: string | undefined;
    resourceVersion?: string | undefined;
  };
}

/** `namespace/name`, or the name alone of a cluster-scoped object. */
export function keyOf({ metadata: { namespace, name } }: KubeObject): string {
  // Joined, it is one string: a template's text stays a tree of its parts, which is three times as large in thousands of map entries.
  return namespace ? [namespace, name].join("/") : name;
}

/** The namespace of a key; "" for a cluster-scoped object. */
export function namespaceOf(key: string): string {
  return key.includes("/") ? key.slice(0, key.indexOf("/")) : "";
}

/**
 * Whether a resourceVersion is newer than another one of the same kind: they are whole numbers that grow (guaranteed since
 * Kubernetes 1.35, true of etcd's before). A missing one is older than all.
 */
export function isNewer(version = "", than = ""): boolean {
  return version.length === than.length ? version > than : version.length > than.length;
}
