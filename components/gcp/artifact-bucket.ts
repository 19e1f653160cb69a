// The object store on Google Cloud: a bucket for a tenant's artifacts, behind the same contract as MinIO's.
import { Bucket } from "@pulumi/gcp/storage/bucket.js";
import * as pulumi from "@pulumi/pulumi";
import { checkWholeNumbers } from "../numbers.ts";
import { checkScope, type GcpScope, gcpLabels } from "./scope.ts";

export interface ArtifactBucketArgs extends GcpScope {
  /** Name of the bucket, unique in all of Google Cloud. */
  bucket: string;
  /** The tenant that it belongs to; a label. */
  tenant: string;
  /** Who answers for it in the place of the platform's owner. */
  tenantOwner?: string;
  /** Who pays for it in the place of the platform. */
  tenantCostCenter?: string;
  /** Key that encrypts the objects; absent: Google's own. */
  kmsKey?: string;
  /** Days after which artifacts are deleted. Default 30. */
  retentionDays?: number;
  /** Days that an overwritten artifact is kept. Default 7. */
  noncurrentDays?: number;
  /** Days in which a deleted artifact can be brought back, 0 or 7 to 90. Default 7. */
  softDeleteDays?: number;
  /** Days after which an artifact that nobody reads gets cheaper storage; 0: never. Default 0, as artifacts are short-lived. */
  coldAfterDays?: number;
}

/** A bucket that nobody can make public, with access by IAM only, versions, and an end for each object. */
export class ArtifactBucket extends pulumi.ComponentResource {
  /** The bucket's name, known once the bucket is there. */
  readonly bucket: pulumi.Output<string>;

  constructor(name: string, args: ArtifactBucketArgs, options?: pulumi.ComponentResourceOptions) {
    const { retentionDays = 30, noncurrentDays = 7, softDeleteDays = 7, coldAfterDays = 0 } = args;
    checkScope(args);
    if (!/^[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$/.test(args.bucket) || args.bucket.includes("google"))
      throw new Error(
        `bucket: '${args.bucket}' is not a valid bucket name: 3 to 63 of a-z, 0-9, - and _, without "google"`,
      );
    checkWholeNumbers({ retentionDays, noncurrentDays }, { from: 1 });
    if (softDeleteDays !== 0 && !(Number.isInteger(softDeleteDays) && softDeleteDays >= 7 && softDeleteDays <= 90))
      throw new Error(`softDeleteDays: ${softDeleteDays} is neither 0 nor a whole number from 7 to 90`);
    if (!Number.isInteger(coldAfterDays) || coldAfterDays < 0 || (coldAfterDays > 0 && coldAfterDays >= retentionDays))
      throw new Error(`coldAfterDays: ${coldAfterDays} is neither 0 nor less than retentionDays, ${retentionDays}`);
    super("agentic:gcp:ArtifactBucket", name, {}, options);
    const labels = {
      ...gcpLabels({
        ...args,
        owner: args.tenantOwner ?? args.owner,
        costCenter: args.tenantCostCenter ?? args.costCenter,
      }),
      tenant: args.tenant,
    };
    const resource = new Bucket(
      name,
      {
        project: args.project,
        name: args.bucket,
        location: args.region.toUpperCase(),
        storageClass: "STANDARD",
        uniformBucketLevelAccess: true,
        publicAccessPrevention: "enforced",
        ...(args.kmsKey ? { encryption: { defaultKmsKeyName: args.kmsKey } } : {}),
        versioning: { enabled: true },
        softDeletePolicy: { retentionDurationSeconds: softDeleteDays * 86_400 },
        lifecycleRules: [
          { action: { type: "Delete" }, condition: { age: retentionDays, withState: "LIVE" } },
          {
            action: { type: "Delete" },
            condition: { daysSinceNoncurrentTime: noncurrentDays, withState: "ARCHIVED" },
          },
          { action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: 1 } },
          ...(coldAfterDays > 0
            ? [{ action: { type: "SetStorageClass", storageClass: "NEARLINE" }, condition: { age: coldAfterDays } }]
            : []),
        ],
        forceDestroy: !args.deletionProtection,
        labels,
      },
      { parent: this, protect: args.deletionProtection },
    );
    this.bucket = resource.name;
    this.registerOutputs({ bucket: this.bucket });
  }
}
