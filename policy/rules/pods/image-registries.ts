// Images must come from registries on the list.
import { isFrom, registriesSetting } from "../../kinds/images.ts";
import { imageRule } from "../../kinds/pods.ts";

export const imageRegistries = imageRule({
  name: "image-registries",
  severity: "high",
  description: "Images come from registries that are on the list.",
  remedy: "Copy the image to a registry on the list, or put its registry on the list in the policy's config.",
  settings: registriesSetting,
  check: ({ image, path }, report, { setting }) => {
    const registries = setting<string[]>("registries");
    if (image !== "" && !isFrom(image, registries))
      report(
        path,
        `'${image}' is from a registry that is not on the list`,
        `take it from ${registries.join(", ")}, or put its registry on the list`,
      );
  },
});
