// The object store: MinIO behind the S3 contract, with a bucket and a user of its own for each tenant.
import { BUCKET_NAME } from "@agentic/api/artifacts.ts";
import { ANNOTATIONS, NAMESPACES } from "@agentic/api/names.ts";
import { StatefulSet } from "@pulumi/kubernetes/apps/v1/statefulSet.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import * as pulumi from "@pulumi/pulumi";
import { images } from "../../images.ts";
import { placement } from "../../scheduling/placement.ts";
import {
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
import { metricsPolicy, metricsToken, metricsUser } from "./metrics-token.ts";
import { type BucketUser, minioSetup, readPolicy, rootFolder } from "./setup.ts";

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
  /** Generation of the root user's password. Default: the first. */
  rotation?: Rotation;
  /** Who signs its certificate; without one it answers in clear text. */
  issuer?: Issuer;
  /** Whether somebody reads its metrics, by a user that may do nothing else. Default false. */
  metrics?: boolean;
  /** Who may read all these buckets' objects and do nothing else: their access keys and secret keys. Default nobody. */
  readers?: readonly { accessKey: string; secretKey: pulumi.Input<string> }[];
}

const part = "minio";

/** Label value of its pods. */
export const minioPart = part;

const { s3, console } = images.minio.ports;

/** Where people look for a backup. */
const backup = "none here: artifacts can be made again by a new run; what must stay belongs in a bucket of the cloud";

/**
 * MinIO on one volume, and a Job that creates buckets, lifecycle rules, users and policies. A change of the buckets is a new
 * Job, which leaves alone what is already right.
 */
export class Minio extends pulumi.ComponentResource {
  /** URL of the S3 API in the cluster. */
  readonly url: string;
  /** URL of its console in the cluster. */
  readonly consoleUrl: string;
  /** What its metrics are read with, where somebody reads them. */
  readonly metricsToken?: pulumi.Output<string>;
  /** After it has run, the store knows its users' keys. */
  readonly setup: pulumi.Resource;

  constructor(name: string, args: MinioArgs, options?: pulumi.ComponentResourceOptions) {
    const misnamed = args.users.find(({ bucket }) => !new RegExp(BUCKET_NAME).test(bucket));
    if (misnamed)
      throw new Error(`users: '${misnamed.bucket}' is not a valid bucket name: 3 to 63 of a-z, 0-9, - and .`);
    super("agentic:data:Minio", name, {}, options);
    const child = { parent: this };
    const dataChild = { ...child, ...dataOptions(args.protection) };
    const { namespace } = args;
    const tlsCertificate = serviceCertificate(name, { ...args, part, space: NAMESPACES.sharedServices }, child);
    // MinIO has names of its own for both files, and reads them again when they change.
    const tls = serverTls(tlsCertificate, { files: { "tls.crt": "public.crt", "tls.key": "private.key" } });
    this.url = `${tls.scheme}://${part}.${NAMESPACES.sharedServices}:${s3}`;
    this.consoleUrl = `${tls.scheme}://${part}.${NAMESPACES.sharedServices}:${console}`;
    const { protection, rotation = firstGeneration } = args;
    // MinIO has one root user; nobody but the set-up is it, which runs once the server knows the new password.
    const root = randomCredential(
      `${name}-root`,
      { length: 32, rotation: { ...rotation, keepPrevious: false }, protection },
      child,
    ).current.value;
    const credentials = new Secret(
      `${name}-root`,
      {
        metadata: { name: "minio-root", namespace, labels: labels(part) },
        stringData: { user: "root", password: root },
      },
      dataChild,
    );
    this.#service(name, namespace);
    const server = new StatefulSet(
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
            metadata: { labels: labels(part), annotations: checksum(root) },
            spec: {
              ...placement(part, args),
              ...hardenedPod({ uid: images.minio.uid }),
              containers: [container(args, tls)],
              volumes: [tmpVolume("256Mi"), secretVolume("root", credentials.metadata.name), ...tls.volumes],
            },
          },
          ...dataVolume(part, args.storage ?? "20Gi"),
        },
      },
      dataChild,
    );
    const reader = args.metrics
      ? randomCredential(`${name}-metrics`, { length: 32, rotation: { ...rotation, keepPrevious: false } }, child)
      : undefined;
    this.metricsToken = reader?.current.value.apply(metricsToken);
    this.setup = minioSetup(
      name,
      {
        ...args,
        url: this.url,
        credentials,
        authority: trust(tlsCertificate),
        others: [
          ...(reader ? [{ accessKey: metricsUser, secretKey: reader.current.value, policy: metricsPolicy }] : []),
          ...(args.readers ?? []).map((one) => ({
            ...one,
            policy: readPolicy(args.users.map(({ bucket }) => bucket)),
          })),
        ],
      },
      {
        ...child,
        // Before it has started again, it doesn't know the root user's new password.
        dependsOn: [server],
      },
    );
    this.registerOutputs({ url: this.url });
  }

  #service(name: string, namespace: pulumi.Input<string>): void {
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
      { parent: this },
    );
  }
}

function container(args: MinioArgs, tls: ServerTls) {
  const health = (word: string) => ({ httpGet: { path: `/minio/health/${word}`, port: "s3", ...tls.probe } });
  return hardenedContainer({
    name: part,
    image: args.image ?? images.minio.ref,
    command: ["minio"],
    args: [
      "server",
      "/data",
      // Its log as lines of JSON.
      "--json",
      "--address",
      `:${s3}`,
      "--console-address",
      `:${console}`,
      ...(tls.scheme === "https" ? ["--certs-dir", tlsFolder] : []),
    ],
    env: [
      { name: "MINIO_ROOT_USER_FILE", value: `${rootFolder}/user` },
      { name: "MINIO_ROOT_PASSWORD_FILE", value: `${rootFolder}/password` },
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
    ...probes(health("ready"), { startSeconds: 120, live: health("live") }),
    volumeMounts: [
      { name: dataVolumeName, mountPath: "/data" },
      tmpMount,
      { name: "root", mountPath: rootFolder, readOnly: true },
      ...tls.volumeMounts,
    ],
  });
}
