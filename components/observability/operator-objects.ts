// What a Prometheus Operator that is in the cluster already reads: a PodMonitor for each target, and the rules.
import { NAMESPACES } from "@agentic/api/names.ts";
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import * as pulumi from "@pulumi/pulumi";
import { tlsSecret } from "../security/certificates.ts";
import { labels, selector } from "../security/labels.ts";
import type { RuleFile } from "./rules.ts";
import { ScrapeAccess } from "./scrape-access.ts";
import { metricsTokenSecret, type ScrapeTarget } from "./scrape-targets.ts";

export interface OperatorObjectsArgs {
  /** The platform's namespaces, by name. */
  namespaces: Readonly<Record<string, pulumi.Input<string>>>;
  targets: readonly ScrapeTarget[];
  /** Token for the targets that ask for one. */
  token?: pulumi.Input<string>;
  rules: RuleFile;
  /** Seconds between two scrapes. */
  interval: number;
  /** Name of the namespace of the operator's Prometheus. */
  prometheusNamespace: string;
  /** Labels by which it selects monitors and rules. Default none. */
  labels?: Readonly<Record<string, string>>;
}

const API_VERSION = "monitoring.coreos.com/v1";

/** Objects for an operator that watches the platform's namespaces. Certificates are trusted by each namespace's own copy of the authority. */
export class OperatorObjects extends pulumi.ComponentResource {
  constructor(name: string, args: OperatorObjectsArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:observability:OperatorObjects", name, {}, options);
    const child = { parent: this };
    const { targets, namespaces, prometheusNamespace: scraperNamespace } = args;
    new ScrapeAccess(`${name}-access`, { targets, namespaces, scraperNamespace, named: false }, child);
    for (const target of targets) {
      const { job, space, part } = target;
      const namespace = namespaces[space];
      if (namespace === undefined) continue;
      if (target.token && args.token !== undefined)
        new Secret(
          `${name}-${job}-token`,
          {
            metadata: { name: metricsTokenSecret.name, namespace, labels: labels(part) },
            stringData: { [metricsTokenSecret.key]: args.token },
          },
          child,
        );
      new CustomResource(
        `${name}-${job}`,
        {
          apiVersion: API_VERSION,
          kind: "PodMonitor",
          metadata: { name: job, namespace, labels: { ...labels(part), ...args.labels } },
          spec: {
            selector: { matchLabels: selector(part) },
            podMetricsEndpoints: [endpoint(target, args.interval)],
          },
        },
        child,
      );
    }
    const [space = NAMESPACES.system] = Object.keys(namespaces);
    if (args.rules.groups.length > 0)
      new CustomResource(
        `${name}-rules`,
        {
          apiVersion: API_VERSION,
          kind: "PrometheusRule",
          metadata: { name: "agentic-platform", namespace: namespaces[space], labels: { ...args.labels } },
          spec: args.rules,
        },
        child,
      );
    this.registerOutputs({});
  }
}

/** How the operator's Prometheus asks a target; its series get the same label `job` as everywhere. */
function endpoint({ job, space, part, port, path, tls, token }: ScrapeTarget, interval: number): object {
  return {
    portNumber: port,
    ...(path ? { path } : {}),
    interval: `${interval}s`,
    ...(tls
      ? {
          scheme: "https",
          tlsConfig: { ca: { secret: { name: tlsSecret(part), key: "ca.crt" } }, serverName: `${part}.${space}` },
        }
      : {}),
    ...(token ? { authorization: { credentials: metricsTokenSecret } } : {}),
    relabelings: [{ targetLabel: "job", replacement: job }],
  };
}
