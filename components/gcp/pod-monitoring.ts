// What managed Prometheus reads: one PodMonitoring for each part that has metrics.
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import * as pulumi from "@pulumi/pulumi";
import { labels } from "../security/labels.ts";

/** Pods with metrics. */
export interface Scraped {
  part: string;
  namespace: pulumi.Input<string>;
  selector: Readonly<Record<string, string>>;
  /** Number or name of the port. */
  port: number | string;
  /** Default `/metrics`. */
  path?: string;
  /**
   * Whether it answers by TLS. The collectors check no certificate: its authority is known by Secrets alone, which hold keys that they
   * must not see, and what they send is no secret.
   */
  tls?: boolean;
}

export interface PodMonitoringArgs {
  parts: readonly Scraped[];
  /** Time between two looks, such as `30s`. Default `30s`. */
  interval?: string;
}

/** Objects of the kind that GKE itself brings. */
export class PodMonitoring extends pulumi.ComponentResource {
  constructor(name: string, args: PodMonitoringArgs, options?: pulumi.ComponentResourceOptions) {
    const { interval = "30s" } = args;
    if (!/^\d+[sm]$/.test(interval)) throw new Error(`interval: '${interval}' is not a duration such as 30s`);
    super("agentic:gcp:PodMonitoring", name, {}, options);
    for (const { part, namespace, selector, port, path = "/metrics", tls } of args.parts)
      new CustomResource(
        `${name}-${part}`,
        {
          apiVersion: "monitoring.googleapis.com/v1",
          kind: "PodMonitoring",
          metadata: { name: part, namespace, labels: labels(part) },
          spec: {
            selector: { matchLabels: { ...selector } },
            endpoints: [
              { port, path, interval, ...(tls ? { scheme: "https", tls: { insecureSkipVerify: true } } : {}) },
            ],
          },
        },
        { parent: this },
      );
    this.registerOutputs({});
  }
}
