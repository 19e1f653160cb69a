// What Argo gives every workflow: where its artifacts go, and the nodes of its pods.
import type { NodeChoice } from "../scheduling/placement.ts";

/** Where artifacts are below, in the bucket of the default repository. */
export const ARGO_PREFIX = "argo/";

/** The default repository, as Argo takes it. */
export function artifactRepository({ url, bucket }: { url: string; bucket: string }) {
  const { protocol, host } = new URL(url);
  const keyFormat = `${ARGO_PREFIX}{{workflow.namespace}}/{{workflow.name}}/{{pod.name}}`;
  // Without a key's Secret, Argo asks Google for the pod's own identity.
  if (protocol === "gs:") return { archiveLogs: false, gcs: { bucket, keyFormat } };
  return {
    archiveLogs: false,
    s3: {
      endpoint: host,
      insecure: protocol === "http:",
      bucket,
      keyFormat,
      accessKeySecret: { name: "object-store", key: "access-key" },
      secretKeySecret: { name: "object-store", key: "secret-key" },
    },
  };
}

/** Nodes of every workflow's pods. Argo has no field of its own for a RuntimeClass: only who runs Argo can set this patch. */
export function podDefaults({ nodeSelector, tolerations, runtimeClassName }: NodeChoice) {
  return {
    nodeSelector,
    tolerations,
    ...(runtimeClassName ? { podSpecPatch: JSON.stringify({ runtimeClassName }) } : {}),
  };
}
