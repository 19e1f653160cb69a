// An object store for tests of the agents: as much of S3 as they use, in memory.
import { listen, type Running } from "./services.ts";

/** As much of S3 as the agents use, in memory; it can be made to fail, which a real one can't on command. */
export async function startObjectStore(): Promise<
  Running & { objects: Map<string, Buffer>; fail(status: number | undefined): void }
> {
  const objects = new Map<string, Buffer>();
  let failing: number | undefined;
  const running = await listen((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { pathname, searchParams: query } = new URL(request.url ?? "", "http://store");
      const key = decodeURIComponent(pathname.slice(1));
      const error = (status: number, code: string) => {
        response.writeHead(status, { "content-type": "application/xml" });
        response.end(request.method === "HEAD" ? "" : `<Error><Code>${code}</Code><Message>${code}</Message></Error>`);
      };
      if (failing === 403) return error(403, "AccessDenied");
      if (failing) return error(failing, "ServiceUnavailable");
      if (!request.headers.authorization?.includes("Credential=agent/")) return error(403, "InvalidAccessKeyId");
      if (key.startsWith("no-such-bucket/")) return error(404, "NoSuchBucket");
      if (query.get("list-type") === "2") {
        response.writeHead(200, { "content-type": "application/xml" });
        return response.end(listOf(objects, key, query));
      }
      const object = objects.get(key);
      if (request.method === "PUT") {
        objects.set(key, decodeChunked(Buffer.concat(chunks), request.headers["content-encoding"] ?? ""));
        return response.writeHead(200, { etag: '"x"' }).end();
      }
      if (!object) return error(404, "NoSuchKey");
      response.writeHead(200, { "content-length": object.length });
      return response.end(request.method === "HEAD" ? undefined : object);
    });
  });
  return {
    ...running,
    objects,
    fail: (status) => {
      failing = status;
    },
  };
}

/** Objects on a page of a list; S3 has a thousand. */
const PAGE = 3;

/** A page of the bucket's objects with a prefix, as S3 answers ListObjectsV2 with `encoding-type=url`. */
function listOf(objects: ReadonlyMap<string, Buffer>, bucket: string, query: URLSearchParams): string {
  const from = Number(query.get("continuation-token") ?? "0");
  const found = [...objects]
    .filter(([key]) => key.startsWith(`${bucket}/${query.get("prefix") ?? ""}`))
    .sort(([one], [other]) => (one < other ? -1 : 1));
  const contents = found.slice(from, from + PAGE).map(([key, { length }]) => {
    const name = key
      .slice(bucket.length + 1)
      .split("/")
      .map(encodeURIComponent)
      .join("/");
    return `<Contents><Key>${name}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><Size>${length}</Size></Contents>`;
  });
  const isCut = from + PAGE < found.length;
  const next = isCut ? `<NextContinuationToken>${from + PAGE}</NextContinuationToken>` : "";
  return `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>${isCut}</IsTruncated>${next}${contents.join("")}</ListBucketResult>`;
}

/** The SDK sends bodies as signed chunks with a checksum behind them. */
function decodeChunked(body: Buffer, encoding: string): Buffer {
  if (!encoding.includes("aws-chunked")) return body;
  const parts: Buffer[] = [];
  for (let position = 0; ; ) {
    const end = body.indexOf("\r\n", position);
    const size = Number.parseInt(body.subarray(position, end).toString(), 16);
    if (!size) return Buffer.concat(parts);
    parts.push(body.subarray(end + 2, end + 2 + size));
    position = end + 2 + size + 2;
  }
}
