// Images must be named by a version or digest.
import { imageOf, isUnpinned, isVariable } from "../../kinds/images.ts";
import { containerRule } from "../../kinds/pods.ts";

export const imagePinned = containerRule({
  name: "image-pinned",
  severity: "high",
  description: "Images have a version or a digest, never latest, a branch or a whole major version.",
  remedy: "Name a version, best with its digest: registry/name:version@sha256:….",
  check: ({ container, path }, report, _, { partial, templated }) => {
    const image = imageOf(container);
    if ((image === "" && partial) || (templated && isVariable(image))) return;
    if (isUnpinned(image)) report(`${path}.image`, `'${image}' may become another image`, "name a version or a digest");
  },
});
