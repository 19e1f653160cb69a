// What policy volume-class lets pass, and what violates it.
import { object } from "../../testing/objects.ts";
import { table } from "../../testing/table.ts";
import { volumeClass } from "./volume-class.ts";

const claim = (spec: object) => object("PersistentVolumeClaim", { spec });

table(volumeClass, {
  passes: {
    "the cluster's default": claim({ accessModes: ["ReadWriteOnce"] }),
    "one on the list": claim({ storageClassName: "premium-rwo" }),
    "one of the cluster's own": claim({ storageClassName: "fast" }),
  },
  violates: {
    "any other": [claim({ storageClassName: "fast" }), "'fast' is not on the list"],
    "many writers": [claim({ accessModes: ["ReadWriteMany"] }), "spec.accessModes"],
  },
  settings: { "one of the cluster's own": { classes: ["fast"] } },
});
