// An object that goes with what stands for its cluster, and one that doesn't.
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import * as pulumi from "@pulumi/pulumi";
import { deletedWith } from "../../../../../components/cluster/deleted-with.ts";

class Group extends pulumi.ComponentResource {
  constructor(name: string, options: pulumi.ComponentResourceOptions) {
    super("test:index:Group", name, {}, options);
    const inner = new pulumi.ComponentResource("test:index:Inner", name, {}, { parent: this });
    new ConfigMap(name, { metadata: { name, namespace: "default" } }, { parent: inner });
  }
}

const cluster = new ConfigMap("cluster", { metadata: { name: "stands-for-a-cluster", namespace: "default" } });
new Group("with-it", deletedWith(cluster));
new Group("by-itself", {});
