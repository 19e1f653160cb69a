// The registry in the cluster: stores the platform's own images and their signatures where there is no external registry.
import { ANNOTATIONS, NAMESPACES } from "@agentic/api/names.ts";
import { StatefulSet } from "@pulumi/kubernetes/apps/v1/statefulSet.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { images } from "../images.ts";
import { placement } from "../scheduling/placement.ts";
import { certificate, type Issuer, serverTls, serviceNames, tlsFolder } from "../security/certificates.ts";
import { checksum } from "../security/checksum.ts";
import { inNamespace } from "../security/flows.ts";
import { labels, selector } from "../security/labels.ts";
import { hardenedContainer, hardenedPod, probes, type Resources } from "../security/pod.ts";
import { type DataProtection, dataOptions } from "./protection.ts";
import { registryPart, registrySecret } from "./registry-names.ts";
import { dataVolume, dataVolumeName } from "./volume.ts";

export interface RegistryArgs {
  namespace: pulumi.Input<string>;
  /** Who signs its certificate. */
  issuer: Issuer;
  /**
   * Address of its Service, inside the cluster's range: nodes, which resolve no names of the cluster, know it by that.
   * Default: one that the cluster chooses.
   */
  address?: string;
  /** Addresses of the nodes that pull from it, as CIDRs. */
  nodeCidrs: readonly string[] | pulumi.Output<string[]>;
  /** Parts in other namespaces that read from it. */
  readers?: readonly { namespace: string; part: string }[];
  /** Size of the volume. Default `10Gi`. */
  storage?: string;
  /** Name of the PriorityClass of its pod. */
  priorityClass?: pulumi.Input<string>;
  /** Of the volume. Default `delete`. */
  protection?: DataProtection;
  /** Default: the image table's. */
  image?: string;
  resources?: Resources;
}

const part = registryPart;
const { registry: port } = images.registry.ports;
const data = "/var/lib/registry";
const configFolder = "/etc/distribution";

const backup = "none here: whoever built the images pushes and signs them again (make up)";

/** One pod on one volume. Whoever can connect to it can also push: its NetworkPolicy is the only guard. */
export class Registry extends pulumi.ComponentResource {
  constructor(name: string, args: RegistryArgs, options?: pulumi.ComponentResourceOptions) {
    if (args.address !== undefined && !/^(\d{1,3}\.){3}\d{1,3}$/.test(args.address))
      throw new Error(`address: '${args.address}' is not a valid IPv4 address`);
    super("agentic:data:Registry", name, {}, options);
    const child = { parent: this };
    const dataChild = { ...child, ...dataOptions(args.protection) };
    const { namespace, address, issuer } = args;
    const metadata = (objectName: string) => ({ name: objectName, namespace, labels: labels(part) });
    const dnsNames = serviceNames(part, NAMESPACES.sharedServices);
    const ipAddresses = address === undefined ? undefined : [address];
    const tlsCertificate = certificate(
      `${name}-tls`,
      { secret: registrySecret, namespace, issuer, part, dnsNames, ipAddresses },
      child,
    );
    const tls = serverTls(tlsCertificate);
    const settings = { "config.yml": JSON.stringify(configuration, undefined, 2) };
    const config = new ConfigMap(`${name}-config`, { metadata: metadata("registry-config"), data: settings }, child);
    new Service(
      name,
      {
        metadata: metadata(part),
        spec: {
          selector: selector(part),
          ports: [{ name: "registry", port }],
          ...(address === undefined ? {} : { clusterIP: address }),
        },
      },
      child,
    );
    this.#network(name, args);
    new StatefulSet(
      name,
      {
        metadata: { ...metadata(part), annotations: { [ANNOTATIONS.backup]: backup } },
        spec: {
          serviceName: part,
          replicas: 1,
          selector: { matchLabels: selector(part) },
          template: {
            metadata: { labels: labels(part), annotations: checksum(settings) },
            spec: {
              ...placement(part, args),
              ...hardenedPod({ uid: images.registry.uid }),
              containers: [container(args, tls)],
              volumes: [{ name: "config", configMap: { name: config.metadata.name } }, ...tls.volumes],
            },
          },
          ...dataVolume(part, args.storage ?? "10Gi"),
        },
      },
      dataChild,
    );
    this.registerOutputs({});
  }

  #network(name: string, { namespace, nodeCidrs, readers = [] }: RegistryArgs): void {
    const pods = readers.map((reader) => ({
      namespaceSelector: inNamespace(reader.namespace),
      podSelector: { matchLabels: selector(reader.part) },
    }));
    const from = pulumi
      .output(nodeCidrs as string[])
      .apply((list): object[] => [...list.map((cidr) => ({ ipBlock: { cidr } })), ...pods]);
    new NetworkPolicy(
      `${name}-network`,
      {
        metadata: { name: part, namespace },
        spec: {
          podSelector: { matchLabels: selector(part) },
          policyTypes: ["Ingress"],
          ingress: [{ from, ports: [{ protocol: "TCP", port }] }],
        },
      },
      { parent: this },
    );
  }
}

function container(args: RegistryArgs, tls: ReturnType<typeof serverTls>) {
  return hardenedContainer({
    name: part,
    image: args.image ?? images.registry.ref,
    args: ["serve", `${configFolder}/config.yml`],
    // By default it sends traces to a collector on its own loopback.
    env: [{ name: "OTEL_TRACES_EXPORTER", value: "none" }],
    ports: [
      { name: "registry", containerPort: port },
      { name: "metrics", containerPort: images.registry.ports.debug },
    ],
    resources: args.resources ?? { requests: { cpu: "20m", memory: "64Mi" }, limits: { cpu: "1", memory: "512Mi" } },
    ...probes({ httpGet: { path: "/v2/", port: "registry", ...tls.probe } }, { startSeconds: 60 }),
    volumeMounts: [
      { name: dataVolumeName, mountPath: data },
      { name: "config", mountPath: configFolder, readOnly: true },
      ...tls.volumeMounts,
    ],
  });
}

/** Distribution's own; it reads YAML, and JSON is YAML. */
const configuration = {
  version: 0.1,
  log: { level: "warn", accesslog: { disabled: true } },
  storage: {
    filesystem: { rootdirectory: data },
    // Signed images stay: nobody deletes over the network.
    delete: { enabled: false },
  },
  http: {
    addr: `:${port}`,
    tls: { certificate: `${tlsFolder}/tls.crt`, key: `${tlsFolder}/tls.key`, minimumtls: "tls1.2" },
    headers: { "X-Content-Type-Options": ["nosniff"] },
    // Also has profiles of the program, which only whoever may scrape it reaches.
    debug: { addr: `:${images.registry.ports.debug}`, prometheus: { enabled: true, path: "/metrics" } },
  },
  health: { storagedriver: { enabled: true, interval: "10s", threshold: 3 } },
};
