// What policy volume-retention lets pass, and what violates it.
import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { volumeRetention } from "./volume-retention.ts";

const set = (policy?: object) =>
  object("StatefulSet", { spec: { volumeClaimTemplates: [{}], persistentVolumeClaimRetentionPolicy: policy } });

table(volumeRetention, {
  passes: {
    "data that stay": set({ whenDeleted: "Retain", whenScaled: "Retain" }),
    "no data": object("StatefulSet", { spec: {} }),
  },
  violates: {
    "nothing said": [set(), "whenDeleted", "whenScaled"],
    "data that go": [set({ whenDeleted: "Delete", whenScaled: "Retain" }), "the data are deleted with their pod"],
  },
});
