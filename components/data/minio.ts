// The object store: MinIO behind the S3 contract, with a bucket and a user of its own for each tenant.
import { ANNOTATIONS, NAMESPACES } from "@agentic/api/names.ts";
import { StatefulSet } from "@pulumi/kubernetes/apps/v1/statefulSet.js";
import { Job } from "@pulumi/kubernetes/batch/v1/job.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import { images } from "../images.ts";
import { placement } from "../scheduling/placement.ts";
import {
  caFile,
  certificate,
  type Issuer,
  serverTls,
  serviceNames,
  tlsFolder,
  trust,
} from "../security/certificates.ts";
import { checksum } from "../security/checksum.ts";
import { labels, selector } from "../security/labels.ts";
import { type Resources, restrictedContainer, restrictedPod, secretMode } from "../security/pod.ts";
import { type DataProtection, dataOptions } from "./protection.ts";

/** A bucket and the one user who may read and write it. */
export interface BucketUser {
  bucket: string;
  /** Access key; also the user's and the policy's name. */
  accessKey: string;
  /** Secret key, 8 to 40 characters. */
  secretKey: pulumi.Input<string>;
}

export interface MinioArgs {
  namespace: pulumi.Input<string>;
  /** Buckets to make, each with its user. */
  users: readonly BucketUser[];
  /** Days after which artifacts are deleted. Default 30. */
  retentionDays?: number;
  /** Size of the volume. Default `20Gi`. */
  storage?: string;
  /** Default: the image table's. */
  image?: string;
  resources?: Resources;
  /** Whether it has its page for people. Default true. */
  console?: boolean;
  /** Whether text is compressed on the volume. Default false. */
  compression?: boolean;
  /** Name of the PriorityClass of its pods. */
  priorityClass?: pulumi.Input<string>;
  /** Of the volume and the password. Default `delete`. */
  protection?: DataProtection;
  /** Who signs its certificate; without one it answers in clear text. */
  issuer?: Issuer;
}

const part = "minio";
const setup = "minio-setup";
const secrets = "/etc/secrets/minio";

/** Where people look for a backup. */
const backup = "none here: artifacts can be made again by a new run; what must stay belongs in a bucket of the cloud";

/**
 * MinIO on one volume, and a Job that makes buckets, lifecycle rules, users and policies. A change of the buckets makes a
 * new Job; it changes only what is not yet as it should be.
 */
export class Minio extends pulumi.ComponentResource {
  /** URL of the S3 API in the cluster. */
  readonly url: string;
  /** URL of its console in the cluster. */
  readonly consoleUrl: string;

  constructor(name: string, args: MinioArgs, options?: pulumi.ComponentResourceOptions) {
    const wrong = args.users.find(({ bucket }) => !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket));
    if (wrong) throw new Error(`users: '${wrong.bucket}' is no bucket name: 3 to 63 of a-z, 0-9, - and .`);
    super("agentic:data:Minio", name, {}, options);
    const child = { parent: this };
    const kept = { ...child, ...dataOptions(args.protection) };
    const { namespace } = args;
    const { s3, console } = images.minio.ports;
    const dnsNames = serviceNames(part, NAMESPACES.sharedServices);
    const made =
      args.issuer &&
      certificate(`${name}-tls`, { secret: "minio-tls", namespace, issuer: args.issuer, part, dnsNames }, child);
    // MinIO wants its own names for the two, and reads them again when they change.
    const tls = serverTls(made, { files: { "tls.crt": "public.crt", "tls.key": "private.key" } });
    this.url = `${tls.scheme}://${part}.${NAMESPACES.sharedServices}:${s3}`;
    this.consoleUrl = `${tls.scheme}://${part}.${NAMESPACES.sharedServices}:${console}`;
    const root = new RandomPassword(`${name}-root`, { length: 32, special: false }, kept);
    const credentials = new Secret(
      `${name}-root`,
      {
        metadata: { name: "minio-root", namespace, labels: labels(part) },
        stringData: { user: "root", password: root.result },
      },
      kept,
    );
    new Service(
      name,
      {
        metadata: { name: part, namespace, labels: labels(part) },
        spec: {
          selector: selector(part),
          ports: [
            { name: "s3", port: s3 },
            { name: "console", port: console },
          ],
        },
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
            metadata: { labels: labels(part), annotations: checksum(root.result) },
            spec: {
              ...placement(part, args),
              automountServiceAccountToken: false,
              enableServiceLinks: false,
              securityContext: restrictedPod(images.minio.uid),
              containers: [
                {
                  name: part,
                  image: args.image ?? images.minio.ref,
                  imagePullPolicy: "IfNotPresent",
                  command: ["minio"],
                  args: [
                    "server",
                    "/data",
                    "--address",
                    `:${s3}`,
                    "--console-address",
                    `:${console}`,
                    ...(made ? ["--certs-dir", tlsFolder] : []),
                  ],
                  env: [
                    { name: "MINIO_ROOT_USER_FILE", value: `${secrets}/user` },
                    { name: "MINIO_ROOT_PASSWORD_FILE", value: `${secrets}/password` },
                    { name: "MINIO_UPDATE", value: "off" },
                    ...(args.console === false ? [{ name: "MINIO_BROWSER", value: "off" }] : []),
                    ...(args.compression ? [{ name: "MINIO_COMPRESSION_ENABLE", value: "on" }] : []),
                    { name: "HOME", value: "/tmp" },
                  ],
                  ports: [
                    { name: "s3", containerPort: s3 },
                    { name: "console", containerPort: console },
                  ],
                  resources: args.resources ?? {
                    requests: { cpu: "50m", memory: "256Mi" },
                    limits: { cpu: "1", memory: "1Gi" },
                  },
                  securityContext: restrictedContainer,
                  startupProbe: {
                    httpGet: { path: "/minio/health/ready", port: "s3", ...tls.probe },
                    periodSeconds: 1,
                    failureThreshold: 120,
                  },
                  readinessProbe: {
                    httpGet: { path: "/minio/health/ready", port: "s3", ...tls.probe },
                    periodSeconds: 5,
                  },
                  livenessProbe: {
                    httpGet: { path: "/minio/health/live", port: "s3", ...tls.probe },
                    periodSeconds: 15,
                    failureThreshold: 4,
                  },
                  volumeMounts: [
                    { name: "data", mountPath: "/data" },
                    { name: "tmp", mountPath: "/tmp" },
                    { name: "root", mountPath: secrets, readOnly: true },
                    ...tls.volumeMounts,
                  ],
                },
              ],
              volumes: [
                { name: "tmp", emptyDir: { sizeLimit: "256Mi" } },
                { name: "root", secret: { secretName: credentials.metadata.name, defaultMode: secretMode } },
                ...tls.volumes,
              ],
            },
          },
          // The data outlive a deleted set: who wants them gone deletes the claims.
          persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
          volumeClaimTemplates: [
            {
              metadata: { name: "data", labels: selector(part) },
              spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: args.storage ?? "20Gi" } } },
            },
          ],
        },
      },
      kept,
    );
    this.#setup(name, args, credentials, trust(made));
    this.registerOutputs({ url: this.url });
  }

  #setup(name: string, args: MinioArgs, credentials: Secret, authority: ReturnType<typeof trust>): void {
    const child = { parent: this };
    const { namespace, users, retentionDays = 30 } = args;
    const files: Record<string, pulumi.Input<string>> = {
      "lifecycle.json": JSON.stringify({
        Rules: [{ ID: "expire", Status: "Enabled", Filter: { Prefix: "" }, Expiration: { Days: retentionDays } }],
      }),
      users: users.map(({ accessKey, bucket }) => `${accessKey} ${bucket}\n`).join(""),
    };
    for (const { bucket, accessKey, secretKey } of users) {
      files[`${accessKey}.key`] = secretKey;
      files[`${accessKey}.json`] = JSON.stringify({
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
        ],
      });
    }
    const secret = new Secret(
      `${name}-users`,
      { metadata: { name: "minio-users", namespace, labels: labels(setup) }, stringData: files },
      child,
    );
    const wanted = checksum([script, this.url, users.map(({ secretKey: _, ...user }) => user), retentionDays]);
    new Job(
      setup,
      {
        metadata: {
          // A Job can't be changed: other buckets are another Job.
          name: wanted["agentic.io/checksum"].apply((hash) => `${setup}-${hash.slice(0, 8)}`),
          namespace,
          labels: labels(setup),
        },
        spec: {
          backoffLimit: 6,
          activeDeadlineSeconds: 600,
          template: {
            metadata: { labels: labels(setup) },
            spec: {
              ...placement(setup, { priorityClass: args.priorityClass }),
              restartPolicy: "OnFailure",
              automountServiceAccountToken: false,
              enableServiceLinks: false,
              securityContext: restrictedPod(images.minioClient.uid),
              containers: [
                {
                  name: "mc",
                  image: images.minioClient.ref,
                  imagePullPolicy: "IfNotPresent",
                  command: ["/bin/sh", "-ec", script],
                  env: [
                    { name: "MINIO_URL", value: this.url },
                    // mc has no option for it, and trusts what Go's own library trusts.
                    ...(args.issuer ? [{ name: "SSL_CERT_FILE", value: caFile }] : []),
                    { name: "MC_CONFIG_DIR", value: "/tmp/mc" },
                    { name: "HOME", value: "/tmp" },
                  ],
                  resources: { requests: { cpu: "10m", memory: "64Mi" }, limits: { cpu: "1", memory: "256Mi" } },
                  securityContext: restrictedContainer,
                  volumeMounts: [
                    { name: "tmp", mountPath: "/tmp" },
                    { name: "root", mountPath: secrets, readOnly: true },
                    { name: "users", mountPath: "/etc/secrets/users", readOnly: true },
                    ...authority.volumeMounts,
                  ],
                },
              ],
              volumes: [
                { name: "tmp", emptyDir: { sizeLimit: "64Mi" } },
                { name: "root", secret: { secretName: credentials.metadata.name, defaultMode: secretMode } },
                { name: "users", secret: { secretName: secret.metadata.name, defaultMode: secretMode } },
                ...authority.volumes,
              ],
            },
          },
        },
      },
      child,
    );
  }
}

/**
 * Each command may find its work done already. The credentials come from files, into this shell's environment only.
 * Upstream's image has a shell and coreutils, and no grep.
 */
const script = `
export MC_HOST_store="\${MINIO_URL%%//*}//$(cat ${secrets}/user):$(cat ${secrets}/password)@\${MINIO_URL#*//}"
until mc ready store >/dev/null 2>&1; do sleep 1; done
while read -r user bucket; do
  mc mb --ignore-existing "store/$bucket"
  mc ilm import "store/$bucket" < /etc/secrets/users/lifecycle.json
  mc admin policy create store "$user" "/etc/secrets/users/$user.json"
  mc admin user add store "$user" "$(cat "/etc/secrets/users/$user.key")"
  attached=$(mc admin policy attach store "$user" --user "$user" 2>&1) || case "$attached" in
    *"already in effect"*) ;;
    *) echo "$attached" >&2; exit 1 ;;
  esac
done < /etc/secrets/users/users
`;
