// A mounted Secret is for the container's group, not for every process of its pod.

import { type KubeObject, objectRule } from "../../kinds/objects.ts";
import { podOf } from "../../kinds/pods.ts";
import { fields, items } from "../../values.ts";

const kinds = ["Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"];
const ownerAndGroup = 0o440;

/** Volumes with a Secret whose files others may read, or anybody may write or run. */
function* open(object: KubeObject) {
  const pod = podOf(object);
  for (const [i, volume] of items(pod?.spec.volumes).entries()) {
    const secret = fields(volume.secret);
    if (volume.secret === undefined) continue;
    // Kubernetes' own default is 0644.
    const mode = Number(secret.defaultMode ?? 0o644);
    if ((mode & ~ownerAndGroup) !== 0) yield { path: `${pod?.path}.volumes[${i}] (${volume.name})`, mode, secret };
  }
}

export const fileModes = objectRule(
  "secrets",
  kinds,
  {
    name: "secret-file-modes",
    severity: "medium",
    description: "Files of mounted Secrets are readable by owner and group only.",
    remedy: "Set the volume's secret.defaultMode to 0o440, with the pod's fsGroup.",
  },
  (object, report) => {
    for (const { path, mode } of open(object))
      report(
        `${path}.secret.defaultMode`,
        `0${mode.toString(8)} is for others too`,
        "set 0440, with the pod's fsGroup",
      );
  },
  (object) => [...open(object)].map(({ secret }) => Object.assign(secret, { defaultMode: ownerAndGroup })).length > 0,
);
