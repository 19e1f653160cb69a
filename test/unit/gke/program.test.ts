// The whole program of stack gke, with any of its parts switched off.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { repositoryOf } from "../../../components/gcp/image-admission.ts";
import { type Config, parseConfig } from "../../../stacks/config/config.ts";
import { createGke } from "../../../stacks/gke/compose.ts";
import { outputsOf } from "../../../stacks/outputs.ts";
import { createPlatform } from "../../../stacks/platform.ts";
import { everything, images, minimal } from "./configs.ts";
import { iamTable } from "./iam.ts";
import { inputsOf, inputsOfKind, mock, type Registered, registeredBy } from "./mocks.ts";
import { schemaErrors } from "./schema.ts";

beforeAll(mock);
// A whole program is some four hundred resources, each a message to the mocks.
vi.setConfig({ testTimeout: 30_000 });

const teams = {
  owner: "Team Blue",
  costCenter: "CC-7",
  tenants: [{ name: "demo" }, { name: "blue" }, { name: "own", external: true }],
};

/** Tenants run only what Cloud Build has signed. */
const kms = "gcpkms://projects/acme-agents/locations/europe-west1/keyRings/agentic-signing-1/cryptoKeys/images";
const signed = {
  components: { policyController: { enabled: true } },
  imagePolicies: [
    { name: "ours", images: ["europe-west1-docker.pkg.dev/acme-agents/agentic/**"], authorities: [{ key: { kms } }] },
    { name: "argo", images: ["quay.io/argoproj/**"], authorities: [{ static: "pass" }] },
  ],
};

const configOf = (gke: object) =>
  parseConfig(
    "agentic-platform",
    { images, cluster: { kind: "gke" }, gke, ...(gke === everything ? { ...teams, ...signed } : {}) },
    false,
  );

const runs = new Map<string, Promise<Registered[]>>();

/** Runs the whole program of a stack on GKE; the same config once. */
function stack(gke: object): Promise<Registered[]> {
  const key = JSON.stringify(gke);
  const run = runs.get(key) ?? runProgram(configOf(gke));
  runs.set(key, run);
  return run;
}

function runProgram(config: Config): Promise<Registered[]> {
  return registeredBy(() => {
    const { provider, external } = createGke(config);
    pulumi.output(outputsOf(config, createPlatform(config, { provider, external })));
  });
}

/** The Google Cloud side alone. */
const googleSide = (gke: object) => registeredBy(() => createGke(configOf(gke)));

const kinds = (all: readonly Registered[], kind: string) =>
  all.filter(({ type, inputs }) => type.startsWith("kubernetes:") && inputs.kind === kind).map(({ inputs }) => inputs);
const names = (all: readonly Registered[]) => all.map(({ type, name }) => `${type} ${name}`);

describe("the stack on GKE", () => {
  it("has buckets and Cloud SQL in the place of MinIO and Postgres", async () => {
    const all = await stack(minimal);
    expect(kinds(all, "StatefulSet").map(({ metadata }) => metadata.name)).not.toContain("minio");
    expect(kinds(all, "StatefulSet").map(({ metadata }) => metadata.name)).not.toContain("postgres");
    const settings = kinds(all, "ConfigMap").find(({ metadata }) => metadata.name === "agentic-tenant")?.data;
    expect(settings).toMatchObject({
      object_store_url: "gs://storage.googleapis.com",
      minio_bucket: "acme-agents-artifacts",
    });
    expect(settings.postgres_dsn).toContain("//tenant-demo@postgres.agentic.internal:5432/tenant-demo?");
    const argo = kinds(all, "ConfigMap").find(
      ({ metadata }) => metadata.name === "workflow-controller-configmap",
    )?.data;
    expect(JSON.parse(argo.artifactRepository)).toMatchObject({ gcs: { bucket: "acme-agents-artifacts" } });
    expect(JSON.parse(argo.artifactRepository).gcs).not.toHaveProperty("serviceAccountKeySecret");
    expect(JSON.parse(argo.persistence).postgresql).toMatchObject({ ssl: true, host: "postgres.agentic.internal" });
  });

  it("has no key of a service account, and no credentials of the object store, anywhere", async () => {
    const all = await stack(everything);
    expect(all.filter(({ type }) => /serviceaccount\/key/i.test(type))).toEqual([]);
    expect(kinds(all, "Secret").map(({ metadata }) => metadata.name)).not.toContain("object-store");
    expect(JSON.stringify(all)).not.toMatch(/GOOGLE_APPLICATION_CREDENTIALS|private_key/);
  });

  it("puts agents on sandboxed spot nodes of their own, and browsers on theirs", async () => {
    const all = await stack(everything);
    const argo = kinds(all, "ConfigMap").find(
      ({ metadata }) => metadata.name === "workflow-controller-configmap",
    )?.data;
    const { spec } = JSON.parse(argo.workflowDefaults);
    expect(spec.nodeSelector).toEqual({ "agentic.io/pool": "agents" });
    expect(spec.tolerations).toHaveLength(2);
    expect(JSON.parse(spec.podSpecPatch)).toEqual({ runtimeClassName: "gvisor" });
    const browsers = kinds(all, "Deployment").find(({ metadata }) => metadata.name === "browserless")?.spec;
    expect(browsers.template.spec.nodeSelector).toEqual({ "agentic.io/pool": "browsers" });
  });

  it("lets just the pods with an identity ask for it", async () => {
    const all = await stack(minimal);
    const asking = kinds(all, "NetworkPolicy").filter(({ spec }) => JSON.stringify(spec).includes("169.254.169.252"));
    expect(asking.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).sort()).toEqual([
      "agentic-system/console-google",
      "argo-workflows/argo-server-google",
      "tenant-demo/agents-google",
      "tenant-demo/executors-google",
    ]);
    for (const { spec } of asking) expect(JSON.stringify(spec.egress)).toContain("199.36.153.8/30");
  });

  it("has operator and agents send traces to Google's collector in the cluster, which needs no identity of theirs", async () => {
    const all = await stack(minimal);
    const url = "http://opentelemetry-collector.gke-managed-otel.svc.cluster.local:4318";
    expect(inputsOf(all, "Cluster").managedOpentelemetryConfig.scope).toBe("COLLECTION_AND_INSTRUMENTATION_COMPONENTS");
    expect(inputsOfKind(all, "Service").map(({ service }) => service)).toEqual(
      expect.arrayContaining(["telemetry.googleapis.com", "cloudtrace.googleapis.com"]),
    );
    const settings = kinds(all, "ConfigMap").find(({ metadata }) => metadata.name === "agentic-tenant")?.data;
    expect(settings.otlp_url).toBe(url);
    const operator = kinds(all, "Deployment").find(({ metadata }) => metadata.name === "agentic-operator")?.spec;
    expect(operator.template.spec.containers[0].env).toContainEqual({ name: "OTLP_URL", value: url });
    const collector = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "gke-managed-otel" } } };
    const flow = { to: [collector], ports: [{ protocol: "TCP", port: 4318 }] };
    const senders = kinds(all, "NetworkPolicy").filter(({ spec }) => JSON.stringify(spec).includes("gke-managed-otel"));
    expect(senders.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).sort()).toEqual([
      "agentic-system/agentic-operator",
      "tenant-demo/agents",
    ]);
    for (const { spec } of senders) expect(spec.egress).toContainEqual(flow);
    // Lines of logs name the trace as Cloud Logging wants it.
    expect(settings.log_project).toBe(minimal.project);
    expect(operator.template.spec.containers[0].env).toContainEqual({
      name: "GOOGLE_CLOUD_PROJECT",
      value: minimal.project,
    });
  });

  it("sends no traces where Google's collector is switched off", async () => {
    const all = await stack({ ...minimal, managedOpenTelemetry: false });
    expect(inputsOf(all, "Cluster").managedOpentelemetryConfig.scope).toBe("NONE");
    expect(JSON.stringify(all)).not.toMatch(/gke-managed-otel|cloudtrace|OTLP_URL/);
  });

  it("lets Binary Authorization run every image that its pods name", async () => {
    const all = await stack(everything);
    const patterns = inputsOf(all, "Policy").admissionWhitelistPatterns.map(
      ({ namePattern }: { namePattern: string }) => namePattern,
    );
    const pods = all.filter(({ type }) => type.startsWith("kubernetes:"));
    const apis = new Set(
      [...JSON.stringify(pods).matchAll(/"(?:image|[a-z]+Image)":"([^"{]+)"/g)].map(([, image]) => image as string),
    );
    expect(apis.size).toBeGreaterThan(5);
    for (const image of apis) expect(patterns, image).toContain(`${repositoryOf(image)}:*`);
  });

  it("hands the same policies to a team that makes its own namespace", async () => {
    let grants: Record<string, { network: { more?: readonly { name: string }[] }; objectStore?: unknown }> = {};
    await registeredBy(() => {
      const config = configOf(everything);
      const { provider, external } = createGke(config);
      grants = createPlatform(config, { provider, external }).tenantGrants;
    });
    expect(Object.keys(grants)).toEqual(["own"]);
    expect(grants.own?.network.more?.map(({ name }) => name)).toEqual([
      "gke-dns",
      "agents-google",
      "executors-google",
      "agents-database",
    ]);
    expect(grants.own).not.toHaveProperty("objectStore");
  });

  it("keeps passwords in Secret Manager where it is told to, and then not in the tenant's own Secret", async () => {
    const all = await stack(everything);
    expect(kinds(all, "Secret").map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).not.toContain(
      "tenant-demo/postgres",
    );
    expect(
      kinds(all, "ExternalSecret").map(({ spec, metadata }) => `${metadata.namespace}/${spec.target.name}`),
    ).toEqual(["tenant-demo/postgres", "tenant-blue/postgres"]);
    expect(inputsOfKind(all, "SecretVersion").map(({ secretData }) => secretData)).toEqual(
      expect.arrayContaining(["random-value-of-demo-postgres", "random-value-of-blue-postgres"]),
    );
  });

  it("leaves out each part that is switched off", async () => {
    const parts: Record<string, string[]> = {
      encryption: ["KeyRing", "CryptoKey"],
      artifacts: ["Bucket", "BucketIAMMember"],
      database: ["DatabaseInstance", "Connection"],
      registry: ["Repository"],
      results: ["Dataset", "DataTransferConfig"],
      backup: ["BackupPlan"],
      auditLog: ["ProjectBucketConfig", "IAMAuditConfig"],
      alerts: ["AlertPolicy", "Dashboard"],
      binaryAuthorization: ["Policy"],
    };
    const all = await stack(minimal);
    const disabledParts = Object.fromEntries(Object.keys(parts).map((part) => [part, { enabled: false }]));
    const rest = await googleSide({ ...minimal, ...disabledParts });
    for (const [part, resources] of Object.entries(parts))
      for (const resource of resources) {
        expect(inputsOfKind(all, resource).length, resource).toBeGreaterThan(0);
        expect(inputsOfKind(rest, resource), `${resource} without ${part}`).toEqual([]);
      }
    expect(inputsOfKind(rest, "Cluster")).toHaveLength(1);
  });

  it("runs MinIO and Postgres inside where it is told to", async () => {
    const all = await stack({ ...minimal, artifacts: { enabled: false }, database: { enabled: false } });
    const sets = kinds(all, "StatefulSet").map(({ metadata }) => metadata.name);
    expect(sets).toEqual(expect.arrayContaining(["minio", "postgres"]));
  });

  it("labels with owner and payer all that takes labels, and gives everything a name", async () => {
    const all = (await stack(everything)).filter(({ type }) => type.startsWith("gcp:"));
    const labels = all.flatMap(({ name, inputs }) => {
      const labels = inputs.labels ?? inputs.resourceLabels ?? inputs.userLabels ?? inputs.settings?.userLabels;
      return labels && !("email_address" in labels) ? [[name, labels.owner ?? "", labels["cost-center"]]] : [];
    });
    expect(labels.length).toBeGreaterThan(25);
    // A tenant's bucket is the tenant's.
    for (const [name, owner, payer] of labels)
      expect([owner, payer], name).toEqual(
        /^(demo|blue|own)-artifacts$/.test(name ?? "") ? ["platform", "platform"] : ["team-blue", "cc-7"],
      );
  });

  it("says nothing that the provider's schema doesn't know", async () => {
    const google = (await stack(everything)).filter(({ type }) => type.startsWith("gcp:"));
    expect(google.length).toBeGreaterThan(120);
    expect(google.flatMap(({ type, inputs }) => schemaErrors(type, inputs))).toEqual([]);
  });

  it("runs whatever is switched on and off", async () => {
    const flag = fc.record({ enabled: fc.boolean() });
    const switches = fc.record({
      mode: fc.constantFrom("autopilot", "standard"),
      spot: fc.boolean(),
      sandbox: fc.boolean(),
      encryption: flag,
      artifacts: flag,
      database: flag,
      registry: flag,
      results: flag,
      backup: flag,
      auditLog: flag,
      alerts: flag,
      binaryAuthorization: flag,
      events: flag,
    });
    await fc.assert(
      fc.asyncProperty(switches, async (switched) => {
        const all = await googleSide({ ...minimal, ...switched });
        expect(inputsOfKind(all, "Cluster")).toHaveLength(1);
        expect(inputsOfKind(all, "NodePool")).toHaveLength(switched.mode === "standard" ? 3 : 0);
        expect(inputsOfKind(all, "CryptoKey").length > 0).toBe(switched.encryption.enabled);
        // Nothing is encrypted by a key that isn't there.
        const keys = new Set(inputsOfKind(all, "CryptoKey").map(({ name }) => name));
        for (const [, key] of JSON.stringify(all).matchAll(/cryptoKeys\/([a-z]+)/g)) expect(keys).toContain(key);
      }),
      { numRuns: 8 },
    );
  });

  it("is the same program twice", async () => {
    expect(names(await googleSide(everything)).sort()).toEqual(names(await googleSide(everything)).sort());
  });

  it("grants exactly what the reviewed table says", async () => {
    const text = iamTable(await stack(everything));
    const file = join(import.meta.dirname, "iam.golden.md");
    if (process.env.UPDATE_GOLDEN) writeFileSync(file, text);
    expect(text, "UPDATE_GOLDEN=1 writes it anew").toBe(readFileSync(file, "utf8"));
    expect(text).not.toMatch(/allUsers|allAuthenticatedUsers|roles\/(owner|editor|viewer) /);
  });
});
