// Volume claims must use a storage class on the list, for one node at a time.
import { claimRule } from "../../kinds/claims.ts";
import { includes, independently } from "../../unknown.ts";
import { isText, texts } from "../../values.ts";

export const volumeClass = claimRule({
  name: "volume-class",
  severity: "medium",
  description:
    "Volume claims are of the cluster's default storage class or of one on the list, for one node at a time.",
  remedy: "Leave storageClassName out or name one on the list; use ReadWriteOnce or ReadWriteOncePod.",
  settings: {
    classes: {
      type: "array",
      items: { type: "string" },
      default: ["standard-rwo", "premium-rwo", "local-path", "standard"],
      description: "Storage classes that claims may name.",
    },
  },
  check: ({ path, spec }, report, { setting }) => {
    const classes = setting<string[]>("classes");
    independently(
      () => {
        const { storageClassName } = spec;
        if (isText(storageClassName) && !classes.includes(storageClassName))
          report(
            `${path}.storageClassName`,
            `'${storageClassName}' is not on the list`,
            `use one of ${classes.join(", ")}`,
          );
      },
      () => {
        if (includes(texts(spec.accessModes), "ReadWriteMany"))
          report(`${path}.accessModes`, "ReadWriteMany lets pods overwrite each other's data", "use ReadWriteOnce");
      },
    );
  },
});
