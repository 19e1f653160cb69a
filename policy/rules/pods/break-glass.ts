// Programs must not bypass Binary Authorization, which is for people in an emergency.
import { podRule } from "../../kinds/pods.ts";
import { each } from "../../unknown.ts";
import { fields } from "../../values.ts";

/** As a label, and as the annotation that it was before. */
const names = ["image-policy.k8s.io/break-glass", "alpha.image-policy.k8s.io/break-glass"];

export const breakGlass = podRule({
  name: "break-glass",
  severity: "high",
  description: "No pod bypasses Binary Authorization.",
  remedy: "Leave break-glass out, and add the image to the cluster's policy.",
  check: (pod, report) =>
    each(["labels", "annotations"], (part) =>
      each(names, (name) => {
        if (fields(pod.metadata[part])[name] !== undefined)
          report(`${pod.metadataPath}.${part}["${name}"]`, "any image may start", "leave it out");
      }),
    ),
});
