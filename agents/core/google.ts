// The pod's own identity at Google: tokens of its Kubernetes service account, and how an S3 client shows them.
//
// Cloud Storage's XML API takes S3's requests with an OAuth token in the place of a signature. On GKE the metadata server
// gives every pod the token of its own service account (Workload Identity): there is no key to keep, nor to steal.
import { TransientError } from "./errors.ts";

/** Scheme of an object store's URL that means Cloud Storage with the pod's own identity. */
const SCHEME = "gs:";

/** A token is fetched again this long before it ends, in ms. */
const EARLY = 120_000;

const METADATA = "http://metadata.google.internal";
const TOKEN_PATH = "/computeMetadata/v1/instance/service-accounts/default/token";

/** Whether an object store is reached with the pod's own identity: `gs://storage.googleapis.com`. */
export function isGoogle(objectStoreUrl: string): boolean {
  return new URL(objectStoreUrl).protocol === SCHEME;
}

/** Where the XML API of such an object store is. */
export function googleEndpoint(objectStoreUrl: string): string {
  return `https://${new URL(objectStoreUrl).host}`;
}

/** Gives the pod's token; fetched once for as long as it lasts, however many ask. `metadata` is for tests. */
export function podToken(metadata = METADATA, now: () => number = Date.now): () => Promise<string> {
  let kept: { fetched: ReturnType<typeof fetchToken>; until: number } | undefined;
  return async () => {
    // Whoever asks while it is under way waits for the same one; a failure is not kept.
    if (!kept || now() >= kept.until) kept = { fetched: fetchToken(metadata), until: Number.POSITIVE_INFINITY };
    const mine = kept;
    try {
      const { token, lasts } = await mine.fetched;
      if (mine.until === Number.POSITIVE_INFINITY) mine.until = now() + Math.max(0, lasts - EARLY);
      return token;
    } catch (error) {
      if (kept === mine) kept = undefined;
      throw error;
    }
  };
}

/** Asks the metadata server; `lasts` is in ms. It answers 404 or not at all while a new pod isn't known to it yet. */
async function fetchToken(metadata: string): Promise<{ token: string; lasts: number }> {
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
    throw new TransientError("Google's metadata server gives no token: its answer has none");
  return { token, lasts: seconds * 1000 };
}

/** The parts of a request that a signer changes. */
interface Signable {
  headers: Record<string, string>;
  query?: Record<string, unknown>;
}

/** A signer for S3's client that shows a token, and takes out what only Amazon understands. */
export function tokenSigner(token: () => Promise<string>) {
  return {
    async sign<T extends Signable>(request: T): Promise<T> {
      const headers = Object.fromEntries(
        Object.entries(request.headers).filter(([name]) => !/^(x-amz-|amz-sdk-)/i.test(name)),
      );
      request.headers = { ...headers, authorization: `Bearer ${await token()}` };
      // The SDK names its operation to Amazon's logs by it.
      if (request.query) delete request.query["x-id"];
      return request;
    },
  };
}
