// Objects that keep data must say how the data are restored.
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { objectRule } from "../../kinds/nested.ts";
import { reasonOf } from "../../kinds/objects.ts";
import { kindOf } from "../../kinds/types.ts";
import { allOf } from "../../unknown.ts";
import { fields, items } from "../../values.ts";

export const backups = objectRule({
  name: "backups",
  area: "data",
  kinds: ["StatefulSet", "PersistentVolumeClaim"],
  severity: "medium",
  description: `Objects that keep data say in the annotation ${ANNOTATIONS.backup} how the data are restored after a loss, or why they needn't be.`,
  remedy: `Set the annotation ${ANNOTATIONS.backup} to the backup's name and interval, or to the reason why there is none.`,
  check: (object, report, { args }) => {
    const keeps = () =>
      kindOf(args.type) !== "StatefulSet" || items(fields(object.spec).volumeClaimTemplates).length > 0;
    if (allOf(keeps, () => !reasonOf(object, ANNOTATIONS.backup)))
      report(
        `metadata.annotations["${ANNOTATIONS.backup}"]`,
        "nothing says how the data are restored",
        "name the backup",
      );
  },
});
