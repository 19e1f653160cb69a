// The platform's own telemetry: Prometheus and Alertmanager, and what lets them see the platform's parts.
import { NAMESPACES } from "@agentic/api/names.ts";
import * as pulumi from "@pulumi/pulumi";
import type { DataProtection } from "../data/protection.ts";
import type { Scheduling } from "../scheduling/placement.ts";
import type { Issuer } from "../security/certificates.ts";
import type { Cidrs } from "../security/flows.ts";
import type { Resources } from "../security/pod.ts";
import { Alertmanager } from "./alertmanager.ts";
import { Prometheus } from "./prometheus.ts";
import { type RoutingArgs, receiverPorts } from "./routing.ts";
import type { RuleFile } from "./rules.ts";
import { ScrapeAccess } from "./scrape-access.ts";
import type { ScrapeTarget } from "./scrape-targets.ts";
import { TelemetryNetwork } from "./telemetry-network.ts";

/** What each of the parts takes of the config. */
interface PartArgs extends Pick<Scheduling, "priorityClass"> {
  image?: string;
  resources?: Resources;
  storage?: string;
}

export interface TelemetryArgs {
  /** The platform's namespaces, by name, that of telemetry among them. */
  namespaces: Readonly<Record<string, pulumi.Input<string>>>;
  targets: readonly ScrapeTarget[];
  /** Token for the targets that ask for one. */
  token?: pulumi.Input<string>;
  rules: RuleFile;
  /** Whom Alertmanager tells, with what files, and where they are. Default nobody. */
  alerting?: Omit<RoutingArgs, "secrets"> & { secret?: string; cidrs?: readonly string[] };
  /** Seconds between two scrapes. */
  interval: number;
  /** Days that metrics are kept. */
  retentionDays: number;
  kubelets: "verified" | "unverified" | "none";
  apiServerCidrs: Cidrs;
  nodeCidrs: Cidrs;
  /** Address of Prometheus' Service. Default: one that the cluster chooses. */
  address?: string;
  prometheus: PartArgs;
  /** Absent: none. */
  alertmanager?: PartArgs;
  /** Of the volumes. Default `delete`. */
  protection?: DataProtection;
  /** Who signs the certificates; without one all answer in clear text. */
  issuer?: Issuer;
}

/** What the platform is seen by, where nothing else is there for it. */
export class Telemetry extends pulumi.ComponentResource {
  /** URL of Prometheus' API in the cluster. */
  readonly metricsUrl: string;

  constructor(name: string, args: TelemetryArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:observability:Telemetry", name, {}, options);
    const child = { parent: this };
    const { targets, issuer, protection, retentionDays, kubelets } = args;
    const namespace = args.namespaces[NAMESPACES.observability] ?? NAMESPACES.observability;
    const common = { namespace, issuer, protection };
    const alertmanager = args.alertmanager !== undefined;
    new ScrapeAccess(`${name}-access`, { targets, namespaces: args.namespaces, named: true }, child);
    new TelemetryNetwork(
      `${name}-network`,
      {
        namespaces: args.namespaces,
        targets,
        apiServerCidrs: args.apiServerCidrs,
        nodeCidrs: kubelets === "none" ? undefined : args.nodeCidrs,
        alertmanager,
        receivers: args.alerting && { ports: receiverPorts(args.alerting), cidrs: args.alerting.cidrs },
      },
      child,
    );
    const { url } = new Prometheus(
      `${name}-prometheus`,
      {
        ...common,
        ...args.prometheus,
        targets,
        token: args.token,
        rules: args.rules,
        interval: args.interval,
        retentionDays,
        kubelets,
        address: args.address,
        alertmanager,
      },
      child,
    );
    this.metricsUrl = url;
    if (args.alertmanager)
      new Alertmanager(
        `${name}-alertmanager`,
        { ...common, ...args.alertmanager, routing: args.alerting, secret: args.alerting?.secret },
        child,
      );
    this.registerOutputs({});
  }
}
