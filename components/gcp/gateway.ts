// Gateway API objects of the exposed services: one Gateway for HTTPS, and for each service its route and its policies.
import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { checkWholeNumbers } from "../numbers.ts";
import { labels } from "../security/labels.ts";
import { loadBalancers } from "./addresses.ts";

/** A Service that people or programs outside reach. */
export interface Exposure {
  host: string;
  namespace: string;
  service: string;
  port: number;
  /** Labels of the Service's pods, for the NetworkPolicy, and the port that they listen on. */
  podLabels: Readonly<Record<string, string>>;
  podPort: number;
  /** Path that answers 200 to Google's health checks. */
  healthPath: string;
  /** What its pods speak, and the Service's `appProtocol` says, for TLS. Default HTTP. Google's load balancers don't verify the pods' certificate. */
  protocol?: "HTTP" | "HTTPS";
  /** Seconds that one answer may take, a stream's included. Default 60. */
  timeoutSeconds?: number;
  /** `iap`: Google authenticates callers; `public`: the service does it itself, such as by a signature. */
  access: "iap" | "public";
}

export interface GatewayArgs {
  /** Namespace of the Gateway. */
  namespace: pulumi.Input<string>;
  exposures: readonly Exposure[];
  /** Names of the Google side. */
  edge: { addressName: string; certificateMap: string; securityPolicy: string; sslPolicy: string };
}

const part = "gateway";

/** A global external load balancer, with Cloud Armor on every backend. */
export class Gateway extends pulumi.ComponentResource {
  constructor(name: string, args: GatewayArgs, options?: pulumi.ComponentResourceOptions) {
    const { exposures, edge } = args;
    if (exposures.length === 0) throw new Error("exposures: is empty: without one there must be no Gateway");
    const hosts = exposures.map(({ host }) => host);
    const twice = hosts.find((host, i) => hosts.indexOf(host) !== i);
    if (twice !== undefined) throw new Error(`exposures: ${twice} is there twice: each needs a host of its own`);
    for (const [i, { port, podPort, healthPath }] of exposures.entries()) {
      const at = `exposures[${i}]`;
      checkWholeNumbers({ [`${at}.port`]: port, [`${at}.podPort`]: podPort }, { from: 1, to: 65_535 });
      if (!healthPath.startsWith("/")) throw new Error(`exposures[${i}].healthPath: '${healthPath}' must begin with /`);
    }
    super("agentic:gcp:Gateway", name, {}, options);
    const object = (
      kind: string,
      apiVersion: string,
      objectName: string,
      namespace: pulumi.Input<string>,
      more: object,
    ) =>
      new CustomResource(
        `${name}-${kind.toLowerCase()}-${objectName}`,
        { apiVersion, kind, metadata: { name: objectName, namespace, labels: labels(part) }, ...more },
        { parent: this },
      );
    new CustomResource(
      name,
      {
        apiVersion: "gateway.networking.k8s.io/v1",
        kind: "Gateway",
        metadata: {
          name: "agentic",
          namespace: args.namespace,
          labels: labels(part),
          annotations: { "networking.gke.io/certmap": edge.certificateMap },
        },
        spec: {
          gatewayClassName: "gke-l7-global-external-managed",
          addresses: [{ type: "NamedAddress", value: edge.addressName }],
          listeners: [
            {
              name: "https",
              protocol: "HTTPS",
              port: 443,
              // Only namespaces of the platform may attach routes.
              allowedRoutes: {
                namespaces: {
                  from: "Selector",
                  selector: {
                    matchExpressions: [
                      {
                        key: "kubernetes.io/metadata.name",
                        operator: "In",
                        values: [...new Set(exposures.map(({ namespace }) => namespace))].sort(),
                      },
                    ],
                  },
                },
              },
            },
          ],
        },
      },
      { parent: this },
    );
    object("GCPGatewayPolicy", "networking.gke.io/v1", "agentic", args.namespace, {
      spec: {
        default: { sslPolicy: edge.sslPolicy },
        targetRef: { group: "gateway.networking.k8s.io", kind: "Gateway", name: "agentic" },
      },
    });
    for (const exposure of exposures) this.#expose(name, args, exposure, object);
    this.registerOutputs({});
  }

  #expose(name: string, args: GatewayArgs, exposure: Exposure, object: ObjectMaker): void {
    const { host, namespace, service, port, podLabels, podPort, healthPath, access } = exposure;
    const { protocol = "HTTP", timeoutSeconds = 60 } = exposure;
    const targetRef = { group: "", kind: "Service", name: service };
    object("HTTPRoute", "gateway.networking.k8s.io/v1", service, namespace, {
      spec: {
        parentRefs: [{ name: "agentic", namespace: args.namespace, sectionName: "https" }],
        hostnames: [host],
        rules: [{ backendRefs: [{ name: service, port }] }],
      },
    });
    object("GCPBackendPolicy", "networking.gke.io/v1", service, namespace, {
      spec: {
        default: {
          securityPolicy: args.edge.securityPolicy,
          timeoutSec: timeoutSeconds,
          logging: { enabled: true, sampleRate: 1_000_000 },
          ...(access === "iap" ? { iap: { enabled: true } } : {}),
        },
        targetRef,
      },
    });
    object("HealthCheckPolicy", "networking.gke.io/v1", service, namespace, {
      spec: {
        default: {
          config: {
            type: protocol,
            [`${protocol.toLowerCase()}HealthCheck`]: { port: podPort, requestPath: healthPath },
          },
        },
        targetRef,
      },
    });
    new NetworkPolicy(
      `${name}-${namespace}-${service}`,
      {
        metadata: { name: `${service}-from-gateway`, namespace, labels: labels(part) },
        spec: {
          podSelector: { matchLabels: { ...podLabels } },
          policyTypes: ["Ingress"],
          ingress: [
            {
              from: loadBalancers.map((cidr) => ({ ipBlock: { cidr } })),
              ports: [{ protocol: "TCP", port: podPort }],
            },
          ],
        },
      },
      { parent: this },
    );
  }
}

type ObjectMaker = (
  kind: string,
  apiVersion: string,
  name: string,
  namespace: pulumi.Input<string>,
  more: object,
) => CustomResource;
