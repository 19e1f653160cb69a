// Google Cloud's services: database, registry, secrets, topics, exports, audit log and perimeter.
import { parse } from "pg-connection-string";
import { beforeAll, describe, expect, it } from "vitest";
import { ArtifactRegistry, type ArtifactRegistryArgs } from "../../../components/gcp/artifact-registry.ts";
import { AuditLog, type AuditLogArgs } from "../../../components/gcp/audit-log.ts";
import { CloudSql, type CloudSqlArgs } from "../../../components/gcp/cloud-sql.ts";
import { EventTopic, type EventTopicArgs } from "../../../components/gcp/event-topic.ts";
import { Perimeter, type PerimeterArgs } from "../../../components/gcp/perimeter.ts";
import { dailyQuery, ResultsExport, type ResultsExportArgs } from "../../../components/gcp/results-export.ts";
import { StoredSecret, type StoredSecretArgs } from "../../../components/gcp/stored-secret.ts";
import { inputsOf, inputsOfKind, mock, registeredBy, scope } from "./mocks.ts";

beforeAll(mock);

describe("Cloud SQL", () => {
  const args: CloudSqlArgs = { ...scope, network: "net", kmsKey: "key" };
  const sql = (more: Partial<CloudSqlArgs> = {}) => registeredBy(() => new CloudSql("db", { ...args, ...more }));

  it("has no public address, takes TLS only, and can be put back to any second of a week", async () => {
    expect(inputsOf(await sql(), "DatabaseInstance")).toMatchObject({
      name: "agentic-1",
      databaseVersion: "POSTGRES_17",
      encryptionKeyName: "key",
      deletionProtection: true,
      settings: {
        availabilityType: "REGIONAL",
        deletionProtectionEnabled: true,
        ipConfiguration: { ipv4Enabled: false, privateNetwork: "net", sslMode: "ENCRYPTED_ONLY" },
        backupConfiguration: {
          enabled: true,
          pointInTimeRecoveryEnabled: true,
          transactionLogRetentionDays: 7,
          backupRetentionSettings: { retainedBackups: 14 },
        },
        userLabels: { owner: "platform" },
      },
    });
  });

  it("has the archive's database, and who makes the tenants', found by a name", async () => {
    const all = await sql({ iamUsers: [{ email: "dba@acme.example", kind: "group" }] });
    expect(inputsOfKind(all, "Database").map(({ name }) => name)).toEqual(["argo"]);
    for (const name of ["argo", "platform-setup"])
      expect(inputsOfKind(all, "User")).toContainEqual(
        expect.objectContaining({ name, password: `random-value-of-db-${name}`, deletionPolicy: "ABANDON" }),
      );
    expect(inputsOfKind(all, "User")).toContainEqual(
      expect.objectContaining({ name: "dba@acme.example", type: "CLOUD_IAM_GROUP" }),
    );
    expect(inputsOf(all, "RecordSet")).toMatchObject({ name: "postgres.agentic.internal.", rrdatas: ["10.0.32.3"] });
  });

  it("tells clients to check who answers, in words that pg understands", () => {
    const dsn = new CloudSql("db", args).dsn("tenant-demo");
    expect(dsn).not.toContain("random-value");
    const url = new URL(dsn);
    expect(url.searchParams.get("sslrootcert")).toBe("/etc/secrets/postgres/ca.crt");
    url.searchParams.set("sslrootcert", import.meta.filename);
    const parsed = parse(url.href);
    expect(parsed).toMatchObject({ user: "tenant-demo", host: "postgres.agentic.internal", database: "tenant-demo" });
    const { ca, rejectUnauthorized } = parsed.ssl as { ca: string; rejectUnauthorized?: boolean };
    expect(ca).toContain("tells clients to check");
    expect(rejectUnauthorized).not.toBe(false);
  });

  it("can be one machine, unprotected, for a try", async () => {
    const all = await sql({ highAvailability: false, deletionProtection: false, kmsKey: undefined, generation: 3 });
    expect(inputsOf(all, "DatabaseInstance")).toMatchObject({
      name: "agentic-3",
      deletionProtection: false,
      settings: { availabilityType: "ZONAL" },
    });
  });

  it.each([
    [{ tier: "large" }, "tier: 'large'"],
    [{ diskGb: 1 }, "diskGb: 1"],
    [{ retainedBackups: 0 }, "retainedBackups: 0"],
    [{ pointInTimeDays: 8 }, "pointInTimeDays: 8"],
    [{ generation: 0 }, "generation: 0"],
  ] as [Partial<CloudSqlArgs>, string][])("refuses %j", (more, message) => {
    expect(() => new CloudSql("db", { ...args, ...more })).toThrow(message);
  });
});

describe("the registry", () => {
  const registry = (more: Partial<ArtifactRegistryArgs> = {}) =>
    registeredBy(
      () => new ArtifactRegistry("r", { ...scope, kmsKey: "key", readers: { nodes: "serviceAccount:n@x" }, ...more }),
    );

  it("scans, never moves a tag, forgets what has none, and lets the nodes read", async () => {
    const all = await registry();
    expect(inputsOf(all, "Repository")).toMatchObject({
      repositoryId: "agentic",
      format: "DOCKER",
      dockerConfig: { immutableTags: true },
      vulnerabilityScanningConfig: { enablementConfig: "INHERITED" },
      kmsKeyName: "key",
      cleanupPolicies: [{ action: "DELETE", condition: { tagState: "UNTAGGED", olderThan: "2592000s" } }],
    });
    expect(inputsOf(all, "RepositoryIamMember")).toMatchObject({ role: "roles/artifactregistry.reader" });
    expect(new ArtifactRegistry("r", scope).url).toBe("europe-west1-docker.pkg.dev/acme-agents/agentic");
  });

  it("does without what is switched off", async () => {
    expect(
      inputsOf(await registry({ scanning: false, immutableTags: false, kmsKey: undefined }), "Repository"),
    ).toMatchObject({
      dockerConfig: { immutableTags: false },
      vulnerabilityScanningConfig: { enablementConfig: "DISABLED" },
    });
    expect(() => new ArtifactRegistry("r", { ...scope, untaggedDays: 0 })).toThrow("untaggedDays: 0");
  });
});

describe("a stored secret", () => {
  const args: StoredSecretArgs = {
    ...scope,
    secret: "postgres",
    value: "s3cret",
    readers: [{ namespace: "tenant-demo", serviceAccount: "external-secrets" }],
    kmsKey: "key",
  };

  it("stays in its region, under its key, readable by who is named", async () => {
    const all = await registeredBy(() => new StoredSecret("s", args));
    expect(inputsOf(all, "Secret")).toMatchObject({
      secretId: "agentic-postgres",
      replication: {
        userManaged: {
          replicas: [{ location: "europe-west1", customerManagedEncryption: { kmsKeyName: "key" } }],
        },
      },
    });
    expect(inputsOf(all, "SecretVersion").secretData).toBe("s3cret");
    expect(inputsOf(all, "SecretIamMember").member).toMatch(/subject\/ns\/tenant-demo\/sa\/external-secrets$/);
  });

  it("can wait for its value", async () => {
    const all = await registeredBy(() => new StoredSecret("s", { ...args, value: undefined, readers: [] }));
    expect(inputsOfKind(all, "SecretVersion")).toEqual([]);
    expect(() => new StoredSecret("s", { ...args, secret: "A b" })).toThrow("secret: 'A b'");
  });
});

describe("the topic of events", () => {
  const args: EventTopicArgs = { ...scope, subscriber: { namespace: "argo-events", serviceAccount: "pubsub" } };
  const topic = (more: Partial<EventTopicArgs> = {}) => registeredBy(() => new EventTopic("t", { ...args, ...more }));

  it("keeps what can't be delivered, and lets Pub/Sub itself move it", async () => {
    const all = await topic({ kmsKey: "key", publishers: ["serviceAccount:app@x.example"] });
    expect(inputsOf(all, "Subscription", "agentic-workloads")).toMatchObject({
      enableExactlyOnceDelivery: true,
      expirationPolicy: { ttl: "" },
      deadLetterPolicy: { deadLetterTopic: "agentic-workloads-dead-id", maxDeliveryAttempts: 5 },
    });
    expect(inputsOf(all, "Subscription", "agentic-workloads-dead").topic).toBe("agentic-workloads-dead-id");
    expect(inputsOfKind(all, "Topic").map(({ kmsKeyName }) => kmsKeyName)).toEqual(["key", "key"]);
    expect(
      inputsOfKind(all, "TopicIAMMember")
        .map(({ topic: on, member }) => `${on} ${member}`)
        .sort(),
    ).toEqual([
      "agentic-workloads serviceAccount:app@x.example",
      "agentic-workloads-dead serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com",
    ]);
  });

  it.each([
    [{ maxAttempts: 4 }, "maxAttempts: 4"],
    [{ retentionDays: 32 }, "retentionDays: 32"],
    [{ publishers: ["allUsers"] }, "publishers: allUsers would let anybody start workloads"],
    [{ subscriber: { namespace: "", serviceAccount: "x" } }, "namespace: ''"],
  ] as [Partial<EventTopicArgs>, string][])("refuses %j", (more, message) => {
    expect(() => new EventTopic("t", { ...args, ...more })).toThrow(message);
  });
});

describe("results in BigQuery", () => {
  const args: ResultsExportArgs = {
    ...scope,
    cluster: "agentic",
    operator: { namespace: "agentic-system", container: "operator" },
    kmsKey: "key",
  };
  const results = (more: Partial<ResultsExportArgs> = {}) =>
    registeredBy(() => new ResultsExport("r", { ...args, ...more }));

  it("come by a sink of the operator's lines about ends, and are summed up daily", async () => {
    const all = await results();
    expect(inputsOf(all, "ProjectSink")).toMatchObject({
      uniqueWriterIdentity: true,
      bigqueryOptions: { usePartitionedTables: true },
      filter: expect.stringContaining('jsonPayload.phase=("Completed" OR "Failed" OR "Denied")'),
    });
    expect(inputsOf(all, "Dataset")).toMatchObject({
      datasetId: "agentic_results",
      defaultEncryptionConfiguration: { kmsKeyName: "key" },
      deleteContentsOnDestroy: false,
    });
    expect(inputsOf(all, "DataTransferConfig")).toMatchObject({
      dataSourceId: "scheduled_query",
      schedule: "every day 04:00",
      serviceAccountName: "agentic-results@acme-agents.iam.gserviceaccount.com",
      params: { destination_table_name_template: "daily", write_disposition: "WRITE_TRUNCATE" },
    });
    expect(dailyQuery("p", "d")).toContain("FROM `p.d.stdout`");
  });

  it.each([
    [{ retentionDays: 0 }, "retentionDays: 0"],
    [{ schedule: "0 4 * * *" }, "schedule: '0 4 * * *'"],
  ])("refuse %j", (more, message) => {
    expect(() => new ResultsExport("r", { ...args, ...more })).toThrow(message);
  });
});

describe("the audit log", () => {
  const audit = (more: Partial<AuditLogArgs> = {}) => registeredBy(() => new AuditLog("a", { ...scope, ...more }));

  it("is locked for a year and more, and has reads of data too", async () => {
    const all = await audit();
    expect(inputsOf(all, "ProjectBucketConfig")).toMatchObject({
      bucketId: "agentic-audit",
      locked: true,
      retentionDays: 400,
    });
    expect(inputsOf(all, "ProjectSink").destination).toBe(
      "logging.googleapis.com/projects/acme-agents/locations/europe-west1/buckets/agentic-audit",
    );
    const services = inputsOfKind(all, "IAMAuditConfig");
    expect(services.map(({ service }) => service)).toContain("secretmanager.googleapis.com");
    for (const { auditLogConfigs } of services)
      expect(auditLogConfigs.map(({ logType }: { logType: string }) => logType)).toContain("DATA_READ");
  });

  it.each([
    [{ retentionDays: 1 }, "retentionDays: 1"],
    [{ dataAccess: ["storage"] }, "dataAccess: 'storage'"],
  ])("refuses %j", (more, message) => {
    expect(() => new AuditLog("a", { ...scope, ...more })).toThrow(message);
  });
});

describe("the perimeter", () => {
  const args: PerimeterArgs = { ...scope, accessPolicy: "123456789" };

  it("only logs at first, and holds when it is told to", async () => {
    const dry = inputsOf(await registeredBy(() => new Perimeter("p", args)), "ServicePerimeter");
    expect(dry).toMatchObject({ useExplicitDryRunSpec: true, spec: { resources: ["projects/123456789012"] } });
    expect(dry.status).toBeUndefined();
    const inputs = inputsOf(
      await registeredBy(() => new Perimeter("p", { ...args, mode: "enforced" })),
      "ServicePerimeter",
    );
    expect(inputs.status.restrictedServices).toContain("storage.googleapis.com");
    expect(inputs.spec).toBeUndefined();
  });

  it.each([
    [{ accessPolicy: "mine" }, "accessPolicy: 'mine'"],
    [{ accessLevels: ["operators"] }, "accessLevels: 'operators'"],
  ])("refuses %j", (more, message) => {
    expect(() => new Perimeter("p", { ...args, ...more })).toThrow(message);
  });
});
