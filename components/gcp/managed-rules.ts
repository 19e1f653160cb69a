// What managed Prometheus records of the objectives of service levels: Cloud Monitoring's policies are its alerts.
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import * as pulumi from "@pulumi/pulumi";
import { selectWith } from "../observability/promql.ts";
import { recordingGroups } from "../observability/rules.ts";
import type { Targets } from "../observability/slo.ts";
import { labels } from "../security/labels.ts";

export interface ManagedRulesArgs {
  /** What the objectives promise, in percent. */
  targets: Targets;
}

/** Rules over this cluster's metrics, of the kind that GKE itself brings; Google adds the cluster to every selector. */
export class ManagedRules extends pulumi.ComponentResource {
  constructor(name: string, { targets }: ManagedRulesArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:gcp:ManagedRules", name, {}, options);
    new CustomResource(
      name,
      {
        apiVersion: "monitoring.googleapis.com/v1",
        kind: "ClusterRules",
        metadata: { name: "agentic-platform", labels: labels("rules") },
        spec: { groups: recordingGroups(selectWith(), targets) },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
