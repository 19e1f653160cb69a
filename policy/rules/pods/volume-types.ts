// Volumes must not reach into the node.
import { podRule } from "../../kinds/pods.ts";
import { each, textOf } from "../../unknown.ts";
import { items } from "../../values.ts";

/** Kinds of volume that Pod Security restricted knows. */
const allowed = new Set([
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);

export const volumeTypes = podRule({
  name: "volume-types",
  severity: "critical",
  description: "Volumes are of the kinds that Pod Security restricted allows: none reaches into the node.",
  remedy: "Use an emptyDir, a claim, a ConfigMap or a Secret.",
  check: ({ spec, path }, report) =>
    each(items(spec.volumes), (volume, i) =>
      each(Object.keys(volume), (kind) => {
        if (kind !== "name" && !allowed.has(kind) && volume[kind] !== null && volume[kind] !== undefined)
          report(
            `${path}.volumes[${i}] (${textOf(() => volume.name)})`,
            `${kind} reaches into the node`,
            "use emptyDir or a claim",
          );
      }),
    ),
});
