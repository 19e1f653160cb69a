// The one volume of a data service that runs as a StatefulSet of one pod.
import { selector } from "../security/labels.ts";

/** Name of the volume, for the mount. */
export const dataVolumeName = "data";

/** Fields of the StatefulSet's spec: a claim of `storage` bytes (`20Gi`), which outlives the set. */
export function dataVolume(part: string, storage: string) {
  return {
    // Data outlive a deleted set: delete the claims to delete the data.
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
    volumeClaimTemplates: [
      {
        metadata: { name: dataVolumeName, labels: selector(part) },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } } },
      },
    ],
  };
}
