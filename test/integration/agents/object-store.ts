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
      const key = decodeURIComponent((request.url ?? "").replace(/\?.*/, "").slice(1));
      const error = (status: number, code: string) => {
        response.writeHead(status, { "content-type": "application/xml" });
        response.end(request.method === "HEAD" ? "" : `<Error><Code>${code}</Code><Message>${code}</Message></Error>`);
      };
      if (failing === 403) return error(403, "AccessDenied");
      if (failing) return error(failing, "ServiceUnavailable");
      if (!request.headers.authorization?.includes("Credential=agent/")) return error(403, "InvalidAccessKeyId");
      if (key.startsWith("no-such-bucket/")) return error(404, "NoSuchBucket");
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
