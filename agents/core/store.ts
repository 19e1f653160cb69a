// Reads and writes the job's artifacts in an object store with S3's API.
import { createHash } from "node:crypto";
import { ARTIFACTS, type ManifestEntry, parseS3Uri, s3Uri } from "@agentic/api/artifacts.ts";
import { GetObjectCommand, PutObjectCommand, S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { readSecret, type Settings } from "./config.ts";
import { CredentialsError, PermanentError } from "./errors.ts";
import { googleEndpoint, isGoogle, podToken, tokenSigner } from "./google.ts";
import { type RetryOptions, retry } from "./retry.ts";
import { traced } from "./traced.ts";
import { authorityFor } from "./trust.ts";

export { ARTIFACTS };

/** An object that was written. */
export type Stored = Omit<ManifestEntry, "name">;

/** The job's objects. Every call is retried while the store is unavailable. */
export interface ArtifactStore {
  /** Writes an object at a key below the job's prefix. */
  put(key: string, body: string | Uint8Array, contentType: string): Promise<Stored>;
  /** The bytes of the object at an `s3://` URI. */
  get(uri: string): Promise<Uint8Array>;
}

/** `sha256:` and the hex digest. */
export function digestOf(bytes: string | Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** URLs of Google's metadata server and of Cloud Storage, for tests. */
export interface GoogleHosts {
  metadata?: string;
  storage?: string;
}

/**
 * The store of `settings.objectStoreUrl`: for `http(s)://` S3 with the keys of the Secret "object-store", for `gs://` Cloud
 * Storage with the pod's identity instead of keys.
 */
export function artifactStore(
  settings: Settings,
  retries: Pick<RetryOptions, "signal" | "onRetry" | "withinMs">,
  hosts: GoogleHosts = {},
): ArtifactStore {
  const { bucket, prefix, objectStoreUrl } = settings;
  const google = isGoogle(objectStoreUrl);
  const ca = google ? undefined : authorityFor(settings, objectStoreUrl);
  const client = new S3Client({
    ...(google ? googleAccess(objectStoreUrl, hosts) : keyAccess(settings)),
    forcePathStyle: true,
    // retry() below replaces the SDK's retries: it has jitter and a time limit, and logs each retry.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: 3_000,
      requestTimeout: 30_000,
      throwOnRequestTimeout: true,
      ...(ca ? { httpsAgent: { ca, keepAlive: true } } : {}),
    },
  });
  async function call<T>(what: string, uri: string, action: () => Promise<T>): Promise<T> {
    try {
      const { bucket: of, key } = parseS3Uri(uri);
      const attributes = { "aws.s3.bucket": of, "aws.s3.key": key };
      return await traced(`object store: ${what}`, { attributes, isCall: true }, () =>
        retry(action, { ...retries, what: `${what} ${uri}` }),
      );
    } catch (error) {
      const code = (error as Error).name;
      const hasWrongKey = ["InvalidAccessKeyId", "SignatureDoesNotMatch"].includes(code);
      if (hasWrongKey || code === "AccessDenied")
        throw new (hasWrongKey ? CredentialsError : PermanentError)(
          `${what} ${uri}: the object store refused (${code}): check ${google ? "the bucket's IAM bindings and their prefixes" : 'the Secret "object-store"'}`,
        );
      if (code === "NoSuchBucket")
        throw new PermanentError(`${what} ${uri}: bucket "${bucket}" does not exist on ${objectStoreUrl}`);
      throw error;
    }
  }
  return {
    async put(key, body, contentType) {
      const bytes = typeof body === "string" ? Buffer.from(body) : body;
      const path = `${prefix}/${key}`;
      const uri = s3Uri(bucket, ...path.split("/"));
      await call("put", uri, () =>
        client.send(new PutObjectCommand({ Bucket: bucket, Key: path, Body: bytes, ContentType: contentType })),
      );
      return { uri, digest: digestOf(bytes), bytes: bytes.byteLength };
    },
    async get(uri) {
      const { bucket: from, key } = parseS3Uri(uri);
      return await call("get", uri, async () => {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: from, Key: key }));
        if (!Body) throw new PermanentError(`${uri} has no body`);
        return await Body.transformToByteArray();
      });
    },
  };
}

function keyAccess(settings: Settings): S3ClientConfig {
  return {
    endpoint: settings.objectStoreUrl,
    region: "us-east-1",
    credentials: {
      accessKeyId: readSecret(settings, "objectStore", "access-key"),
      secretAccessKey: readSecret(settings, "objectStore", "secret-key"),
    },
  };
}

function googleAccess(objectStoreUrl: string, { metadata, storage }: GoogleHosts): S3ClientConfig {
  return {
    endpoint: storage ?? googleEndpoint(objectStoreUrl),
    region: "auto",
    // Never used, because the signer sends a token.
    credentials: { accessKeyId: "none", secretAccessKey: "none" },
    signer: tokenSigner(podToken(metadata)) as S3ClientConfig["signer"],
    // Google doesn't support Amazon's checksums in headers and trailers.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  };
}
