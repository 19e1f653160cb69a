// Where signatures are checked, they are checked for every image that runs.
import { fullName } from "../../kinds/images.ts";
import { podOf } from "../../kinds/pods.ts";
import { objectsOf } from "../../kinds/stack.ts";
import { workflowOf } from "../../kinds/workflows.ts";
import { stackRule } from "../../rule.ts";
import { fields, isText, isUnknown, items } from "../../values.ts";

/** Namespaces with it are those in which the policy controller looks at images. */
const optIn = "policy.sigstore.dev/include";

const holders = ["Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"];
const workflows = ["WorkflowTemplate", "CronWorkflow", "Workflow"];

export const imagePolicies = stackRule(
  "stack",
  {
    name: "image-policies",
    severity: "high",
    description: "Where the policy controller looks, a ClusterImagePolicy covers every image that is used.",
    remedy: "Add the image to a ClusterImagePolicy's spec.images, with an authority that vouches for it.",
  },
  (resources, report) => {
    const policies = objectsOf(resources, "ClusterImagePolicy");
    if (policies.length === 0) return;
    const globs = policies.flatMap(({ object }) =>
      items(fields(object.spec).images).map(({ glob }) => pattern(String(glob))),
    );
    const checked = new Set(
      objectsOf(resources, "Namespace")
        .filter(({ object }) => object.metadata?.labels?.[optIn] === "true")
        .map(({ object }) => object.metadata?.name),
    );
    for (const { object, kind, urn } of objectsOf(resources, ...holders, ...workflows)) {
      if (!checked.has(object.metadata?.namespace)) continue;
      const containers =
        podOf(object, kind)?.containers ?? workflowOf(object, kind).templates.flatMap((one) => one.containers);
      for (const { path, container } of containers) {
        const { image } = container;
        if (!isText(image) || image.startsWith("{{") || isUnknown(image)) continue;
        if (!globs.some((glob) => glob.test(fullName(image))))
          report([`${path}.image`, `no ClusterImagePolicy covers '${image}'`, "add it to a policy's spec.images"], urn);
      }
    }
  },
);

/** A glob of a ClusterImagePolicy: `**` crosses slashes, `*` doesn't; a bare name is Docker Hub's. */
function pattern(glob: string): RegExp {
  const full = glob.includes("*") && !glob.includes("/") ? glob : fullName(glob);
  const text = full
    .replace(/[.+?^${}()|[\]\\]/g, "\\$&")
    .replaceAll("**", "\0")
    .replaceAll("*", "[^/]*");
  return new RegExp(`^${text.replaceAll("\0", ".*")}$`);
}
