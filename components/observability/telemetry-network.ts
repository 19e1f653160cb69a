// Who may talk to the telemetry's own parts and whom they may ask, on top of their namespace's default deny.
import { inTenants } from "@agentic/api/admission.ts";
import { ANNOTATIONS, NAMESPACES, OPERATOR_NAME } from "@agentic/api/names.ts";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { eventParts } from "../events/parts.ts";
import { images } from "../images.ts";
import { apiServerFlow, type Cidrs, inNamespace, tcp, toInternet } from "../security/flows.ts";
import { selector } from "../security/labels.ts";
import { agents } from "../security/tenant-rules.ts";
import { jaegerPart } from "./jaeger-config.ts";
import { alertmanagerPart, kubeletPort, prometheusPart } from "./prometheus-config.ts";
import type { ScrapeTarget } from "./scrape-targets.ts";

export interface TelemetryNetworkArgs {
  /** The platform's namespaces, by name, that of telemetry among them. */
  namespaces: Readonly<Record<string, pulumi.Input<string>>>;
  targets: readonly ScrapeTarget[];
  /** Addresses of the API server. */
  apiServerCidrs: Cidrs;
  /** Addresses of the nodes whose kubelets are scraped; without them none is. */
  nodeCidrs?: Cidrs;
  alertmanager: boolean;
  jaeger: boolean;
  /** Whether the built-in receiver of events runs, which sends spans. */
  eventReceiver: boolean;
  /** Where Alertmanager's receivers are: ports, and ranges unless that is the internet. Default nowhere. */
  receivers?: { ports: readonly number[]; cidrs?: readonly string[] };
}

/** One NetworkPolicy for each part. */
export class TelemetryNetwork extends pulumi.ComponentResource {
  constructor(name: string, args: TelemetryNetworkArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:observability:TelemetryNetwork", name, {}, options);
    const namespace = args.namespaces[NAMESPACES.observability] ?? NAMESPACES.observability;
    const child = { parent: this };
    const policy = (part: string, rules: { ingress: object[]; egress?: object[] }, reason?: string) => {
      const policyTypes = ["Ingress", ...(rules.egress ? ["Egress"] : [])];
      const spec = { podSelector: { matchLabels: selector(part) }, ...rules, policyTypes };
      const declared = reason ? { annotations: { [ANNOTATIONS.internet]: reason } } : {};
      new NetworkPolicy(`${name}-${part}`, { metadata: { name: part, namespace, ...declared }, spec }, child);
    };
    const pods = (part: string) => ({ podSelector: { matchLabels: selector(part) } });
    const { http } = images.prometheus.ports;
    const alertmanager = { part: alertmanagerPart, port: images.alertmanager.ports.http };
    const { otlp, metrics } = images.jaeger.ports;
    const own = [
      { part: prometheusPart, port: http },
      ...(args.alertmanager ? [alertmanager] : []),
      ...(args.jaeger ? [{ part: jaegerPart, port: metrics }] : []),
    ];
    policy(prometheusPart, {
      ingress: [{ from: [pods(prometheusPart)], ports: [tcp(http)] }],
      egress: [
        ...own.map(({ part, port }) => ({ to: [pods(part)], ports: [tcp(port)] })),
        ...args.targets.map(({ space, part, port }) => ({
          to: [{ namespaceSelector: inNamespace(space), ...pods(part) }],
          ports: [tcp(port)],
        })),
        clusterDns,
        ...(args.nodeCidrs ? [apiServerFlow(args.apiServerCidrs), kubelets(args.nodeCidrs)] : []),
      ],
    });
    if (args.alertmanager) {
      const { ports = [], cidrs } = args.receivers ?? {};
      const isPublic = ports.length > 0 && !cidrs;
      const to = cidrs
        ? { to: cidrs.map((cidr) => ({ ipBlock: { cidr } })), ports: ports.map(tcp) }
        : toInternet([...ports]);
      policy(
        alertmanagerPart,
        {
          ingress: [{ from: [pods(prometheusPart)], ports: [tcp(alertmanager.port)] }],
          ...(ports.length > 0 ? { egress: [to] } : {}),
        },
        isPublic ? "alerts go to the receivers of the stack's config" : undefined,
      );
    }
    if (args.jaeger)
      policy(jaegerPart, {
        ingress: [
          { from: [pods(prometheusPart)], ports: [tcp(metrics)] },
          {
            from: [
              { namespaceSelector: inNamespace(NAMESPACES.system), ...pods(OPERATOR_NAME) },
              { namespaceSelector: inTenants, podSelector: agents },
              ...(args.eventReceiver
                ? [{ namespaceSelector: inNamespace(NAMESPACES.argoEvents), ...pods(eventParts.webhook) }]
                : []),
            ],
            ports: [tcp(otlp)],
          },
        ],
      });
    this.registerOutputs({});
  }
}

/** Metrics of the cluster's own DNS. */
const clusterDns = {
  to: [{ namespaceSelector: inNamespace("kube-system"), podSelector: { matchLabels: { "k8s-app": "kube-dns" } } }],
  ports: [tcp(images.coredns.ports.metrics)],
};

function kubelets(cidrs: Cidrs) {
  const to = pulumi.output(cidrs as string[]).apply((list) => list.map((cidr) => ({ ipBlock: { cidr } })));
  return { to, ports: [tcp(kubeletPort)] };
}
