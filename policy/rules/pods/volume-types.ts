// Volumes are the cluster's, never the node's.
import { podRule } from "../../kinds/pods.ts";
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

export const volumeTypes = podRule(
  {
    name: "volume-types",
    severity: "critical",
    description: "Volumes are of the kinds that Pod Security restricted allows: none reaches into the node.",
    remedy: "Use an emptyDir, a claim, a ConfigMap or a Secret.",
  },
  ({ spec, path }, report) => {
    for (const [i, volume] of items(spec.volumes).entries()) {
      const kind = Object.keys(volume).find((key) => key !== "name");
      if (kind && !allowed.has(kind))
        report(`${path}.volumes[${i}] (${volume.name})`, `${kind} reaches into the node`, "use emptyDir or a claim");
    }
  },
);
