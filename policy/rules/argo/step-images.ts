// A step's image is known, as a pod's is.

import { isFrom, registriesSetting, unpinned } from "../../kinds/images.ts";
import { stepRule } from "../../kinds/workflows.ts";

export const stepImages = stepRule(
  {
    name: "workflow-images",
    severity: "high",
    description:
      "Steps' images have a version or a digest and are from a registry on the list; parameters may name them.",
    remedy: "Name a version or a digest at a registry on the list, or take the image from a parameter.",
    settings: registriesSetting,
  },
  ({ containers }, report, _, { setting }) => {
    for (const { path, container } of containers) {
      const image = String(container.image ?? "");
      // The operator fills the parameter with the tenant's pinned image.
      if (image === "" || image.startsWith("{{")) continue;
      if (unpinned(image))
        report(`${path}.image`, `'${image}' may be another image tomorrow`, "name a version or a digest");
      if (!isFrom(image, setting<string[]>("registries")))
        report(`${path}.image`, `'${image}' is from a registry that is not on the list`, "take it from one that is");
    }
  },
);
