// Postgres by Cloud SQL: an address in the platform's own network, TLS only, backups to the second.
import { SECRETS } from "@agentic/api/template.ts";
import { ManagedZone } from "@pulumi/gcp/dns/managedZone.js";
import { RecordSet } from "@pulumi/gcp/dns/recordSet.js";
import { Database } from "@pulumi/gcp/sql/database.js";
import { DatabaseInstance } from "@pulumi/gcp/sql/databaseInstance.js";
import { User } from "@pulumi/gcp/sql/user.js";
import * as pulumi from "@pulumi/pulumi";
import type { ArchiveAccess, DatabaseServer } from "../data/postgres/logins.ts";
import { checkWholeNumbers } from "../numbers.ts";
import { randomCredential } from "../security/credential.ts";
import { firstGeneration, type Rotation } from "../security/generation.ts";
import { checkScope, type GcpScope, gcpLabels } from "./scope.ts";

export interface CloudSqlArgs extends GcpScope {
  /** Full name of the network that gets an address of the instance. */
  network: pulumi.Input<string>;
  /** Major version of Postgres. Default 17. */
  version?: 15 | 16 | 17;
  /** Machine, such as `db-custom-2-7680`: 2 cores, 7680 MiB. */
  tier?: string;
  /** Whether a second machine in another zone stands by. Default true. */
  highAvailability?: boolean;
  /** GiB of the disk at first; it grows by itself. Default 20. */
  diskGb?: number;
  /** Key that encrypts disk and backups; absent: Google's own. */
  kmsKey?: string;
  /** Backups that are kept, one a day. Default 14. */
  retainedBackups?: number;
  /** Days back to which the database can be put, to the second, 1 to 7. Default 7. */
  pointInTimeDays?: number;
  /** Google users and groups who may log in with their own account by IAM, such as `dba@acme.example`. */
  iamUsers?: readonly { email: string; kind: "user" | "group" }[];
  /** Part of the instance's name. Google reserves a deleted name for a week: take the next number after a destroy. Default 1. */
  generation?: number;
  /** Generation of the users' passwords. Google's API gives a user one password at a time. Default: the first. */
  rotation?: Rotation;
}

const flags = {
  "cloudsql.iam_authentication": "on",
  log_checkpoints: "on",
  log_connections: "on",
  log_disconnections: "on",
  log_lock_waits: "on",
  log_min_duration_statement: "1000",
  idle_in_transaction_session_timeout: "60000",
};

/** Where a client has the authority's certificate: beside the password, in the Secret `postgres`. */
const CA_FILE = `${SECRETS.postgres.path}/ca.crt`;

/** Database of Argo's archive, and its user. */
const archive = "argo";
/** The user that makes the tenants' roles and databases. */
const admin = "platform-setup";

const iamKinds = { user: "CLOUD_IAM_USER", group: "CLOUD_IAM_GROUP" } as const;

/** An instance without a public address, found by a name in the network that outlives its address. */
export class CloudSql extends pulumi.ComponentResource {
  /** Name in the network, known before the instance is there. */
  readonly host: string;
  readonly port = 5432;
  /** PEM of the authority that signed the server's certificate. */
  readonly certificateAuthority: pulumi.Output<string>;
  /** How roles are created in it. */
  readonly server: DatabaseServer;
  /** How the archive is opened. */
  readonly archive: ArchiveAccess;

  constructor(name: string, args: CloudSqlArgs, options?: pulumi.ComponentResourceOptions) {
    const { tier = "db-custom-2-7680", diskGb = 20, retainedBackups = 14, pointInTimeDays = 7, generation = 1 } = args;
    checkScope(args);
    if (!/^db-(custom-\d+-\d+|perf-optimized-N-\d+|f1-micro|g1-small)$/.test(tier))
      throw new Error(`tier: '${tier}' is not a Cloud SQL tier such as db-custom-2-7680`);
    checkWholeNumbers({ diskGb }, { from: 10 });
    checkWholeNumbers({ retainedBackups }, { from: 1, to: 365 });
    checkWholeNumbers({ pointInTimeDays }, { from: 1, to: 7 });
    checkWholeNumbers({ generation }, { from: 1 });
    super("agentic:gcp:CloudSql", name, {}, options);
    const child = { parent: this };
    const { project, region } = args;
    const instance = new DatabaseInstance(
      name,
      {
        project,
        region,
        name: `${args.name}-${generation}`,
        databaseVersion: `POSTGRES_${args.version ?? 17}`,
        ...(args.kmsKey ? { encryptionKeyName: args.kmsKey } : {}),
        deletionProtection: args.deletionProtection,
        settings: {
          tier,
          edition: "ENTERPRISE",
          availabilityType: args.highAvailability === false ? "ZONAL" : "REGIONAL",
          deletionProtectionEnabled: args.deletionProtection,
          retainBackupsOnDelete: args.deletionProtection,
          diskType: "PD_SSD",
          diskSize: diskGb,
          diskAutoresize: true,
          ipConfiguration: {
            ipv4Enabled: false,
            privateNetwork: args.network,
            sslMode: "ENCRYPTED_ONLY",
            enablePrivatePathForGoogleCloudServices: false,
          },
          backupConfiguration: {
            enabled: true,
            startTime: "01:00",
            location: region,
            pointInTimeRecoveryEnabled: true,
            transactionLogRetentionDays: pointInTimeDays,
            backupRetentionSettings: { retainedBackups, retentionUnit: "COUNT" },
          },
          maintenanceWindow: { day: 7, hour: 2, updateTrack: "stable" },
          insightsConfig: { queryInsightsEnabled: true, recordApplicationTags: true, recordClientAddress: false },
          passwordValidationPolicy: {
            enablePasswordPolicy: true,
            minLength: 24,
            disallowUsernameSubstring: true,
          },
          databaseFlags: Object.entries(flags).map(([flag, value]) => ({ name: flag, value })),
          userLabels: gcpLabels(args),
        },
      },
      // Cloud SQL enlarges the disk; a size that differs from the program's must not replace the instance.
      { ...child, protect: args.deletionProtection, ignoreChanges: ["settings.diskSize"] },
    );
    const settings = { project, instance: instance.name, deletionPolicy: "ABANDON" };
    // Users and databases are deleted with the instance: Postgres refuses to drop an owner of tables or a database in use.
    const rotation = { ...(args.rotation ?? firstGeneration), keepPrevious: false };
    const user = (role: string) => {
      const password = randomCredential(`${name}-${role}`, { length: 40, rotation }, child).current.value;
      return { password, user: new User(`${name}-${role}`, { ...settings, name: role, password }, child) };
    };
    const owner = user(archive);
    this.archive = { user: archive, password: owner.password, madeBySetup: false };
    new Database(`${name}-${archive}`, { ...settings, name: archive }, { ...child, dependsOn: [owner.user] });
    // A user that Google's API makes is a member of cloudsqlsuperuser and would be let into each database: tenants' roles are made
    // in the database itself, by this one.
    const { password } = user(admin);
    for (const { email, kind } of args.iamUsers ?? [])
      new User(`${name}-${email}`, { ...settings, name: email, type: iamKinds[kind] }, child);
    this.host = this.#record(name, args, instance);
    this.certificateAuthority = instance.serverCaCerts.apply((authorities) => authorities[0]?.cert ?? "");
    this.server = {
      host: this.host,
      port: this.port,
      admin: { user: admin, password },
      tls: { mode: "verify-ca", authority: this.certificateAuthority },
    };
    this.registerOutputs({ host: this.host, port: this.port });
  }

  /** A name for the instance's address, so that nothing has to know the address. */
  #record(name: string, args: CloudSqlArgs, instance: DatabaseInstance): string {
    const domain = `${args.name}.internal.`;
    const zone = new ManagedZone(
      `${name}-zone`,
      {
        project: args.project,
        name: `${args.name}-internal`,
        dnsName: domain,
        description: "Services of the agentic platform outside the cluster",
        visibility: "private",
        privateVisibilityConfig: { networks: [{ networkUrl: args.network }] },
        labels: gcpLabels(args),
      },
      { parent: this },
    );
    new RecordSet(
      `${name}-address`,
      {
        project: args.project,
        managedZone: zone.name,
        name: `postgres.${domain}`,
        type: "A",
        ttl: 60,
        rrdatas: [instance.privateIpAddress],
      },
      { parent: this },
    );
    return `postgres.${args.name}.internal`;
  }

  /**
   * Connection string, without a password, of a role's own database, or of the server where no role is given. Clients verify
   * the authority and not the name: the authority signs for this instance alone.
   */
  dsn(role?: string): string {
    const tls = new URLSearchParams({ uselibpqcompat: "true", sslmode: "verify-ca", sslrootcert: CA_FILE });
    const address = role === undefined ? `${this.host}:${this.port}/` : `${role}@${this.host}:${this.port}/${role}`;
    return `postgresql://${address}?${tls}`;
  }
}
