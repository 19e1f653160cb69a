// Images must be named by a version or digest.
import { isUnpinned } from "../../kinds/images.ts";
import { imageRule } from "../../kinds/pods.ts";

export const imagePinned = imageRule({
  name: "image-pinned",
  severity: "high",
  description: "Images have a version or a digest, never latest, a branch or a whole major version.",
  remedy: "Name a version, best with its digest: registry/name:version@sha256:….",
  settings: {
    digests: {
      type: "boolean",
      default: false,
      description: "Whether a version alone isn't enough: each has a digest.",
    },
  },
  check: ({ image, path }, report, { setting }) => {
    if (isUnpinned(image)) report(path, `'${image}' may become another image`, "name a version or a digest");
    else if (setting<boolean>("digests") && !image.includes("@"))
      report(path, `'${image}' has no digest`, "add its digest, @sha256:…");
  },
});
