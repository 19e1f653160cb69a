// The built pages: files with hashed names for ever, everything else anew; a path without a file is the page itself.
import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import type { MiddlewareHandler } from "hono";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
};
/** As Vite names files by their content. */
const HASHED = /-[\w-]{8,}\.\w+$/;

interface Page {
  bytes: Uint8Array<ArrayBuffer>;
  headers: Record<string, string>;
}

/** Serves the folder's files from memory; what isn't in it when the console starts isn't there. */
export function pages(folder: string): MiddlewareHandler {
  const files = new Map<string, Page>();
  for (const entry of globSync("**/*", { cwd: folder, withFileTypes: true })) {
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || !type) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = new Uint8Array(readFileSync(path));
    const etag = `"${createHash("sha256").update(bytes).digest("base64url")}"`;
    const cache = HASHED.test(entry.name) ? "public, max-age=31536000, immutable" : "no-cache";
    files.set(path.slice(folder.length).replace(/^\/?/, "/"), {
      bytes,
      headers: { "content-type": type, etag, "cache-control": cache },
    });
  }
  return async (c, next) => {
    if (c.req.path.startsWith("/api/") || (c.req.method !== "GET" && c.req.method !== "HEAD")) return await next();
    const page = files.get(c.req.path) ?? (extname(c.req.path) === "" ? files.get("/index.html") : undefined);
    if (!page) return await next();
    if (c.req.header("if-none-match") === page.headers.etag) return c.body(null, 304, page.headers);
    return c.body(page.bytes, 200, page.headers);
  };
}
