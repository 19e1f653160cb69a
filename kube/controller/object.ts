// What every Kubernetes object has: a name, and a version that says which state is the newer one.

/** A Kubernetes object as far as caches look at it. */
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
  return namespace ? `${namespace}/${name}` : name;
}

/** The namespace of a key; "" of a cluster-scoped object's. */
export function namespaceOf(key: string): string {
  return key.includes("/") ? key.slice(0, key.indexOf("/")) : "";
}

/**
 * Whether a resourceVersion is newer than another of the same kind: they are whole numbers that grow (guaranteed since
 * Kubernetes 1.35, true of etcd's before). One that is missing is older than all.
 */
export function isNewer(version = "", than = ""): boolean {
  return version.length === than.length ? version > than : version.length > than.length;
}
