// Traces: Jaeger on one volume, which takes spans by OTLP and answers queries.
import { NAMESPACES } from "@agentic/api/names.ts";
import { quantity } from "@agentic/api/quantities.ts";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import * as pulumi from "@pulumi/pulumi";
import { dataVolumeName } from "../data/volume.ts";
import { type VolumePartArgs, volumePod } from "../data/volume-pod.ts";
import { images } from "../images.ts";
import { checkWholeNumbers } from "../numbers.ts";
import { type Issuer, type ServerTls, serverTls, serviceCertificate } from "../security/certificates.ts";
import { checksum } from "../security/checksum.ts";
import { labels } from "../security/labels.ts";
import { hardenedContainer, probes, type Resources } from "../security/pod.ts";
import { jaegerConfig, jaegerData, jaegerPart } from "./jaeger-config.ts";

export interface JaegerArgs extends VolumePartArgs {
  /** Days that spans are kept. */
  retentionDays: number;
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
    const { namespace, issuer, retentionDays, resources = defaultResources } = args;
    checkWholeNumbers({ retentionDays }, { from: 1 });
    super("agentic:observability:Jaeger", name, {}, options);
    const child = { parent: this };
    const space = NAMESPACES.observability;
    const tls = serverTls(serviceCertificate(name, { namespace, issuer, part, space, onLoopback: true }, child));
    this.url = `${tls.scheme}://${part}.${NAMESPACES.observability}:${query}`;
    const settings = { retentionDays, memory: resources.limits.memory, tls: issuer !== undefined };
    const files = { "config.json": JSON.stringify(jaegerConfig(settings), undefined, 1) };
    const metadata = { name: "jaeger-config", namespace, labels: labels(part) };
    const config = new ConfigMap(`${name}-config`, { metadata, data: files }, child);
    volumePod(
      name,
      args,
      {
        part,
        storage: "5Gi",
        backup,
        ports: { otlp, query, metrics },
        annotations: checksum(files),
        uid: images.jaeger.uid,
        container: container({ ...args, resources }, tls),
        volumes: [{ name: "config", configMap: { name: config.metadata.name } }, ...tls.volumes],
      },
      child,
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
