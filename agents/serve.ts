// A static web server for sample sites: serves one folder, writes one JSON line per request to stdout.
import { readFile, realpath } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { extname, join, resolve, sep } from "node:path";

const types: Record<string, string> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".jpg": "image/jpeg",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
};

/** One request as it is logged. */
export interface AccessLogEntry {
  time: string;
  method: string;
  path: string;
  status: number;
  bytes: number;
  userAgent: string;
}

/**
 * A server of the files below `root`; `/` is `index.html`. Requests for `/healthz` are answered but not logged.
 * A mounted ConfigMap consists of symbolic links, so a file may be a link, but only to a file below the root.
 */
export function siteServer(root: string, log: (entry: AccessLogEntry) => void): Server {
  return createServer(async (request, response) => {
    const path = (request.url ?? "/").replace(/[?#].*$/s, "");
    const [status, body, type] = await answer(root, request.method ?? "GET", path);
    response.writeHead(status, { "content-type": type, "content-length": body.length });
    response.end(request.method === "HEAD" ? undefined : body);
    if (path !== "/healthz")
      log({
        time: new Date().toISOString(),
        method: request.method ?? "",
        path,
        status,
        bytes: body.length,
        userAgent: request.headers["user-agent"] ?? "",
      });
  });
}

async function answer(root: string, method: string, path: string): Promise<[number, Buffer, string]> {
  const text = (status: number, message: string): [number, Buffer, string] => [
    status,
    Buffer.from(`${message}\n`),
    "text/plain",
  ];
  if (method !== "GET" && method !== "HEAD") return text(405, "Only GET and HEAD are served here");
  if (path === "/healthz") return text(200, "ok");
  try {
    const base = await realpath(root);
    const requested = resolve(join(base, decodeURIComponent(path.endsWith("/") ? `${path}index.html` : path)));
    const file = await realpath(requested);
    if (!file.startsWith(base + sep)) return text(404, "Not found");
    return [200, await readFile(file), types[extname(requested)] ?? "application/octet-stream"];
  } catch {
    return text(404, "Not found");
  }
}

if (import.meta.main) {
  const [root, port = "8080"] = process.argv.slice(2);
  if (!root || !/^\d+$/.test(port)) {
    console.error("usage: serve.ts <folder> [port]");
    process.exit(2);
  }
  const server = siteServer(root, (entry) => process.stdout.write(`${JSON.stringify(entry)}\n`));
  server.listen(Number(port));
  process.on("SIGTERM", () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  });
}
