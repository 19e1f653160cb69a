// Traces: Jaeger on one volume, which takes spans by OTLP and answers queries.
import { ANNOTATIONS, NAMESPACES } from "@agentic/api/names.ts";
import { quantity } from "@agentic/api/quantities.ts";
import { StatefulSet } from "@pulumi/kubernetes/apps/v1/statefulSet.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import * as pulumi from "@pulumi/pulumi";
import { type DataProtection, dataOptions } from "../data/protection.ts";
import { dataVolume, dataVolumeName } from "../data/volume.ts";
import { images } from "../images.ts";
import { checkWholeNumbers } from "../numbers.ts";
import { placement } from "../scheduling/placement.ts";
import {
  certificate,
  type Issuer,
  type ServerTls,
  serverTls,
  serviceNames,
  tlsSecret,
} from "../security/certificates.ts";
import { checksum } from "../security/checksum.ts";
import { labels, selector } from "../security/labels.ts";
import { hardenedContainer, hardenedPod, probes, type Resources } from "../security/pod.ts";
import { jaegerConfig, jaegerData, jaegerPart } from "./jaeger-config.ts";

export interface JaegerArgs {
  namespace: pulumi.Input<string>;
  /** Days that spans are kept. */
  retentionDays: number;
  /** Size of the volume. Default `5Gi`. */
  storage?: string;
  /** Address of its Service, inside the cluster's range. Default: one that the cluster chooses. */
  address?: string;
  /** Default: the image table's. */
  image?: string;
  resources?: Resources;
  /** Name of the PriorityClass of its pod. */
  priorityClass?: pulumi.Input<string>;
  /** Of the volume. Default `delete`. */
  protection?: DataProtection;
  /** Who signs its certificate; without one it answers in clear text. */
  issuer?: Issuer;
}

const part = jaegerPart;
const { otlp, query, metrics, health } = images.jaeger.ports;
const configFolder = "/etc/jaeger";
const backup = "none here: traces are about the past days, and a lost volume starts them anew";

const defaultResources: Resources = {
  requests: { cpu: "20m", memory: "96Mi" },
  limits: { cpu: "500m", memory: "256Mi" },
};

/** One pod. Whoever its NetworkPolicy lets in may send spans; queries change nothing. */
export class Jaeger extends pulumi.ComponentResource {
  /** URL of its query API in the cluster. */
  readonly url: string;

  constructor(name: string, args: JaegerArgs, options?: pulumi.ComponentResourceOptions) {
    const { namespace, issuer, retentionDays, address, resources = defaultResources } = args;
    checkWholeNumbers({ retentionDays }, { from: 1 });
    super("agentic:observability:Jaeger", name, {}, options);
    const child = { parent: this };
    const metadata = (objectName: string) => ({ name: objectName, namespace, labels: labels(part) });
    const dnsNames = [...serviceNames(part, NAMESPACES.observability), "localhost"];
    const ipAddresses = ["127.0.0.1"];
    const tls = serverTls(
      issuer &&
        certificate(`${name}-tls`, { secret: tlsSecret(part), namespace, issuer, part, dnsNames, ipAddresses }, child),
    );
    this.url = `${tls.scheme}://${part}.${NAMESPACES.observability}:${query}`;
    const settings = { retentionDays, memory: resources.limits.memory, tls: issuer !== undefined };
    const files = { "config.json": JSON.stringify(jaegerConfig(settings), undefined, 1) };
    const config = new ConfigMap(`${name}-config`, { metadata: metadata("jaeger-config"), data: files }, child);
    new Service(
      name,
      {
        metadata: metadata(part),
        spec: {
          selector: selector(part),
          ports: [
            { name: "otlp", port: otlp },
            { name: "query", port: query },
            { name: "metrics", port: metrics },
          ],
          ...(address === undefined ? {} : { clusterIP: address }),
        },
      },
      child,
    );
    new StatefulSet(
      name,
      {
        metadata: { ...metadata(part), annotations: { [ANNOTATIONS.backup]: backup } },
        spec: {
          serviceName: part,
          replicas: 1,
          selector: { matchLabels: selector(part) },
          template: {
            metadata: { labels: labels(part), annotations: checksum(files) },
            spec: {
              ...placement(part, args),
              ...hardenedPod({ uid: images.jaeger.uid }),
              containers: [container({ ...args, resources }, tls)],
              volumes: [{ name: "config", configMap: { name: config.metadata.name } }, ...tls.volumes],
            },
          },
          ...dataVolume(part, args.storage ?? "5Gi"),
        },
      },
      { ...child, ...dataOptions(args.protection) },
    );
    this.registerOutputs({ url: this.url });
  }
}

function container({ image, resources }: JaegerArgs & { resources: Resources }, tls: ServerTls) {
  return hardenedContainer({
    name: part,
    image: image ?? images.jaeger.ref,
    args: [`--config=${configFolder}/config.json`],
    env: [
      { name: "GOMAXPROCS", value: "2" },
      // The rest is for what badger maps.
      { name: "GOMEMLIMIT", value: String(Math.floor(quantity(resources.limits.memory) * 0.75)) },
    ],
    ports: [
      { name: "otlp", containerPort: otlp },
      { name: "query", containerPort: query },
      { name: "metrics", containerPort: metrics },
      { name: "health", containerPort: health },
    ],
    resources,
    ...probes({ httpGet: { path: "/status", port: "health" } }, { startSeconds: 120 }),
    volumeMounts: [
      { name: dataVolumeName, mountPath: jaegerData },
      { name: "config", mountPath: configFolder, readOnly: true },
      ...tls.volumeMounts,
    ],
  });
}
