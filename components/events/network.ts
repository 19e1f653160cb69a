// Who may talk to whom in argo-events, on top of the namespace's default deny.
import { ANNOTATIONS } from "@agentic/api/names.ts";
import { WEBHOOK } from "@agentic/api/webhook.ts";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { googleApisCidr, metadataServer } from "../gcp/addresses.ts";
import { images } from "../images.ts";
import { apiServerPorts, type Collector, toCollector } from "../security/flows.ts";
import { selector } from "../security/labels.ts";
import { type EventEngine, eventParts } from "./parts.ts";

export interface EventNetworkArgs {
  namespace: pulumi.Input<string>;
  engine: EventEngine;
  /** Addresses of the API server, as CIDRs. */
  apiServerCidrs: readonly string[] | pulumi.Output<string[]>;
  /** Whether events also come from Pub/Sub, which is outside of the cluster. */
  pubsub: boolean;
  /** Whom the built-in receiver sends spans to. Absent: nobody. */
  collector?: Collector;
}

/** `private.googleapis.com` and `restricted.googleapis.com`, which the cluster's zones lead to. */
const googleApis = {
  to: [{ ipBlock: { cidr: googleApisCidr.private } }, { ipBlock: { cidr: googleApisCidr.restricted } }],
  ports: [tcp(443)],
};

/** One NetworkPolicy for each part that takes part in a flow. */
export class EventNetwork extends pulumi.ComponentResource {
  constructor(name: string, args: EventNetworkArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:events:EventNetwork", name, {}, options);
    const policy = (part: string, rules: { ingress?: object[]; egress?: object[] }, annotations = {}) => {
      const policyTypes = [...(rules.ingress ? ["Ingress"] : []), ...(rules.egress ? ["Egress"] : [])];
      new NetworkPolicy(
        `${name}-${part}`,
        {
          metadata: { name: part, namespace: args.namespace, annotations },
          spec: { podSelector: { matchLabels: selector(part) }, ...rules, policyTypes },
        },
        { parent: this },
      );
    };
    const cidrs = pulumi.output(args.apiServerCidrs as string[]);
    const apiServer = {
      to: cidrs.apply((list) => list.map((cidr) => ({ ipBlock: { cidr } }))),
      ports: apiServerPorts.map(tcp),
    };
    // Pods of other namespaces need an egress policy of their own.
    const callers = [{ from: [{ namespaceSelector: {} }], ports: [tcp(WEBHOOK.port)] }];
    const fromAll = { [ANNOTATIONS.allNamespaces]: "the one entrance for events, guarded by its token" };
    const toSpans = args.collector ? [toCollector(args.collector)] : [];
    const { webhook, sensor, bus, controller, pubsub } = eventParts;
    if (args.engine === "builtin") policy(webhook, { ingress: callers, egress: [apiServer, ...toSpans] }, fromAll);
    else {
      const { client, cluster } = images.nats.ports;
      const toBus = { to: [pods(bus)], ports: [tcp(client)] };
      const users = [webhook, sensor, ...(args.pubsub ? [pubsub] : [])];
      policy(controller, { egress: [apiServer] });
      policy(bus, {
        ingress: [
          { from: users.map(pods), ports: [tcp(client)] },
          { from: [pods(bus)], ports: [tcp(cluster)] },
        ],
        egress: [{ to: [pods(bus)], ports: [tcp(cluster)] }],
      });
      policy(webhook, { ingress: callers, egress: [toBus] }, fromAll);
      policy(sensor, { egress: [apiServer, toBus] });
      if (args.pubsub) policy(pubsub, { egress: [toBus, googleApis, ...metadataServer] });
    }
    this.registerOutputs({});
  }
}

function tcp(port: number) {
  return { protocol: "TCP", port };
}

function pods(part: string) {
  return { podSelector: { matchLabels: selector(part) } };
}
