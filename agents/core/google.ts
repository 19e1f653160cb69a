// The pod's identity at Google: tokens of its Kubernetes service account, and a signer by which the S3 client sends them.
//
// Cloud Storage's XML API accepts S3's requests with an OAuth token instead of a signature. On GKE the metadata server
// gives every pod a token of its own service account (Workload Identity), so that there is no key to steal.
import { TransientError } from "./errors.ts";

/** Scheme of the object store's URL for Cloud Storage with the pod's identity. */
const SCHEME = "gs:";

/** Milliseconds before its expiry at which a token is renewed. */
const RENEW_BEFORE_MS = 120_000;

const METADATA = "http://metadata.google.internal";
const TOKEN_PATH = "/computeMetadata/v1/instance/service-accounts/default/token";

/** Whether the object store is Cloud Storage with the pod's identity: `gs://storage.googleapis.com`. */
export function isGoogle(objectStoreUrl: string): boolean {
  return new URL(objectStoreUrl).protocol === SCHEME;
}

/** The URL of such an object store's XML API. */
export function googleEndpoint(objectStoreUrl: string): string {
  return `https://${new URL(objectStoreUrl).host}`;
}

/** A function that returns the pod's token, and fetches it only once while it is valid. Tests set `metadata`, the metadata server's URL. */
export function podToken(metadata = METADATA, now: () => number = Date.now): () => Promise<string> {
  let cached: { fetched: ReturnType<typeof fetchToken>; until: number } | undefined;
  return async () => {
    // Calls during a fetch wait for that fetch; a failure is not cached.
    if (!cached || now() >= cached.until) cached = { fetched: fetchToken(metadata), until: Number.POSITIVE_INFINITY };
    const current = cached;
    try {
      const { token, validMs } = await current.fetched;
      if (current.until === Number.POSITIVE_INFINITY) current.until = now() + Math.max(0, validMs - RENEW_BEFORE_MS);
      return token;
    } catch (error) {
      if (cached === current) cached = undefined;
      throw error;
    }
  };
}

/** Fetches a token. Until the metadata server knows a new pod, it answers 404 or not at all. */
async function fetchToken(metadata: string): Promise<{ token: string; validMs: number }> {
  let response: Response;
  try {
    response = await fetch(`${metadata}${TOKEN_PATH}`, {
      headers: { "Metadata-Flavor": "Google" },
      redirect: "error",
      signal: AbortSignal.timeout(10_000),
    });
  } catch (error) {
    throw new TransientError(`Google's metadata server doesn't answer: ${(error as Error).message}`);
  }
  if (!response.ok) throw new TransientError(`Google's metadata server gives no token: status ${response.status}`);
  const { access_token: token, expires_in: seconds } = (await response.json()) as Record<string, unknown>;
  if (typeof token !== "string" || typeof seconds !== "number")
    throw new TransientError("Google's metadata server gives no token: its answer lacks access_token or expires_in");
  return { token, validMs: seconds * 1000 };
}

/** The fields of a request that a signer changes. */
interface Signable {
  headers: Record<string, string>;
  query?: Record<string, unknown>;
}

/** A signer for the S3 client that sends a token, and removes the headers that only Amazon understands. */
export function tokenSigner(token: () => Promise<string>) {
  return {
    async sign<T extends Signable>(request: T): Promise<T> {
      const headers = Object.fromEntries(
        Object.entries(request.headers).filter(([name]) => !/^(x-amz-|amz-sdk-)/i.test(name)),
      );
      request.headers = { ...headers, authorization: `Bearer ${await token()}` };
      // The SDK adds this parameter for Amazon's logs.
      if (request.query) delete request.query["x-id"];
      return request;
    },
  };
}
