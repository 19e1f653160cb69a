// Objects that are deleted with their cluster: none of them is deleted one by one when the cluster itself is.
import type * as pulumi from "@pulumi/pulumi";

/**
 * Options for the components at the top: every Kubernetes object below them is deleted with `cluster`. For clusters whose end
 * is the end of everything in them; a cloud's disks and load balancers outlive their cluster, and must be deleted before it.
 */
export function deletedWith(cluster: pulumi.Resource): pulumi.ComponentResourceOptions {
  return {
    // Pulumi passes `protect` on from parent to child, but not `deletedWith`.
    transformations: [
      ({ type, props, opts }) =>
        type.startsWith("kubernetes:") ? { props, opts: { ...opts, deletedWith: cluster } } : undefined,
    ],
  };
}
