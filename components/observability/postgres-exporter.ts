// Postgres' metrics: sql_exporter, which asks the server as a role that may read its statistics and nothing else.
import { NAMESPACES } from "@agentic/api/names.ts";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { type DatabaseServer, monitorRole } from "../data/postgres/logins.ts";
import { images } from "../images.ts";
import { placement, type Scheduling } from "../scheduling/placement.ts";
import { caFile, type Issuer, type ServerTls, serverTls, serviceCertificate } from "../security/certificates.ts";
import { checksum } from "../security/checksum.ts";
import type { Version } from "../security/credential.ts";
import { tcp, toService } from "../security/flows.ts";
import { generationName } from "../security/generation.ts";
import { labels, selector } from "../security/labels.ts";
import { hardenedContainer, hardenedPod, probes, type Resources, secretVolume } from "../security/pod.ts";
import { postgresExporterPart } from "./postgres-exporter-part.ts";
import { postgresCollector } from "./postgres-queries.ts";
import { prometheusWebConfig } from "./prometheus-config.ts";

export interface PostgresExporterArgs extends Pick<Scheduling, "priorityClass"> {
  namespace: pulumi.Input<string>;
  /** Postgres in the cluster, whose certificate the platform's authority has signed, or which has none. */
  server: Pick<DatabaseServer, "host" | "port" | "tls">;
  /** Password of the role that `monitorRole` names, in the generation in use. */
  login: Version;
  /** Default: the image table's. */
  image?: string;
  resources?: Resources;
  /** Who signs its certificate; without one it answers in clear text. */
  issuer?: Issuer;
}

const part = postgresExporterPart;
const { metrics: port } = images.sqlExporter.ports;
const folder = "/etc/sql-exporter";

/** One pod without a Service of its own: only who scrapes it calls it. Its NetworkPolicies open Postgres to it and nothing else. */
export class PostgresExporter extends pulumi.ComponentResource {
  constructor(name: string, args: PostgresExporterArgs, options?: pulumi.ComponentResourceOptions) {
    super("agentic:observability:PostgresExporter", name, {}, options);
    const child = { parent: this };
    const { namespace, issuer, server } = args;
    const metadata = { name: part, namespace, labels: labels(part) };
    const space = NAMESPACES.sharedServices;
    const tls = serverTls(serviceCertificate(name, { namespace, issuer, part, space }, child));
    // The data source has the password, so that all of the configuration is a Secret.
    const files = {
      "sql_exporter.yml": configuration(args),
      "web.yml": JSON.stringify(prometheusWebConfig(issuer !== undefined)),
    };
    const secret = new Secret(name, { metadata, stringData: files }, child);
    const trusted = server.tls?.mode === "verify-full" ? server.tls.trusted : { volumes: [], volumeMounts: [] };
    new Deployment(
      name,
      {
        metadata,
        spec: {
          replicas: 1,
          selector: { matchLabels: selector(part) },
          template: {
            metadata: { labels: labels(part), annotations: checksum(files) },
            spec: {
              ...placement(part, args),
              ...hardenedPod({ uid: images.sqlExporter.uid }),
              containers: [container(args, tls, trusted.volumeMounts)],
              volumes: [secretVolume("config", secret.metadata.name), ...tls.volumes, ...trusted.volumes],
            },
          },
        },
      },
      child,
    );
    const exporter = { podSelector: { matchLabels: selector(part) } };
    const postgres = { podSelector: { matchLabels: selector("postgres") } };
    new NetworkPolicy(
      name,
      {
        metadata: { name: part, namespace },
        spec: { ...exporter, policyTypes: ["Egress"], egress: [toService("postgres")] },
      },
      child,
    );
    new NetworkPolicy(
      `${name}-to-postgres`,
      {
        metadata: { name: `${part}-to-postgres`, namespace },
        spec: { ...postgres, policyTypes: ["Ingress"], ingress: [{ from: [exporter], ports: [tcp(server.port)] }] },
      },
      child,
    );
    this.registerOutputs({});
  }
}

/** What it asks, of whom; JSON is YAML. */
function configuration({ server, login }: PostgresExporterArgs): pulumi.Output<string> {
  const { host, port: postgresPort, tls } = server;
  const options = tls ? `sslmode=${tls.mode}&sslrootcert=${caFile}` : "sslmode=disable";
  const user = generationName(monitorRole, login.generation);
  return pulumi.jsonStringify({
    global: { scrape_timeout: "8s", max_connections: 1, max_idle_connections: 1 },
    target: {
      data_source_name: pulumi.interpolate`postgres://${user}:${login.value}@${host}:${postgresPort}/postgres?${options}&connect_timeout=5`,
      collectors: [postgresCollector.collector_name],
    },
    collectors: [postgresCollector],
  });
}

function container(args: PostgresExporterArgs, tls: ServerTls, trusted: ServerTls["volumeMounts"]) {
  return hardenedContainer({
    name: part,
    image: args.image ?? images.sqlExporter.ref,
    args: [
      `--config.file=${folder}/sql_exporter.yml`,
      `--web.config.file=${folder}/web.yml`,
      `--web.listen-address=:${port}`,
      "--log.level=warn",
    ],
    env: [{ name: "GOMAXPROCS", value: "1" }],
    ports: [{ name: "metrics", containerPort: port }],
    resources: args.resources ?? { requests: { cpu: "10m", memory: "24Mi" }, limits: { cpu: "200m", memory: "64Mi" } },
    // It is well while Postgres isn't: that is what it has to say.
    ...probes({ httpGet: { path: "/healthz", port: "metrics", ...tls.probe } }, { startSeconds: 60 }),
    volumeMounts: [{ name: "config", mountPath: folder, readOnly: true }, ...tls.volumeMounts, ...trusted],
  });
}
