// Reads objects of the store with the console's own identity, which may read and nothing else.
import { parseS3Uri, s3Uri } from "@agentic/api/artifacts.ts";
import { AwsClient } from "aws4fetch";
import { SaxesParser } from "saxes";
import type { StoreConfig } from "../config.ts";
import { Refusal } from "../http/errors.ts";

const TIMEOUT_MS = 30_000;
/** Where a pod on Google Cloud asks for a token of its own identity. Source: https://cloud.google.com/compute/docs/metadata */
const GOOGLE_TOKEN = "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token";

/** The most pages of a thousand objects that are listed. */
const MAX_PAGES = 10;

/** Reads one object by its `s3://` URI: a success, or a refusal where it isn't there or the store doesn't answer. */
export type ReadObject = (uri: string) => Promise<Response>;

/** The objects whose `s3://` URI begins so, by their names; the first ten thousand of more. */
export type ListObjects = (prefix: string) => Promise<StoredObject[]>;

export interface StoredObject {
  uri: string;
  bytes: number;
  /** When it was last written, RFC 3339. */
  at: string;
}

export interface ObjectStore {
  read: ReadObject;
  list: ListObjects;
}

export function openStore(config: StoreConfig | undefined): ObjectStore {
  if (!config)
    return {
      read: async () => {
        throw new Refusal(503, "unavailable", "this console knows no object store: artifacts can't be shown");
      },
      list: async () => [],
    };
  const { accessKey: accessKeyId, secretKey: secretAccessKey } = config;
  const isGoogle = config.url.startsWith("gs:");
  const base = isGoogle ? config.url.replace(/^gs:/, "https:") : config.url;
  const aws = new AwsClient({ accessKeyId, secretAccessKey, service: "s3", region: "us-east-1", retries: 2 });
  const token = googleToken();
  const ask = async (address: string): Promise<Response> => {
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
  return {
    read: async (uri) => {
      const { bucket, key } = parseS3Uri(uri);
      return await ask(`${base}/${bucket}/${key.split("/").map(encodeURIComponent).join("/")}`);
    },
    list: async (prefix) => {
      const { bucket, key } = parseS3Uri(prefix);
      const found: StoredObject[] = [];
      let next: string | undefined;
      for (let page = 0; page < MAX_PAGES; page++) {
        const query = new URLSearchParams({ "list-type": "2", "encoding-type": "url", prefix: key });
        if (next !== undefined) query.set("continuation-token", next);
        const answer = await ask(`${base}/${bucket}?${query}`);
        const { objects, more } = listed(await answer.text());
        found.push(...objects.map(({ name, ...rest }) => ({ uri: s3Uri(bucket, name), ...rest })));
        next = more;
        if (next === undefined) break;
      }
      return found;
    },
  };
}

/** A page of a list. Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html#API_ListObjectsV2_ResponseSyntax */
function listed(xml: string): { objects: { name: string; bytes: number; at: string }[]; more: string | undefined } {
  const objects: { name: string; bytes: number; at: string }[] = [];
  let object: Record<string, string> = {};
  let more: string | undefined;
  let text = "";
  const parser = new SaxesParser({ position: false });
  parser.on("error", (error) => {
    throw new Refusal(503, "unavailable", `the object store answers with no list: ${error.message}`);
  });
  parser.on("opentag", ({ name }) => {
    text = "";
    if (name === "Contents") object = {};
  });
  parser.on("text", (more) => {
    text += more;
  });
  parser.on("closetag", ({ name }) => {
    object[name] = text;
    if (name === "NextContinuationToken") more = text;
    if (name !== "Contents") return;
    const { Key = "", Size, LastModified: at = "" } = object;
    objects.push({ name: decodeURIComponent(Key.replaceAll("+", " ")), bytes: Number(Size), at });
  });
  parser.write(xml).close();
  return { objects, more };
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
