// Metrics: Prometheus on one volume, which scrapes the platform's parts and judges its rules.
import { NAMESPACES } from "@agentic/api/names.ts";
import { quantity } from "@agentic/api/quantities.ts";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import type { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import * as pulumi from "@pulumi/pulumi";
import { dataVolumeName } from "../data/volume.ts";
import { type VolumePartArgs, volumePod } from "../data/volume-pod.ts";
import { images } from "../images.ts";
import { checkWholeNumbers } from "../numbers.ts";
import { type Issuer, type ServerTls, serverTls, serviceCertificate, trust } from "../security/certificates.ts";
import { checksum } from "../security/checksum.ts";
import { labels } from "../security/labels.ts";
import { hardenedContainer, probes, secretVolume } from "../security/pod.ts";
import { type ClusterAccountArgs, clusterAccount } from "../security/rbac.ts";
import {
  type PrometheusConfigArgs,
  prometheusConfig,
  prometheusFolder,
  prometheusPart,
  prometheusWebConfig,
  tokenFolder,
} from "./prometheus-config.ts";
import type { RuleFile } from "./rules.ts";
import { metricsTokenSecret } from "./scrape-targets.ts";

export interface PrometheusArgs extends VolumePartArgs, Omit<PrometheusConfigArgs, "tls"> {
  /** Recording rules and alerts. */
  rules: RuleFile;
  /** Token for the targets that ask for one. */
  token?: pulumi.Input<string>;
  /** Days that samples are kept, as long as the volume has room for them. */
  retentionDays: number;
  /** Who signs its certificate; without one it answers in clear text. */
  issuer?: Issuer;
}

const part = prometheusPart;
const { http } = images.prometheus.ports;
const data = "/prometheus";
const defaultStorage = "10Gi";
const backup = "none here: metrics are about the past days, and a lost volume starts them anew";

/** The size at which the oldest samples go: a fifth of the volume is for what is not yet in blocks. */
const mostOf = (storage: string): string => `${Math.floor((quantity(storage) * 0.8) / 2 ** 20)}MB`;

/** One pod. It serves queries only: no request changes or ends it, and nobody pushes to it. */
export class Prometheus extends pulumi.ComponentResource {
  /** URL of its API in the cluster. */
  readonly url: string;

  constructor(name: string, args: PrometheusArgs, options?: pulumi.ComponentResourceOptions) {
    checkWholeNumbers({ retentionDays: args.retentionDays, interval: args.interval }, { from: 1 });
    super("agentic:observability:Prometheus", name, {}, options);
    const child = { parent: this };
    const { namespace, issuer } = args;
    const metadata = (objectName: string) => ({ name: objectName, namespace, labels: labels(part) });
    const space = NAMESPACES.observability;
    const issued = serviceCertificate(name, { namespace, issuer, part, space, onLoopback: true }, child);
    const tls = serverTls(issued);
    this.url = `${tls.scheme}://${part}.${NAMESPACES.observability}:${http}`;
    const files = {
      "prometheus.yml": JSON.stringify(prometheusConfig({ ...args, tls: issuer !== undefined }), undefined, 1),
      "web.yml": JSON.stringify(prometheusWebConfig(issuer !== undefined)),
      "rules.json": JSON.stringify(args.rules, undefined, 1),
    };
    const config = new ConfigMap(`${name}-config`, { metadata: metadata("prometheus-config"), data: files }, child);
    const account = args.kubelets === "none" ? undefined : this.#account(name, metadata(part));
    const token =
      args.token === undefined
        ? undefined
        : new Secret(
            `${name}-token`,
            { metadata: metadata(metricsTokenSecret.name), stringData: { [metricsTokenSecret.key]: args.token } },
            child,
          );
    const authority = trust(issued);
    volumePod(
      name,
      args,
      {
        part,
        storage: defaultStorage,
        backup,
        ports: { http },
        annotations: checksum([files, args.token ?? ""]),
        uid: images.prometheus.uid,
        account: account?.metadata.name,
        container: container(args, tls, authority),
        volumes: [
          { name: "config", configMap: { name: config.metadata.name } },
          ...(token ? [secretVolume("token", token.metadata.name)] : []),
          ...tls.volumes,
          ...authority.volumes,
        ],
      },
      child,
    );
    this.registerOutputs({ url: this.url });
  }

  /** Its account, which may find the nodes and read their metrics. */
  #account(name: string, metadata: ClusterAccountArgs["metadata"]): ServiceAccount {
    const rules = [
      { apiGroups: [""], resources: ["nodes"], verbs: ["list", "watch"] },
      { apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] },
    ];
    return clusterAccount(name, { metadata, role: `agentic-${part}`, rules }, { parent: this });
  }
}

function container(args: PrometheusArgs, tls: ServerTls, authority: ReturnType<typeof trust>) {
  const health = (word: string) => ({ httpGet: { path: `/-/${word}`, port: "http", ...tls.probe } });
  return hardenedContainer({
    name: part,
    image: args.image ?? images.prometheus.ref,
    args: [
      `--config.file=${prometheusFolder}/prometheus.yml`,
      `--web.config.file=${prometheusFolder}/web.yml`,
      `--web.listen-address=:${http}`,
      `--storage.tsdb.path=${data}`,
      `--storage.tsdb.retention.time=${args.retentionDays}d`,
      `--storage.tsdb.retention.size=${mostOf(args.storage ?? defaultStorage)}`,
      // A head of a few thousand series needs no more, and a query that would is refused.
      "--query.max-samples=5000000",
      "--query.timeout=30s",
      "--log.level=warn",
      "--log.format=json",
    ],
    // Between two scrapes there is nothing to do for many threads.
    env: [{ name: "GOMAXPROCS", value: "2" }],
    ports: [{ name: "http", containerPort: http }],
    resources: args.resources ?? { requests: { cpu: "50m", memory: "128Mi" }, limits: { cpu: "1", memory: "512Mi" } },
    // A long write-ahead log is read again before it is ready.
    ...probes(health("ready"), { startSeconds: 300, live: health("healthy") }),
    volumeMounts: [
      { name: dataVolumeName, mountPath: data },
      { name: "config", mountPath: prometheusFolder, readOnly: true },
      ...(args.token === undefined ? [] : [{ name: "token", mountPath: tokenFolder, readOnly: true }]),
      ...tls.volumeMounts,
      ...authority.volumeMounts,
    ],
  });
}
