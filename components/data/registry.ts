// The registry in the cluster: stores the platform's own images and their signatures where there is no external registry.
import { NAMESPACES } from "@agentic/api/names.ts";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { images } from "../images.ts";
import { certificate, type Issuer, serverTls, serviceNames, tlsFolder } from "../security/certificates.ts";
import { checksum } from "../security/checksum.ts";
import { inNamespace } from "../security/flows.ts";
import { labels, selector } from "../security/labels.ts";
import { hardenedContainer, probes } from "../security/pod.ts";
import { registryPart, registrySecret } from "./registry-names.ts";
import { dataVolumeName } from "./volume.ts";
import { type VolumePartArgs, volumePod } from "./volume-pod.ts";

export interface RegistryArgs extends VolumePartArgs {
  /** Who signs its certificate. */
  issuer: Issuer;
  /** Nodes, which resolve no names of the cluster, know it by that. */
  address?: string;
  /** Addresses of the nodes that pull from it, as CIDRs. */
  nodeCidrs: readonly string[] | pulumi.Output<string[]>;
  /** Parts in other namespaces that read from it. */
  readers?: readonly { namespace: string; part: string }[];
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
    const { namespace, address, issuer } = args;
    const dnsNames = serviceNames(part, NAMESPACES.sharedServices);
    const ipAddresses = address === undefined ? undefined : [address];
    const tlsCertificate = certificate(
      `${name}-tls`,
      { secret: registrySecret, namespace, issuer, part, dnsNames, ipAddresses },
      child,
    );
    const tls = serverTls(tlsCertificate);
    const settings = { "config.yml": JSON.stringify(configuration, undefined, 2) };
    const metadata = { name: "registry-config", namespace, labels: labels(part) };
    const config = new ConfigMap(`${name}-config`, { metadata, data: settings }, child);
    this.#network(name, args);
    volumePod(
      name,
      args,
      {
        part,
        storage: "10Gi",
        backup,
        ports: { registry: port },
        annotations: checksum(settings),
        uid: images.registry.uid,
        container: container(args, tls),
        volumes: [{ name: "config", configMap: { name: config.metadata.name } }, ...tls.volumes],
      },
      child,
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
  log: { level: "warn", formatter: "json", accesslog: { disabled: true } },
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
