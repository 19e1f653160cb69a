// How a scraper reaches its targets: a name for the pods of each, and the NetworkPolicies that let it in.
import { NAMESPACES } from "@agentic/api/names.ts";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { inNamespace, tcp } from "../security/flows.ts";
import { labels, selector } from "../security/labels.ts";
import { prometheusPart, scrapeService } from "./prometheus-config.ts";
import type { ScrapeTarget } from "./scrape-targets.ts";

export interface ScrapeAccessArgs {
  targets: readonly ScrapeTarget[];
  /** The platform's namespaces, by name. */
  namespaces: Readonly<Record<string, pulumi.Input<string>>>;
  /** Name of the scraper's namespace. Default: that of the platform's own Prometheus. */
  scraperNamespace?: string;
  /** Whether the scraper asks the cluster's DNS for the pods of a target. */
  named: boolean;
}

/** One policy for each target, and one Service where pods are found by name. */
export class ScrapeAccess extends pulumi.ComponentResource {
  constructor(name: string, args: ScrapeAccessArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:observability:ScrapeAccess", name, {}, options);
    const child = { parent: this };
    const { scraperNamespace = NAMESPACES.observability } = args;
    const scraper = {
      namespaceSelector: inNamespace(scraperNamespace),
      podSelector: { matchLabels: selector(prometheusPart) },
    };
    for (const target of args.targets) {
      const { job, space, part, port } = target;
      const namespace = args.namespaces[space];
      if (namespace === undefined) continue;
      const matchLabels = selector(part);
      new NetworkPolicy(
        `${name}-${job}`,
        {
          metadata: { name: `scrape-${job}`, namespace },
          spec: {
            podSelector: { matchLabels },
            policyTypes: ["Ingress"],
            ingress: [{ from: [scraper], ports: [tcp(port)] }],
          },
        },
        child,
      );
      if (args.named)
        new Service(
          `${name}-${job}`,
          {
            metadata: { name: scrapeService(target), namespace, labels: labels(part) },
            spec: {
              clusterIP: "None",
              // A pod that isn't ready has metrics that say why.
              publishNotReadyAddresses: true,
              selector: matchLabels,
              ports: [{ name: "metrics", port }],
            },
          },
          child,
        );
    }
    this.registerOutputs({});
  }
}
