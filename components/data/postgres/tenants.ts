// The Job that creates a role and a database for each tenant, in the cluster's Postgres or in Cloud SQL.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Job } from "@pulumi/kubernetes/batch/v1/job.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import * as pulumi from "@pulumi/pulumi";
import { images } from "../../images.ts";
import { placement } from "../../scheduling/placement.ts";
import { caFile } from "../../security/certificates.ts";
import { checksum, checksumAnnotation } from "../../security/checksum.ts";
import type { Credential } from "../../security/credential.ts";
import { labels } from "../../security/labels.ts";
import { hardenedContainer, hardenedPod, secretVolume, tmpMount, tmpVolume } from "../../security/pod.ts";
import { type DatabaseServer, loginsOf, monitorLogins, tenantRole } from "./logins.ts";

export interface PostgresTenantsArgs {
  namespace: pulumi.Input<string>;
  server: DatabaseServer;
  /** The tenants, each with its role's password: letters and digits. */
  tenants: readonly { tenant: string; password: Credential }[];
  /** Roles of the platform's own services, each with a database of its own name. Default none. */
  services?: readonly { role: string; password: Credential }[];
  /** Password of the role that reads the server's statistics. Default: there is none. */
  monitor?: Credential | undefined;
  /** Whether the role `langgraph`, which tenants of earlier releases shared, keeps its login where it is there. Default false. */
  keepShared?: boolean;
  /** What the roles' connection limits follow from, such as the server's maximum: a change runs the Job again. */
  settings?: object;
  /** Default: the image table's Postgres. */
  image?: string;
  /** Name of the PriorityClass of its pod. */
  priorityClass?: pulumi.Input<string>;
}

const part = "postgres-tenants";
/** Label value of its pods. */
export const postgresTenantsPart = part;
/** Where the pod has its Secret and its SQL. */
export const setupFolders = { secrets: `/etc/secrets/${part}`, sql: `/etc/${part}` };

/** A Job that creates roles and databases. Other tenants make a new Job, other passwords a new pod of the same Job. */
export class PostgresTenants extends pulumi.ComponentResource {
  constructor(name: string, args: PostgresTenantsArgs, options?: pulumi.ComponentResourceOptions) {
    if (args.tenants.length === 0) throw new Error("tenants: is empty: name at least one");
    super("agentic:data:PostgresTenants", name, {}, options);
    const child = { parent: this };
    const { namespace, server, keepShared = false, image = images.postgres.ref } = args;
    const { tls } = server;
    const metadata = { name: part, namespace, labels: labels(part) };
    const ofTenants = args.tenants.flatMap(({ tenant, password }) => loginsOf(tenantRole(tenant), password));
    const ofServices = (args.services ?? []).flatMap(({ role, password }) => loginsOf(role, password));
    const ofMonitor = args.monitor ? monitorLogins(args.monitor) : [];
    const logins = [...ofTenants, ...ofServices, ...ofMonitor, ...(server.logins ?? [])];
    const roles = logins.map((login) => login.name);
    const lines = logins.map((login) => pulumi.interpolate`${login.name} ${login.password} ${login.owner}\n`);
    const { password, previous } = server.admin;
    const stringData = {
      admin: password,
      ...(previous === undefined ? {} : { previous }),
      tenants: pulumi.all(lines).apply((all) => all.join("")),
      ...(tls?.mode === "verify-ca" ? { "ca.crt": tls.authority } : {}),
    };
    const trusted = tls?.mode === "verify-full" ? tls.trusted : undefined;
    const secret = new Secret(name, { metadata, stringData }, child);
    const files = new ConfigMap(name, { metadata, data: scripts }, child);
    const env = {
      PGHOST: server.host,
      PGPORT: String(server.port),
      PGUSER: server.admin.user,
      PGDATABASE: "postgres",
      PGPASSFILE: "/tmp/pgpass",
      PGCONNECT_TIMEOUT: "10",
      PGSSLMODE: tls?.mode ?? "disable",
      ...(tls ? { PGSSLROOTCERT: trusted ? caFile : `${setupFolders.secrets}/ca.crt` } : {}),
      LOCK_SHARED: keepShared ? "off" : "on",
      HOME: "/tmp",
    };
    const fingerprint = checksum([setupScript, scripts, env, roles, image, args.settings ?? {}]);
    new Job(
      name,
      {
        metadata: {
          ...metadata,
          // A Job is immutable: other tenants need a Job of another name.
          name: fingerprint[checksumAnnotation].apply((hash) => `${part}-${hash.slice(0, 8)}`),
        },
        spec: {
          backoffLimit: 6,
          activeDeadlineSeconds: 600,
          template: {
            // Passwords are unknown in a preview, so that the name can't depend on them.
            metadata: { labels: labels(part), annotations: checksum([stringData.admin, stringData.tenants]) },
            spec: {
              ...placement(part, { priorityClass: args.priorityClass }),
              restartPolicy: "OnFailure",
              ...hardenedPod({ uid: images.postgres.uid }),
              containers: [
                hardenedContainer({
                  name: "psql",
                  image,
                  command: ["/bin/sh", "-euc", setupScript],
                  env: Object.entries(env).map(([key, value]) => ({ name: key, value })),
                  resources: { requests: { cpu: "10m", memory: "32Mi" }, limits: { cpu: "500m", memory: "128Mi" } },
                  volumeMounts: [
                    tmpMount,
                    { name: "secrets", mountPath: setupFolders.secrets, readOnly: true },
                    { name: "sql", mountPath: setupFolders.sql, readOnly: true },
                    ...(trusted?.volumeMounts ?? []),
                  ],
                }),
              ],
              volumes: [
                tmpVolume("16Mi"),
                secretVolume("secrets", secret.metadata.name),
                { name: "sql", configMap: { name: files.metadata.name } },
                ...(trusted?.volumes ?? []),
              ],
            },
          },
        },
      },
      child,
    );
    this.registerOutputs({});
  }
}

const scripts = Object.fromEntries(
  ["tenants.sql", "password.sql"].map((file) => [file, readFileSync(join(import.meta.dirname, file), "utf8")]),
);

/**
 * psql reads passwords from files that only this pod's user can read, not from its arguments or its environment. pg_isready
 * sends nothing secret, so it asks without TLS; psql reports what is wrong with a certificate. Where the new password isn't the
 * server's yet, the one before changes it.
 */
export const setupScript = `
login() { (umask 077; printf '*:*:*:*:%s\\n' "$(sed 's/[\\\\:]/\\\\&/g' ${setupFolders.secrets}/$1)" > "$PGPASSFILE"); }
run() { psql --no-psqlrc --quiet --no-password --set ON_ERROR_STOP=1 "$@"; }
login admin
tries=0
until PGSSLMODE=disable pg_isready --quiet || [ $((tries += 1)) -gt 120 ]; do sleep 1; done
if [ -e ${setupFolders.secrets}/previous ] && ! run --command 'SELECT' >/dev/null 2>&1; then
  login previous
  run --file ${setupFolders.sql}/password.sql < ${setupFolders.secrets}/admin
  login admin
fi
run --set "lock_shared=$LOCK_SHARED" --file ${setupFolders.sql}/tenants.sql < ${setupFolders.secrets}/tenants
`;
