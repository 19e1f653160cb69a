// The platform's own telemetry: Prometheus, Alertmanager and Jaeger, and what lets them see the platform's parts.
import { NAMESPACES } from "@agentic/api/names.ts";
import * as pulumi from "@pulumi/pulumi";
import type { DataProtection } from "../data/protection.ts";
import type { Scheduling } from "../scheduling/placement.ts";
import type { Issuer } from "../security/certificates.ts";
import type { Cidrs } from "../security/flows.ts";
import type { Resources } from "../security/pod.ts";
import { Alertmanager } from "./alertmanager.ts";
import { Jaeger } from "./jaeger.ts";
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
  /** Address of its Service. Default: one that the cluster chooses. */
  address?: string;
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
  metricsDays: number;
  /** Days that traces are kept. */
  tracesDays: number;
  kubelets: "verified" | "unverified" | "none";
  apiServerCidrs: Cidrs;
  nodeCidrs: Cidrs;
  prometheus: PartArgs;
  /** Absent: none. */
  alertmanager?: Omit<PartArgs, "address">;
  /** Absent: none. */
  jaeger?: PartArgs;
  /** Whether the built-in receiver of events runs. */
  eventReceiver: boolean;
  /** Of the volumes. Default `delete`. */
  protection?: DataProtection;
  /** Who signs the certificates; without one all answer in clear text. */
  issuer?: Issuer;
}

/** What the platform is seen by, where nothing else is there for it. */
export class Telemetry extends pulumi.ComponentResource {
  /** URLs of the APIs in the cluster: of Prometheus, and of Jaeger where it is there. */
  readonly urls: { metrics: string; traces?: string };

  constructor(name: string, args: TelemetryArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:observability:Telemetry", name, {}, options);
    const child = { parent: this };
    const { targets, issuer, protection, metricsDays, tracesDays, kubelets } = args;
    const namespace = args.namespaces[NAMESPACES.observability] ?? NAMESPACES.observability;
    const common = { namespace, issuer, protection };
    const alertmanager = args.alertmanager !== undefined;
    const jaeger = args.jaeger !== undefined;
    new ScrapeAccess(`${name}-access`, { targets, namespaces: args.namespaces, named: true }, child);
    new TelemetryNetwork(
      `${name}-network`,
      {
        namespaces: args.namespaces,
        targets,
        apiServerCidrs: args.apiServerCidrs,
        nodeCidrs: kubelets === "none" ? undefined : args.nodeCidrs,
        alertmanager,
        jaeger,
        eventReceiver: args.eventReceiver,
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
        retentionDays: metricsDays,
        kubelets,
        alertmanager,
        jaeger,
      },
      child,
    );
    const traces =
      args.jaeger && new Jaeger(`${name}-jaeger`, { ...common, ...args.jaeger, retentionDays: tracesDays }, child).url;
    this.urls = { metrics: url, ...(traces ? { traces } : {}) };
    if (args.alertmanager)
      new Alertmanager(
        `${name}-alertmanager`,
        { ...common, ...args.alertmanager, routing: args.alerting, secret: args.alerting?.secret },
        child,
      );
    this.registerOutputs({});
  }
}
