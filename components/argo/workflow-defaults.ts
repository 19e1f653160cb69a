// What Argo gives every workflow: where its artifacts go, and the nodes of its pods.
import { SECRETS } from "@agentic/api/template.ts";
import type { NodeChoice } from "../scheduling/placement.ts";

/** Key prefix of artifacts in the bucket of the default repository. */
export const ARGO_PREFIX = "argo/";

/** Where artifacts go. */
export interface ArtifactRepository {
  kind: "s3" | "gcs";
  /** Of the store: `http(s)://` for s3. */
  url: string;
  bucket: string;
  /** Whether its certificate is of the platform's authority. Default false. */
  trusted?: boolean;
}

/** The default repository, as Argo takes it. */
export function artifactRepository({ kind, url, bucket, trusted }: ArtifactRepository) {
  const keyFormat = `${ARGO_PREFIX}{{workflow.namespace}}/{{workflow.name}}/{{pod.name}}`;
  // Without a key's Secret, Argo asks Google for the pod's own identity.
  if (kind === "gcs") return { archiveLogs: false, gcs: { bucket, keyFormat } };
  const { protocol, host } = new URL(url);
  return {
    archiveLogs: false,
    s3: {
      endpoint: host,
      insecure: protocol === "http:",
      bucket,
      keyFormat,
      accessKeySecret: { name: SECRETS.objectStore.name, key: SECRETS.objectStore.keys[0] },
      secretKeySecret: { name: SECRETS.objectStore.name, key: SECRETS.objectStore.keys[1] },
      // A Secret of the workflow's own namespace, as those with the keys.
      ...(trusted ? { caSecret: { name: SECRETS.ca.name, key: "ca.crt" } } : {}),
    },
  };
}

/** Nodes of every workflow's pods. Argo has no field for a RuntimeClass, so this is a patch of the pod's spec. */
export function podDefaults({ nodeSelector, tolerations, runtimeClassName }: NodeChoice) {
  return {
    nodeSelector,
    tolerations,
    ...(runtimeClassName ? { podSpecPatch: JSON.stringify({ runtimeClassName }) } : {}),
  };
}
