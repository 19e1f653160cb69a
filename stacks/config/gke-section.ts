// Config section `gke`: the Google Cloud side of a stack whose cluster.kind is gke. Only what differs from the defaults is said.
import { type Static, Type } from "typebox";
import { days } from "../../components/cluster/gke/arguments.ts";
import { BY_DIGEST } from "../../components/images.ts";
import { cidr, closed, text, wholeNumber } from "./fields.ts";

const on = (description: string) => Type.Optional(Type.Boolean({ description }));
const oneOf = <T extends string>(description: string, ...values: T[]) =>
  Type.Optional(
    Type.Union(
      values.map((value) => Type.Literal(value)),
      { description },
    ),
  );
const range = (description: string) => text(description, cidr);
const texts = (description: string, pattern?: string) =>
  Type.Optional(Type.Array(Type.String(pattern ? { pattern } : {}), { description }));
const part = <T extends Parameters<typeof Type.Object>[0]>(description: string, fields: T) =>
  Type.Optional(Type.Object(fields, { ...closed, description }));

const pool = Type.Optional(
  Type.Object(
    {
      machineType: text("Such as e2-standard-4.", "^[a-z][a-z0-9]*-[a-z0-9-]+$"),
      min: wholeNumber({ from: 0, to: 1000, description: "Nodes at least." }),
      max: wholeNumber({ from: 1, to: 1000, description: "Nodes at most." }),
      diskGb: wholeNumber({ from: 30, to: 65_536, description: "GiB of each node's disk." }),
    },
    closed,
  ),
);

export const gkeSchema = Type.Object(
  {
    project: Type.String({ pattern: "^[a-z][a-z0-9-]{4,28}[a-z0-9]$", description: "Project id." }),
    projectNumber: Type.String({ pattern: "^\\d{6,20}$", description: "Its number: gcloud projects describe <id>." }),
    region: Type.String({ pattern: "^[a-z]+-[a-z]+\\d+$", description: "Such as europe-west1." }),
    name: text("Prefix of all names. Default agentic.", "^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$"),
    mode: oneOf("Who runs the nodes. Default autopilot.", "autopilot", "standard"),
    deletionProtection: on("Whether data and cluster refuse to be deleted. Default true."),
    endpoint: oneOf("How the API server is reached. Default dns.", "dns", "authorized-networks"),
    authorizedNetworks: Type.Optional(
      Type.Array(Type.Object({ name: Type.String(), cidr: Type.String({ pattern: cidr }) }, closed), {
        description: "Ranges that reach it, with endpoint authorized-networks.",
      }),
    ),
    releaseChannel: oneOf("Default regular.", "rapid", "regular", "stable", "extended"),
    maintenance: part("When Google may upgrade.", {
      startHour: wholeNumber({ from: 0, to: 23, description: "UTC. Default 2." }),
      hours: wholeNumber({ from: 4, to: 24, description: "Default 6." }),
      days: Type.Optional(
        Type.Array(Type.Union(days.map((day) => Type.Literal(day))), { description: "Default SA, SU." }),
      ),
    }),
    securityGroup: text("Group for RBAC: gke-security-groups@<domain>."),
    spot: on("Agents on spot nodes. Default true."),
    sandbox: on("Agents in GKE Sandbox (gVisor). Default true."),
    pools: part("Pools of mode standard.", { system: pool, agents: pool, browsers: pool }),
    binaryAuthorization: part("Which images may run.", {
      enabled: on("Default true."),
      attestors: texts("Attestors of every image that isn't the platform's own."),
    }),
    managedPrometheus: on("Google's Prometheus; Autopilot always has it. Default true."),
    managedOpenTelemetry: on(
      "Google's collector in the cluster, which takes traces for Cloud Trace. Default: in telemetry.mode managed.",
    ),
    costAllocation: on("Costs by namespace and label. Default true."),
    securityPosture: on("Google's look at the cluster's settings. Default true."),
    network: part("The VPC.", {
      nodes: range("Default 10.0.0.0/20."),
      pods: range("Default 10.64.0.0/14."),
      services: range("Default 10.32.0.0/20."),
      controlPlane: range("Default 10.0.16.0/28."),
      managedServices: range("Default 10.0.32.0/20."),
      nat: on("A way to the internet. Default true; without it, images come from Artifact Registry only."),
      flowLogs: Type.Optional(Type.Number({ minimum: 0, maximum: 1, description: "Share of flows. Default 0.5." })),
    }),
    encryption: part("Keys of your own (Cloud KMS).", {
      enabled: on("Default true."),
      protectionLevel: oneOf("Default software.", "software", "hsm"),
      rotationDays: wholeNumber({ from: 1, to: 365, description: "Default 90." }),
      generation: wholeNumber({
        from: 1,
        to: 1000,
        description: "Next number after each destroy: Google keeps the names. Default 1.",
      }),
    }),
    artifacts: part("Buckets in the place of MinIO.", {
      enabled: on("Default true; without them MinIO runs in the cluster."),
      prefixes: texts("Beginnings of object names that agents may use. Default job_.", "^[\\w./-]{1,200}$"),
      softDeleteDays: wholeNumber({ from: 0, to: 90, description: "0, or 7 to 90. Default 7." }),
      noncurrentDays: wholeNumber({ from: 1, to: 365, description: "Default 7." }),
    }),
    database: part("Cloud SQL in the place of Postgres in the cluster.", {
      enabled: on("Default true."),
      tier: text("Default db-custom-2-7680."),
      highAvailability: on("Default true."),
      diskGb: wholeNumber({ from: 10, to: 65_536, description: "Default 20." }),
      retainedBackups: wholeNumber({ from: 1, to: 365, description: "Default 14." }),
      pointInTimeDays: wholeNumber({ from: 1, to: 7, description: "Default 7." }),
      generation: wholeNumber({
        from: 1,
        to: 1000,
        description: "Next number after a destroy within a week. Default 1.",
      }),
      iamUsers: Type.Optional(
        Type.Array(
          Type.Object(
            {
              email: Type.String({ pattern: "^[^@\\s]+@[^@\\s]+$" }),
              kind: Type.Union([Type.Literal("user"), Type.Literal("group")]),
            },
            closed,
          ),
        ),
      ),
    }),
    registry: part("Artifact Registry for our own images.", {
      enabled: on("Default true."),
      scanning: on("Default true."),
      immutableTags: on("Default true."),
    }),
    builds: part("Cloud Build for our own images.", {
      enabled: on("Default false."),
      source: text("Connected repository: projects/…/locations/…/connections/…/repositories/…."),
      branch: text("Default ^main$."),
      docker: text("Image of docker, by digest: gcr.io/cloud-builders/docker@sha256:…", BY_DIGEST),
      cosign: text("Image of cosign 3 with a shell, by digest: ghcr.io/sigstore/cosign/cosign@sha256:…", BY_DIGEST),
      syft: text("Image of syft with a shell, by digest: ghcr.io/anchore/syft@sha256:…", BY_DIGEST),
      grype: text(
        "Image of grype with a shell, by digest: ghcr.io/anchore/grype@sha256:…. Default none: nothing is scanned, and the attestation says so.",
        BY_DIGEST,
      ),
      database: text(
        "Address of grype's database, such as a mirror's https://…/vulnerability-db_v6….tar.zst. Default the newest, which grype fetches.",
        "^https://[^\\s'\"$]+$",
      ),
    }),
    externalSecrets: part("Passwords by Secret Manager and the External Secrets Operator, which must be there.", {
      enabled: on("Default false."),
      refresh: text("Default 10m.", "^\\d+[smh]$"),
    }),
    events: part("Pub/Sub as a trigger.", {
      enabled: on("Default false."),
      publishers: texts("Members of IAM who may publish."),
      maxAttempts: wholeNumber({ from: 5, to: 100, description: "Default 5." }),
    }),
    results: part("Ends of workloads in BigQuery.", {
      enabled: on("Default true."),
      retentionDays: wholeNumber({ from: 1, to: 3650, description: "Default 365." }),
      schedule: text("Default every day 04:00."),
    }),
    backup: part("Backup for GKE.", {
      enabled: on("Default true."),
      schedule: text("Cron, UTC. Default 0 3 * * *."),
      retainDays: wholeNumber({ from: 1, to: 365, description: "Default 30." }),
      lockDays: wholeNumber({ from: 0, to: 90, description: "Default 7." }),
      region: text("Where backups are kept. Default the cluster's."),
    }),
    auditLog: part("Audit logs with a locked retention.", {
      enabled: on("Default true."),
      retentionDays: wholeNumber({ from: 30, to: 3650, description: "Default 400." }),
      locked: on("Default true: can't be undone."),
    }),
    alerts: part("Cloud Monitoring.", {
      enabled: on("Default true."),
      emails: texts("Who gets mail.", "^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$"),
      runbooks: text("URL of the runbooks' folder.", "^https://"),
    }),
    perimeter: part("VPC Service Controls.", {
      accessPolicy: Type.String({ pattern: "^\\d{6,20}$", description: "Number of the organisation's access policy." }),
      accessLevels: texts("Who may come in.", "^accessPolicies/\\d+/accessLevels/\\w+$"),
      mode: oneOf("Default dry-run.", "dry-run", "enforced"),
    }),
    exposed: part("What people and programs outside reach, by Gateway and Cloud Armor. Default nothing.", {
      webhook: text("Host of the events' webhook."),
      console: text("Host of the console, which becomes its publicUrl unless that is given."),
      allowedRanges: texts("Ranges that may come in.", cidr),
      requestsPerMinute: wholeNumber({ from: 10, to: 100_000, description: "Of one address. Default 300." }),
    }),
  },
  { ...closed, description: "The Google Cloud side, where cluster.kind is gke." },
);

export type GkeConfig = Static<typeof gkeSchema>;

/** Switches that are off where the config doesn't say. */
const offByDefault = ["builds", "externalSecrets", "events"] as const;
type Switch =
  | "binaryAuthorization"
  | "encryption"
  | "artifacts"
  | "database"
  | "registry"
  | "results"
  | "backup"
  | "auditLog"
  | "alerts"
  | (typeof offByDefault)[number];

/** Whether a part of the Google Cloud side is there. */
export function hasPart(gke: GkeConfig, name: Switch): boolean {
  return gke[name]?.enabled ?? !(offByDefault as readonly string[]).includes(name);
}
