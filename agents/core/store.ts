// The job's artifacts in an object store: any that speaks S3.
import { ARTIFACTS, s3Uri } from "@agentic/api/artifacts.ts";
import {
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from "@aws-sdk/client-s3";
import { readSecret, type Settings } from "./config.ts";
import { describe, PermanentError } from "./errors.ts";
import { googleEndpoint, isGoogle, podToken, tokenSigner } from "./google.ts";
import { type RetryOptions, retry } from "./retry.ts";
import { authorityFor } from "./trust.ts";

export { ARTIFACTS };

/** Objects below the job's prefix; every call is tried again while the store is away. */
export interface ArtifactStore {
  /** Writes an object and returns its `s3://` URI. */
  put(name: string, body: string | Uint8Array, contentType: string): Promise<string>;
  getJson<T>(name: string): Promise<T>;
  getBytes(name: string): Promise<Uint8Array>;
  has(name: string): Promise<boolean>;
  uri(name: string): string;
}

/** Where Google's services are, for tests: the metadata server and Cloud Storage. */
export interface GoogleHosts {
  metadata?: string;
  storage?: string;
}

/**
 * The store of `settings.objectStoreUrl`. `http(s)://` is S3 with the keys of the Secret "object-store", `gs://` Cloud
 * Storage with the pod's own identity and no key at all.
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
    // Retries are ours: with jitter, a time limit, and a line in the log.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: 3_000,
      requestTimeout: 30_000,
      throwOnRequestTimeout: true,
      ...(ca ? { httpsAgent: { ca, keepAlive: true } } : {}),
    },
  });
  const key = (name: string) => `${prefix}/${name}`;
  const uri = (name: string) => s3Uri(bucket, ...key(name).split("/"));
  async function call<T>(what: string, name: string, action: () => Promise<T>): Promise<T> {
    try {
      return await retry(action, { ...retries, what: `${what} ${uri(name)}` });
    } catch (error) {
      const code = (error as Error).name;
      if (["AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch"].includes(code))
        throw new PermanentError(
          `${what} ${uri(name)}: the object store refused (${code}): check ${google ? "the bucket's IAM bindings and their prefixes" : 'the Secret "object-store"'}`,
        );
      if (code === "NoSuchBucket")
        throw new PermanentError(`${what} ${uri(name)}: bucket "${bucket}" does not exist on ${objectStoreUrl}`);
      throw error;
    }
  }
  async function getBytes(name: string): Promise<Uint8Array> {
    return await call("get", name, async () => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key(name) }));
      if (!Body) throw new PermanentError(`${uri(name)} has no body`);
      return await Body.transformToByteArray();
    });
  }
  return {
    uri,
    getBytes,
    async put(name, body, contentType) {
      await call("put", name, () =>
        client.send(new PutObjectCommand({ Bucket: bucket, Key: key(name), Body: body, ContentType: contentType })),
      );
      return uri(name);
    },
    async getJson<T>(name: string): Promise<T> {
      const bytes = await getBytes(name);
      try {
        return JSON.parse(new TextDecoder().decode(bytes)) as T;
      } catch (error) {
        throw new PermanentError(`${uri(name)} is no JSON: ${describe(error)}`);
      }
    },
    async has(name) {
      try {
        await call("look for", name, () => client.send(new HeadObjectCommand({ Bucket: bucket, Key: key(name) })));
        return true;
      } catch (error) {
        const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
        // Cloud Storage tells whether an object is missing only to who may list them all; a write shows real refusals.
        if (status === 404 || (google && status === 403)) return false;
        throw error;
      }
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
    // Never used: the signer shows a token.
    credentials: { accessKeyId: "none", secretAccessKey: "none" },
    signer: tokenSigner(podToken(metadata)) as S3ClientConfig["signer"],
    // Amazon's checksums in headers and trailers aren't Google's.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  };
}
