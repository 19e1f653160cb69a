// Data outlive the set that wrote them.
import { objectRule } from "../../kinds/objects.ts";
import { fields, items } from "../../values.ts";

export const volumeRetention = objectRule(
  "data",
  ["StatefulSet"],
  {
    name: "volume-retention",
    severity: "high",
    description: "StatefulSets say that their volumes stay when they are deleted or made smaller.",
    remedy: "Set persistentVolumeClaimRetentionPolicy to whenDeleted: Retain and whenScaled: Retain.",
  },
  ({ spec }, report) => {
    const { volumeClaimTemplates, persistentVolumeClaimRetentionPolicy: policy } = fields(spec);
    if (items(volumeClaimTemplates).length === 0) return;
    for (const when of ["whenDeleted", "whenScaled"])
      if (fields(policy)[when] !== "Retain")
        report(
          `spec.persistentVolumeClaimRetentionPolicy.${when}`,
          fields(policy)[when] === "Delete" ? "the data go with their pod" : "what becomes of the data isn't said",
          "set Retain",
        );
  },
  (set) => {
    const spec = fields(set.spec);
    const policy = fields(spec.persistentVolumeClaimRetentionPolicy);
    if (items(spec.volumeClaimTemplates).length === 0) return false;
    if (policy.whenDeleted === "Retain" && policy.whenScaled === "Retain") return false;
    spec.persistentVolumeClaimRetentionPolicy = { whenDeleted: "Retain", whenScaled: "Retain" };
    return true;
  },
);
