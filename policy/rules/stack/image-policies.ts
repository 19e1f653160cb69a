// Where signatures are checked, every image must be covered by a ClusterImagePolicy.
import { mayHold, podsOf } from "../../kinds/holders.ts";
import { fullName, imageOf, isVariable } from "../../kinds/images.ts";
import { objectsOf } from "../../kinds/stack.ts";
import { stackRule } from "../../rule.ts";
import { allOf, each, some } from "../../unknown.ts";
import { at, fields, items } from "../../values.ts";

/** Label of namespaces in which the policy controller checks images. */
const optIn = "policy.sigstore.dev/include";

export const imagePolicies = stackRule({
  name: "image-policies",
  area: "stack",
  severity: "high",
  description: "In namespaces that the policy controller checks, a ClusterImagePolicy covers every image.",
  remedy: "Add the image to a ClusterImagePolicy's spec.images, with an authority that vouches for it.",
  check: (resources, report) => {
    const policies = objectsOf(resources, "ClusterImagePolicy");
    if (policies.length === 0) return;
    const spaces = objectsOf(resources, "Namespace");
    const isChecked = (name: unknown) =>
      some(spaces, ({ object }) =>
        allOf(
          () => at(object, "metadata", "name") === name,
          () => at(object, "metadata", "labels", optIn) === "true",
        ),
      );
    const isCovered = (image: string) =>
      some(policies, ({ object }) =>
        some(items(fields(object.spec).images), ({ glob }) => pattern(String(glob)).test(fullName(image))),
      );
    const holders = objectsOf(resources).filter(({ type }) => mayHold(type));
    each(holders, ({ object, type, urn, path: list }) => {
      if (!isChecked(at(object, "metadata", "namespace"))) return;
      each(podsOf(type, object), (pod) =>
        each(pod.containers, ({ path, container }) => {
          const image = imageOf(container);
          if (image === "" || isVariable(image) || isCovered(image)) return;
          report(
            [`${list}${path}.image`, `no ClusterImagePolicy covers '${image}'`, "add it to a policy's spec.images"],
            urn,
          );
        }),
      );
    });
  },
});

/** A glob of a ClusterImagePolicy: `**` crosses slashes, `*` doesn't; a bare name is Docker Hub's. */
function pattern(glob: string): RegExp {
  const full = glob.includes("*") && !glob.includes("/") ? glob : fullName(glob);
  const text = full
    .replace(/[.+?^${}()|[\]\\]/g, "\\$&")
    .replaceAll("**", "\0")
    .replaceAll("*", "[^/]*");
  return new RegExp(`^${text.replaceAll("\0", ".*")}$`);
}
