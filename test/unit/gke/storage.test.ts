// Buckets of artifacts on Cloud Storage, and the keys that encrypt them.
import { beforeAll, describe, expect, it } from "vitest";
import { ArtifactBucket, type ArtifactBucketArgs } from "../../../components/gcp/artifact-bucket.ts";
import { Keys, type KeysArgs, keyPurposes } from "../../../components/gcp/keys.ts";
import { labelValue } from "../../../components/gcp/scope.ts";
import { ProjectServices } from "../../../components/gcp/services.ts";
import { BucketAccess, prefixCondition, principal } from "../../../components/gcp/workload-identity.ts";
import { inputsOf, inputsOfKind, mock, registeredBy, scope } from "./mocks.ts";

beforeAll(mock);

describe("the artifact bucket", () => {
  const args: ArtifactBucketArgs = { ...scope, bucket: "acme-agents-artifacts", tenant: "demo", kmsKey: "key" };
  const bucket = (more: Partial<ArtifactBucketArgs> = {}) =>
    registeredBy(() => new ArtifactBucket("b", { ...args, ...more }));

  it("is closed to the public, encrypted, versioned, and forgets in time", async () => {
    expect(inputsOf(await bucket(), "Bucket")).toEqual({
      project: "acme-agents",
      name: "acme-agents-artifacts",
      location: "EUROPE-WEST1",
      storageClass: "STANDARD",
      uniformBucketLevelAccess: true,
      publicAccessPrevention: "enforced",
      encryption: { defaultKmsKeyName: "key" },
      versioning: { enabled: true },
      softDeletePolicy: { retentionDurationSeconds: 604_800 },
      lifecycleRules: [
        { action: { type: "Delete" }, condition: { age: 30, withState: "LIVE" } },
        { action: { type: "Delete" }, condition: { daysSinceNoncurrentTime: 7, withState: "ARCHIVED" } },
        { action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: 1 } },
      ],
      forceDestroy: false,
      labels: {
        owner: "platform",
        "cost-center": "cc-42",
        platform: "agentic",
        "managed-by": "pulumi",
        tenant: "demo",
      },
    });
  });

  it("names the tenant's own owner and payer, and can go cold", async () => {
    const inputs = inputsOf(
      await bucket({ tenantOwner: "Team Blue", tenantCostCenter: "7", coldAfterDays: 10 }),
      "Bucket",
    );
    expect(inputs.labels).toMatchObject({ owner: "team-blue", "cost-center": "7" });
    expect(inputs.lifecycleRules.at(-1)).toMatchObject({
      action: { storageClass: "NEARLINE" },
      condition: { age: 10 },
    });
    expect(inputsOf(await bucket({ kmsKey: undefined, deletionProtection: false }), "Bucket")).toMatchObject({
      forceDestroy: true,
    });
  });

  it.each([
    [{ bucket: "Artifacts" }, "bucket: 'Artifacts'"],
    [{ bucket: "my-google-bucket" }, "bucket: 'my-google-bucket'"],
    [{ retentionDays: 0 }, "retentionDays: 0"],
    [{ noncurrentDays: 1.5 }, "noncurrentDays: 1.5"],
    [{ softDeleteDays: 3 }, "softDeleteDays: 3"],
    [{ coldAfterDays: 30 }, "coldAfterDays: 30"],
  ] as [Partial<ArtifactBucketArgs>, string][])("refuses %j", (more, message) => {
    expect(() => new ArtifactBucket("b", { ...args, ...more })).toThrow(message);
  });
});

describe("workload identity", () => {
  const account = { namespace: "tenant-demo", serviceAccount: "agent" };

  it("names a Kubernetes service account without any account of Google's in between", () => {
    expect(principal(scope, account)).toBe(
      "principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/acme-agents.svc.id.goog/subject/ns/tenant-demo/sa/agent",
    );
    expect(() => principal(scope, { ...account, namespace: "a/b" })).toThrow("namespace: 'a/b'");
    expect(() => principal(scope, { ...account, serviceAccount: "*" })).toThrow("serviceAccount: '*'");
  });

  it("binds an account to objects below its prefixes only", async () => {
    const bind = (access: "read" | "write") =>
      registeredBy(
        () => new BucketAccess("a", { ...scope, bucket: "b", bucketName: "b", account, prefixes: ["job_"], access }),
      );
    expect(inputsOf(await bind("write"), "BucketIAMMember")).toMatchObject({
      bucket: "b",
      role: "roles/storage.objectUser",
      condition: {
        expression:
          'resource.name.startsWith("projects/_/buckets/b/objects/job_") || api.getAttribute("storage.googleapis.com/objectListPrefix", "").startsWith("job_")',
      },
    });
    expect(inputsOf(await bind("read"), "BucketIAMMember").role).toBe("roles/storage.objectViewer");
  });

  it("refuses prefixes that would break out of the condition", () => {
    expect(() => prefixCondition("b", ['x") || true || ("'])).toThrow("prefixes: ");
    expect(() => prefixCondition("b", [])).toThrow("prefixes: is empty");
  });
});

describe("the keys", () => {
  const keys = (more: Partial<KeysArgs> = {}) =>
    registeredBy(() => new Keys("keys", { ...scope, purposes: keyPurposes, ...more }));

  it("are one for each kind of data, each for the one service that keeps it", async () => {
    const all = await keys();
    expect(inputsOfKind(all, "CryptoKey").map(({ name }) => name)).toEqual(keyPurposes);
    for (const key of inputsOfKind(all, "CryptoKey"))
      expect(key).toMatchObject({ rotationPeriod: "7776000s", versionTemplate: { protectionLevel: "SOFTWARE" } });
    const members = inputsOfKind(all, "CryptoKeyIAMMember");
    expect(new Set(members.map(({ member }) => member)).size).toBe(keyPurposes.length);
    expect(new Set(members.map(({ role }) => role))).toEqual(new Set(["roles/cloudkms.cryptoKeyEncrypterDecrypter"]));
  });

  it("have names that are known before they are made, and new ones for each generation", async () => {
    let previousKeys: Keys | undefined;
    const all = await registeredBy(() => {
      previousKeys = new Keys("keys", { ...scope, purposes: ["artifacts"], generation: 2, protectionLevel: "hsm" });
    });
    expect(inputsOf(all, "KeyRing").name).toBe("agentic-2");
    expect(inputsOf(all, "CryptoKey").versionTemplate.protectionLevel).toBe("HSM");
    expect(previousKeys?.key("artifacts")).toBe(
      "projects/acme-agents/locations/europe-west1/keyRings/agentic-2/cryptoKeys/artifacts",
    );
    expect(() => previousKeys?.key("database")).toThrow("no key for 'database' here: there are artifacts");
  });

  it.each([
    [{ rotationDays: 0 }, "rotationDays: 0"],
    [{ generation: 0 }, "generation: 0"],
  ])("refuse %j", (more, message) => {
    expect(() => new Keys("k", { ...scope, purposes: ["artifacts"], ...more })).toThrow(message);
  });
});

describe("what all share", () => {
  it("switches each API on once, and leaves it on", async () => {
    const all = await registeredBy(
      () => new ProjectServices("s", { ...scope, apis: ["storage", "compute", "storage"] }),
    );
    expect(inputsOfKind(all, "Service")).toEqual(
      ["compute", "storage"].map((api) => ({
        project: "acme-agents",
        service: `${api}.googleapis.com`,
        disableOnDestroy: false,
      })),
    );
    expect(() => new ProjectServices("s", { ...scope, apis: [] })).toThrow("apis: is empty");
  });

  it("writes labels as Google takes them", () => {
    expect(labelValue("Team Blue/Ops")).toBe("team-blue-ops");
    expect(labelValue("x".repeat(80))).toHaveLength(63);
  });
});
