// An image's name says which one it is.
import { containersOf, objectRule, podOf, say } from "../objects.ts";

export const imageTags = objectRule(
  "image-tags",
  "Images have a version or a digest, never latest.",
  (object, report) => {
    const pod = podOf(object);
    if (!pod) return;
    for (const { path, container } of containersOf(pod)) {
      const image = String(container.image ?? "");
      if (image.includes("@sha256:")) continue;
      const tag = image.split("/").at(-1)?.split(":")[1];
      if (!tag || tag === "latest")
        report(say(`${path}.image`, `'${image}' may be another image tomorrow`, "name a version or a digest"));
    }
  },
);
