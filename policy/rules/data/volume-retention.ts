// Volumes must outlive their StatefulSet.
import { objectRule } from "../../kinds/nested.ts";
import { changed, each } from "../../unknown.ts";
import { ensureObject, fields, items } from "../../values.ts";

const field = "persistentVolumeClaimRetentionPolicy";
const moments = ["whenDeleted", "whenScaled"];

export const volumeRetention = objectRule({
  name: "volume-retention",
  area: "data",
  kinds: ["StatefulSet"],
  severity: "high",
  description: "StatefulSets say that their volumes stay when they are deleted or made smaller.",
  remedy: "Set persistentVolumeClaimRetentionPolicy to whenDeleted: Retain and whenScaled: Retain.",
  check: ({ spec }, report) => {
    const set = fields(spec);
    if (items(set.volumeClaimTemplates).length === 0) return;
    each(moments, (when) => {
      const policy = fields(set[field])[when];
      if (policy !== "Retain")
        report(
          `spec.${field}.${when}`,
          policy === "Delete" ? "the data are deleted with their pod" : "it is left open whether the data are deleted",
          "set Retain",
        );
    });
  },
  fix: ({ spec }) => {
    const set = fields(spec);
    if (items(set.volumeClaimTemplates).length === 0) return false;
    return changed(moments, (when) => {
      if (fields(set[field])[when] === "Retain") return false;
      ensureObject(set, field)[when] = "Retain";
      return true;
    });
  },
});
