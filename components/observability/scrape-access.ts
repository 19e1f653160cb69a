// How a scraper is let in to its targets.
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { inNamespace, tcp } from "../security/flows.ts";
import { selector } from "../security/labels.ts";
import type { ScrapeTarget } from "./scrape-targets.ts";

export interface ScrapeAccessArgs {
  targets: readonly ScrapeTarget[];
  /** The platform's namespaces, by name. */
  namespaces: Readonly<Record<string, pulumi.Input<string>>>;
  /** Name of the scraper's namespace. */
  scraperNamespace: string;
}

/** Label of Prometheus' pods, which an operator gives them, too. */
export const prometheusPart = "prometheus";

/** One policy for each target: Prometheus comes in to its port, and nobody else does. */
export class ScrapeAccess extends pulumi.ComponentResource {
  constructor(name: string, args: ScrapeAccessArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:observability:ScrapeAccess", name, {}, options);
    const scraper = {
      namespaceSelector: inNamespace(args.scraperNamespace),
      podSelector: { matchLabels: selector(prometheusPart) },
    };
    for (const { job, space, part, port } of args.targets) {
      const namespace = args.namespaces[space];
      if (namespace === undefined) continue;
      new NetworkPolicy(
        `${name}-${job}`,
        {
          metadata: { name: `scrape-${job}`, namespace },
          spec: {
            podSelector: { matchLabels: selector(part) },
            policyTypes: ["Ingress"],
            ingress: [{ from: [scraper], ports: [tcp(port)] }],
          },
        },
        { parent: this },
      );
    }
    this.registerOutputs({});
  }
}
