// Images must come from registries on the list.
import { imageOf, isFrom, isVariable, registriesSetting } from "../../kinds/images.ts";
import { containerRule } from "../../kinds/pods.ts";

export const imageRegistries = containerRule({
  name: "image-registries",
  severity: "high",
  description: "Images come from registries that are on the list.",
  remedy: "Copy the image to a registry on the list, or put its registry on the list in the policy's config.",
  settings: registriesSetting,
  check: ({ container, path }, report, { setting }, { templated }) => {
    const image = imageOf(container);
    const registries = setting<string[]>("registries");
    if (image && !(templated && isVariable(image)) && !isFrom(image, registries))
      report(
        `${path}.image`,
        `'${image}' is from a registry that is not on the list`,
        `take it from ${registries.join(", ")}, or put its registry on the list`,
      );
  },
});
