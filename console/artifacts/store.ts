// Reads objects of the store with the console's own identity, which may read and nothing else.
import { parseS3Uri } from "@agentic/api/artifacts.ts";
import { AwsClient } from "aws4fetch";
import type { StoreConfig } from "../config.ts";
import { Refusal } from "../http/errors.ts";

const TIMEOUT_MS = 30_000;
/** Where a pod on Google Cloud asks for a token of its own identity. Source: https://cloud.google.com/compute/docs/metadata */
const GOOGLE_TOKEN = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token";

/** Reads one object by its `s3://` URI. */
export type ReadObject = (uri: string) => Promise<Response>;

/** The answer is a success; throws a refusal where the object isn't there, or the store doesn't answer. */
export function objectReader(config: StoreConfig | undefined): ReadObject {
  if (!config)
    return async () => {
      throw new Refusal(503, "unavailable", "this console knows no object store: artifacts can't be shown");
    };
  const { accessKey: accessKeyId, secretKey: secretAccessKey } = config;
  const isGoogle = config.url.startsWith("gs:");
  const base = isGoogle ? config.url.replace(/^gs:/, "https:") : config.url;
  const aws = new AwsClient({ accessKeyId, secretAccessKey, service: "s3", region: "us-east-1", retries: 2 });
  const token = googleToken();
  return async (uri) => {
    const { bucket, key } = parseS3Uri(uri);
    const address = `${base}/${bucket}/${key.split("/").map(encodeURIComponent).join("/")}`;
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const answer = await (isGoogle
      ? fetch(address, { headers: { authorization: `Bearer ${await token()}` }, signal })
      : aws.fetch(address, { signal })
    ).catch((error: Error) => {
      throw new Refusal(503, "unavailable", `the object store doesn't answer: ${reasonOf(error)}`);
    });
    if (answer.ok) return answer;
    await answer.body?.cancel();
    if (answer.status === 404)
      throw new Refusal(404, "not-found", "the object isn't in the store: it may have been kept long enough");
    throw new Refusal(503, "unavailable", `the object store answers ${answer.status}`);
  };
}

/** fetch says no more than that it failed; what happened is its cause. */
const reasonOf = ({ message, cause }: Error): string => (cause instanceof Error ? cause.message : message);

function googleToken(): () => Promise<string> {
  let known: { token: string; end: number } | undefined;
  return async () => {
    if (known && known.end > Date.now() + 60_000) return known.token;
    const answer = await fetch(GOOGLE_TOKEN, {
      headers: { "metadata-flavor": "Google" },
      signal: AbortSignal.timeout(5_000),
    });
    if (!answer.ok) throw new Error(`the metadata server answers ${answer.status}`);
    const { access_token, expires_in } = (await answer.json()) as { access_token: string; expires_in: number };
    known = { token: access_token, end: Date.now() + expires_in * 1000 };
    return access_token;
  };
}
