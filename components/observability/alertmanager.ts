// Alerts: Alertmanager, which groups what Prometheus finds and sends it to whom it is for.
import { NAMESPACES } from "@agentic/api/names.ts";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import * as pulumi from "@pulumi/pulumi";
import { dataVolumeName } from "../data/volume.ts";
import { type VolumePartArgs, volumePod } from "../data/volume-pod.ts";
import { images } from "../images.ts";
import { type Issuer, type ServerTls, serverTls, serviceCertificate } from "../security/certificates.ts";
import { checksum } from "../security/checksum.ts";
import { labels } from "../security/labels.ts";
import { hardenedContainer, probes, secretVolume } from "../security/pod.ts";
import { alertmanagerPart, prometheusWebConfig } from "./prometheus-config.ts";
import { alertmanagerConfig, type RoutingArgs } from "./routing.ts";

export interface AlertmanagerArgs extends VolumePartArgs {
  /** Whom it tells: each team's receivers. Default nobody: alerts are shown by its API alone. */
  routing?: Omit<RoutingArgs, "secrets">;
  /** Name of the Secret with the files that receivers name. */
  secret?: string;
  /** Who signs its certificate; without one it answers in clear text. */
  issuer?: Issuer;
}

const part = alertmanagerPart;
const { http } = images.alertmanager.ports;
const data = "/alertmanager";
const configFolder = "/etc/alertmanager";
const secretsFolder = "/etc/secrets/receivers";
const backup = "none here: silences and what was sent already; alerts that still hold are sent again";

/** One pod, which knows no others: what it keeps are silences and what it has sent. */
export class Alertmanager extends pulumi.ComponentResource {
  constructor(name: string, args: AlertmanagerArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:observability:Alertmanager", name, {}, options);
    const child = { parent: this };
    const { namespace } = args;
    const space = NAMESPACES.observability;
    const tls = serverTls(serviceCertificate(name, { ...args, part, space }, child));
    const files = {
      "alertmanager.yml": JSON.stringify(alertmanagerConfig({ ...args.routing, secrets: secretsFolder }), undefined, 1),
      "web.yml": JSON.stringify(prometheusWebConfig(args.issuer !== undefined)),
    };
    const metadata = { name: "alertmanager-config", namespace, labels: labels(part) };
    const config = new Secret(`${name}-config`, { metadata, stringData: files }, child);
    volumePod(
      name,
      args,
      {
        part,
        storage: "1Gi",
        backup,
        ports: { http },
        annotations: checksum(files),
        uid: images.alertmanager.uid,
        container: container(args, tls),
        volumes: [
          secretVolume("config", config.metadata.name),
          ...(args.secret ? [secretVolume("receivers", args.secret)] : []),
          ...tls.volumes,
        ],
      },
      child,
    );
    this.registerOutputs({});
  }
}

function container(args: AlertmanagerArgs, tls: ServerTls) {
  const health = (word: string) => ({ httpGet: { path: `/-/${word}`, port: "http", ...tls.probe } });
  return hardenedContainer({
    name: part,
    image: args.image ?? images.alertmanager.ref,
    args: [
      `--config.file=${configFolder}/alertmanager.yml`,
      `--web.config.file=${configFolder}/web.yml`,
      `--web.listen-address=:${http}`,
      `--storage.path=${data}`,
      // It looks for no others of its kind.
      "--cluster.listen-address=",
      "--log.level=warn",
      "--log.format=json",
    ],
    env: [{ name: "GOMAXPROCS", value: "2" }],
    ports: [{ name: "http", containerPort: http }],
    resources: args.resources ?? { requests: { cpu: "10m", memory: "32Mi" }, limits: { cpu: "500m", memory: "128Mi" } },
    ...probes(health("ready"), { startSeconds: 60, live: health("healthy") }),
    volumeMounts: [
      { name: dataVolumeName, mountPath: data },
      { name: "config", mountPath: configFolder, readOnly: true },
      ...(args.secret ? [{ name: "receivers", mountPath: secretsFolder, readOnly: true }] : []),
      ...tls.volumeMounts,
    ],
  });
}
