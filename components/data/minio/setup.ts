// The Job that sets the object store up: buckets, lifecycle rules, and a user for each bucket.
import { LOGS } from "@agentic/api/artifacts.ts";
import { tenantNamespace } from "@agentic/api/names.ts";
import { Job } from "@pulumi/kubernetes/batch/v1/job.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import type * as pulumi from "@pulumi/pulumi";
import { images } from "../../images.ts";
import { placement } from "../../scheduling/placement.ts";
import { caFile, type trust } from "../../security/certificates.ts";
import { checksum, checksumAnnotation } from "../../security/checksum.ts";
import { labels } from "../../security/labels.ts";
import { hardenedContainer, hardenedPod, secretVolume, tmpMount, tmpVolume } from "../../security/pod.ts";
import { metricsUser } from "./metrics-token.ts";

const setup = "minio-setup";

/** Name of the user as whom the console reads artifacts. */
export const consoleUser = "console";

/** Where the root user's credentials are, in each pod that has them. */
export const rootFolder = "/etc/secrets/minio";

/** A bucket and the one user who may read and write it. */
export interface BucketUser {
  bucket: string;
  /** Access key; also the user's and the policy's name. */
  accessKey: string;
  /** Secret key, 8 to 40 characters. */
  secretKey: pulumi.Input<string>;
}

/** What the set-up works with. */
export interface MinioSetupArgs {
  namespace: pulumi.Input<string>;
  /** Buckets to make, each with its user. */
  users: readonly BucketUser[];
  /** Days after which artifacts are deleted. Default 30. */
  retentionDays?: number;
  /** Name of the PriorityClass of its pod. */
  priorityClass?: pulumi.Input<string>;
  /** URL of the S3 API. */
  url: string;
  /** Secret of the root user. */
  credentials: Secret;
  /** Users who have no bucket, each with what it may do, as a policy of MinIO's. */
  others: readonly { accessKey: string; secretKey: pulumi.Input<string>; policy: string }[];
  /** Whose certificates are trusted; nothing for clear text. */
  authority: ReturnType<typeof trust>;
}

/** Registers a Job that makes buckets, lifecycle rules, users and policies. */
export function minioSetup(name: string, args: MinioSetupArgs, child: pulumi.CustomResourceOptions): Job {
  const { namespace, users, retentionDays = 30, url, credentials, authority } = args;
  const readers = args.others.map(({ accessKey }) => `${accessKey}\n`).join("");
  const files: Record<string, pulumi.Input<string>> = {
    "lifecycle.json": JSON.stringify({
      Rules: [{ ID: "expire", Status: "Enabled", Filter: { Prefix: "" }, Expiration: { Days: retentionDays } }],
    }),
    users: users.map(({ accessKey, bucket }) => `${accessKey} ${bucket}\n`).join(""),
    readers,
    known: `${users.map(({ accessKey }) => `${accessKey}\n`).join("")}${readers}`,
  };
  for (const { accessKey, secretKey, policy } of args.others) {
    files[`${accessKey}.key`] = secretKey;
    files[`${accessKey}.json`] = policy;
  }
  for (const { bucket, accessKey, secretKey } of users) {
    files[`${accessKey}.key`] = secretKey;
    files[`${accessKey}.json`] = bucketPolicy(bucket);
  }
  const secret = new Secret(
    `${name}-users`,
    { metadata: { name: "minio-users", namespace, labels: labels(setup) }, stringData: files },
    child,
  );
  const policies = [
    ...users.map(({ accessKey, bucket }) => [accessKey, bucketPolicy(bucket)]),
    ...args.others.map(({ accessKey, policy }) => [accessKey, policy]),
  ];
  const fingerprint = checksum([minioSetupScript, url, policies, retentionDays]);
  return new Job(
    setup,
    {
      metadata: {
        // A Job is immutable: other buckets need a Job of another name.
        name: fingerprint[checksumAnnotation].apply((hash) => `${setup}-${hash.slice(0, 8)}`),
        namespace,
        labels: labels(setup),
      },
      spec: {
        backoffLimit: 6,
        activeDeadlineSeconds: 600,
        template: {
          // Keys are unknown in a preview, so that the name can't depend on them.
          metadata: {
            labels: labels(setup),
            annotations: checksum([...users, ...args.others].map(({ secretKey }) => secretKey)),
          },
          spec: {
            ...placement(setup, { priorityClass: args.priorityClass }),
            restartPolicy: "OnFailure",
            ...hardenedPod({ uid: images.minioClient.uid }),
            containers: [
              hardenedContainer({
                name: "mc",
                image: images.minioClient.ref,
                command: ["/bin/sh", "-ec", minioSetupScript],
                env: [
                  { name: "MINIO_URL", value: url },
                  // mc has no option for it, and trusts what Go's own library trusts.
                  ...(authority.volumes.length > 0 ? [{ name: "SSL_CERT_FILE", value: caFile }] : []),
                  { name: "MC_CONFIG_DIR", value: "/tmp/mc" },
                  { name: "HOME", value: "/tmp" },
                ],
                resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { cpu: "1", memory: "256Mi" } },
                volumeMounts: [
                  tmpMount,
                  { name: "root", mountPath: rootFolder, readOnly: true },
                  { name: "users", mountPath: "/etc/secrets/users", readOnly: true },
                  ...authority.volumeMounts,
                ],
              }),
            ],
            volumes: [
              tmpVolume("64Mi"),
              secretVolume("root", credentials.metadata.name),
              secretVolume("users", secret.metadata.name),
              ...authority.volumes,
            ],
          },
        },
      },
    },
    child,
  );
}

/**
 * What a tenant's user may do, as a policy of MinIO's: read and write its bucket. Without the denial a user could make access
 * keys of its own, which outlive the rotation of its key, and change that key.
 */
export function bucketPolicy(bucket: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: ["s3:ListBucket", "s3:GetBucketLocation"], Resource: [`arn:aws:s3:::${bucket}`] },
      {
        Effect: "Allow",
        Action: [
          "s3:GetObject",
          "s3:PutObject",
          "s3:DeleteObject",
          "s3:AbortMultipartUpload",
          "s3:ListMultipartUploadParts",
        ],
        Resource: [`arn:aws:s3:::${bucket}/*`],
      },
      { Effect: "Deny", Action: ["admin:*"] },
    ],
  });
}

/** What somebody may do who reads these buckets' objects and lists the logs of runs, and nothing else, as a policy of MinIO's. */
export function readPolicy(buckets: readonly string[]): string {
  const resources = [...new Set(buckets)].map((bucket) => `arn:aws:s3:::${bucket}`);
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: ["s3:GetObject"],
        Resource: resources.map((bucket) => `${bucket}/*`),
      },
      {
        Effect: "Allow",
        Action: ["s3:ListBucket"],
        Resource: resources,
        Condition: { StringLike: { "s3:prefix": [`*/${LOGS}/*/`] } },
      },
      { Effect: "Deny", Action: ["admin:*"] },
    ],
  });
}

/** Prefix of the users' names. */
const ofTenants = tenantNamespace("");

/**
 * Each command succeeds where its work is already done. When a tenant is removed, its bucket stays and its user is disabled.
 * The credentials come from files, into this shell's environment only. Upstream's image has a shell and coreutils, and no grep.
 */
export const minioSetupScript = `
export MC_HOST_store="\${MINIO_URL%%//*}//$(cat ${rootFolder}/user):$(cat ${rootFolder}/password)@\${MINIO_URL#*//}"
until mc ready store >/dev/null 2>&1; do sleep 1; done
add() {
  mc admin policy create store "$1" "/etc/secrets/users/$1.json"
  mc admin user add store "$1" "$(cat "/etc/secrets/users/$1.key")"
  attached=$(mc admin policy attach store "$1" --user "$1" 2>&1) || case "$attached" in
    *"already in effect"*) ;;
    *) echo "$attached" >&2; exit 1 ;;
  esac
}
while read -r user bucket; do
  mc mb --ignore-existing "store/$bucket"
  mc ilm import "store/$bucket" < /etc/secrets/users/lifecycle.json
  add "$user"
done < /etc/secrets/users/users
while read -r user; do add "$user"; done < /etc/secrets/users/readers
mc admin user ls store | while read -r status user _; do
  case "$status $user" in "enabled ${ofTenants}"* | "enabled ${metricsUser}" | "enabled ${consoleUser}"*) ;; *) continue ;; esac
  wanted=no
  while read -r one; do
    if [ "$one" = "$user" ]; then wanted=yes; fi
  done < /etc/secrets/users/known
  if [ $wanted = no ]; then mc admin user disable store "$user"; fi
done
`;
