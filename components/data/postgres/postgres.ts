// The relational store: checkpoints of the agents, and the archive of Argo's workflows.
import { ANNOTATIONS, NAMESPACES } from "@agentic/api/names.ts";
import { StatefulSet } from "@pulumi/kubernetes/apps/v1/statefulSet.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import * as pulumi from "@pulumi/pulumi";
import { images } from "../../images.ts";
import { checkWholeNumbers } from "../../numbers.ts";
import { placement } from "../../scheduling/placement.ts";
import {
  caFile,
  type Issuer,
  type ServerTls,
  serverTls,
  serviceCertificate,
  tlsFolder,
  trust,
} from "../../security/certificates.ts";
import { checksum } from "../../security/checksum.ts";
import { randomCredential } from "../../security/credential.ts";
import { firstGeneration, type Rotation } from "../../security/generation.ts";
import { labels, selector } from "../../security/labels.ts";
import {
  hardenedContainer,
  hardenedPod,
  probes,
  type Resources,
  secretVolume,
  tmpMount,
  tmpVolume,
} from "../../security/pod.ts";
import { type DataProtection, dataOptions } from "../protection.ts";
import { dataVolume, dataVolumeName } from "../volume.ts";
import { type ArchiveAccess, archiveAccess, type DatabaseServer, loginsOf } from "./logins.ts";
import { hba, reloader } from "./tls.ts";

export interface PostgresArgs {
  namespace: pulumi.Input<string>;
  /** Connections at most, of all clients together. Default 100. */
  maxConnections?: number;
  /** Cache of its own, as Postgres writes sizes. Default `128MB`. */
  sharedBuffers?: string;
  /** What one sort or hash takes before it goes to the volume. Default `4MB`. */
  workMemory?: string;
  /** Seconds after which a statement is ended; 0 never. Default 0. */
  statementTimeout?: number;
  /** Milliseconds from which on a statement is logged. Default 1000. */
  slowStatement?: number;
  /** Size of the volume. Default `10Gi`. */
  storage?: string;
  /** Default: the image table's. */
  image?: string;
  resources?: Resources;
  /** Name of the PriorityClass of its pod. */
  priorityClass?: pulumi.Input<string>;
  /** Of the volume and the passwords. Default `delete`. */
  protection?: DataProtection;
  /** Generation of the superuser's and the archive's password. Default: the first. */
  rotation?: Rotation;
  /** Who signs its certificate. With one Postgres takes TLS connections only, without one it answers in clear text. */
  issuer?: Issuer;
}

const part = "postgres";
const { postgres: port } = images.postgres.ports;
/** Database of Argo's archive, and its owner. */
const archive = "argo";
const secrets = "/etc/secrets/postgres";
const init = "/docker-entrypoint-initdb.d";
const access = "/etc/postgres";

/** Where people look for a backup. */
const backup =
  "none here: it keeps checkpoints and the archive of finished runs, and a new run makes its own; what workloads have cost is lost with it";

/** Postgres on one volume, with the database of Argo's archive; `PostgresTenants` makes the tenants'. Passwords by SCRAM. */
export class Postgres extends pulumi.ComponentResource {
  readonly host: string;
  readonly port: number;
  /** How roles are created in it. */
  readonly server: DatabaseServer;
  /** How the archive is opened. */
  readonly archive: ArchiveAccess;
  /** Whether it takes connections with TLS only, by a certificate of the platform's authority. */
  readonly encrypted: boolean;

  constructor(name: string, args: PostgresArgs, options?: pulumi.ComponentResourceOptions) {
    checkWholeNumbers({ maxConnections: args.maxConnections ?? 100 }, { from: 20, to: 1000 });
    super("agentic:data:Postgres", name, {}, options);
    const child = { parent: this };
    const dataChild = { ...child, ...dataOptions(args.protection) };
    const { namespace } = args;
    this.host = `${part}.${NAMESPACES.sharedServices}`;
    this.port = port;
    this.encrypted = args.issuer !== undefined;
    const tlsCertificate = serviceCertificate(name, { ...args, part, space: NAMESPACES.sharedServices }, child);
    const tls = serverTls(tlsCertificate);
    const { protection, rotation = firstGeneration } = args;
    const password = (user: string, of?: Rotation) =>
      randomCredential(`${name}-${user}`, { length: 32, rotation: of, protection }, child);
    // The superuser has one password at a time. The one before is what the set-up logs in with to change it.
    const superuser = password("superuser", { ...rotation, keepPrevious: rotation.generation > 1 });
    const archivist = password(archive, rotation);
    this.archive = archiveAccess(archivist);
    // In earlier releases tenants share the role langgraph. Its password stays in the program: a resource that the program
    // no longer has is deleted, and a protected one can't be.
    const passwords = { langgraph: password("langgraph").current.value, [archive]: archivist.current.value };
    this.server = {
      host: this.host,
      port: this.port,
      admin: { user: "postgres", password: superuser.current.value, previous: superuser.previous?.value },
      logins: loginsOf(archive, archivist),
      ...(tlsCertificate ? { tls: { mode: "verify-full", trusted: trust(tlsCertificate) } } : {}),
    };
    const credentials = new Secret(
      `${name}-passwords`,
      {
        metadata: { name: "postgres-passwords", namespace, labels: labels(part) },
        stringData: { postgres: superuser.current.value, ...passwords },
      },
      dataChild,
    );
    const scripts = new ConfigMap(
      `${name}-init`,
      { metadata: { name: "postgres-init", namespace, labels: labels(part) }, data: { "10-databases.sh": script } },
      child,
    );
    const rules = hba(this.encrypted);
    const allowed = new ConfigMap(
      `${name}-access`,
      { metadata: { name: "postgres-access", namespace, labels: labels(part) }, data: { "pg_hba.conf": rules } },
      child,
    );
    new Service(
      name,
      {
        metadata: { name: part, namespace, labels: labels(part) },
        spec: { selector: selector(part), ports: [{ name: "postgres", port: this.port }] },
      },
      child,
    );
    new StatefulSet(
      name,
      {
        metadata: {
          name: part,
          namespace,
          labels: labels(part),
          annotations: { [ANNOTATIONS.backup]: backup },
        },
        spec: {
          serviceName: part,
          replicas: 1,
          selector: { matchLabels: selector(part) },
          template: {
            metadata: { labels: labels(part), annotations: checksum([script, rules]) },
            spec: {
              ...placement(part, args),
              ...hardenedPod({ uid: images.postgres.uid, gracePeriodSeconds: 30 }),
              containers: [
                container(args, tls),
                ...(tlsCertificate ? [reloader(args.image ?? images.postgres.ref, tls.volumeMounts)] : []),
              ],
              volumes: [
                { name: "run", emptyDir: { sizeLimit: "16Mi" } },
                tmpVolume("256Mi"),
                { name: "shm", emptyDir: { medium: "Memory", sizeLimit: "256Mi" } },
                secretVolume("passwords", credentials.metadata.name),
                { name: "init", configMap: { name: scripts.metadata.name } },
                { name: "access", configMap: { name: allowed.metadata.name } },
                ...tls.volumes,
              ],
            },
          },
          ...dataVolume(part, args.storage ?? "10Gi"),
        },
      },
      dataChild,
    );
    this.registerOutputs({ host: this.host, port: this.port });
  }

  /**
   * Connection string, without a password, of a role's own database, or of the server where no role is given. A client of a
   * server with TLS needs the authority's certificate at `caFile`.
   */
  dsn(role?: string): string {
    const options = this.encrypted ? `?sslmode=verify-full&sslrootcert=${caFile}` : "";
    return role === undefined
      ? `postgresql://${this.host}:${this.port}/${options}`
      : `postgresql://${role}@${this.host}:${this.port}/${role}${options}`;
  }
}

/** Settings of the server, as its command line takes them. */
function serverSettings(args: PostgresArgs, tls: ServerTls): Record<string, string> {
  const { maxConnections = 100, statementTimeout = 0, slowStatement = 1000 } = args;
  return {
    max_connections: String(maxConnections),
    shared_buffers: args.sharedBuffers ?? "128MB",
    work_mem: args.workMemory ?? "4MB",
    statement_timeout: `${statementTimeout}s`,
    // A client that dies in a transaction must not hold its connection and its locks for ever.
    idle_in_transaction_session_timeout: "60s",
    tcp_keepalives_idle: "60",
    password_encryption: "scram-sha-256",
    log_min_duration_statement: String(slowStatement),
    ...(tls.scheme === "https"
      ? {
          ssl: "on",
          ssl_cert_file: `${tlsFolder}/tls.crt`,
          ssl_key_file: `${tlsFolder}/tls.key`,
          ssl_min_protocol_version: "TLSv1.2",
        }
      : {}),
    hba_file: `${access}/pg_hba.conf`,
  };
}

function container(args: PostgresArgs, tls: ServerTls) {
  return hardenedContainer({
    name: part,
    image: args.image ?? images.postgres.ref,
    args: [
      "postgres",
      ...Object.entries(serverSettings(args, tls)).flatMap(([key, value]) => ["-c", `${key}=${value}`]),
    ],
    env: [
      { name: "POSTGRES_PASSWORD_FILE", value: `${secrets}/postgres` },
      { name: "POSTGRES_INITDB_ARGS", value: "--auth-host=scram-sha-256" },
      { name: "PGDATA", value: "/var/lib/postgresql/data/pgdata" },
    ],
    ports: [{ name: "postgres", containerPort: port }],
    resources: args.resources ?? {
      requests: { cpu: "50m", memory: "256Mi" },
      limits: { cpu: "1", memory: "1Gi" },
    },
    // While the databases are made, the server listens on its socket only: TCP means that it is ready.
    ...probes({ tcpSocket: { port: "postgres" } }, { startSeconds: 180 }),
    volumeMounts: [
      { name: dataVolumeName, mountPath: "/var/lib/postgresql/data" },
      { name: "run", mountPath: "/var/run/postgresql" },
      tmpMount,
      { name: "shm", mountPath: "/dev/shm" },
      { name: "passwords", mountPath: secrets, readOnly: true },
      { name: "init", mountPath: init, readOnly: true },
      { name: "access", mountPath: access, readOnly: true },
      ...tls.volumeMounts,
    ],
  });
}

/** Runs once, on an empty volume. The password reaches psql by its standard input, not by its arguments. */
const script = `#!/bin/sh
set -eu
psql -v ON_ERROR_STOP=1 --quiet --username postgres --dbname postgres <<SQL
CREATE ROLE ${archive} LOGIN PASSWORD '$(cat "${secrets}/${archive}")';
CREATE DATABASE ${archive} OWNER ${archive};
REVOKE ALL ON DATABASE ${archive} FROM PUBLIC;
SQL
`;
