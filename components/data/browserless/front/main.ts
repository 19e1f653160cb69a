// Starts the front of the browser service with what the pod's environment says.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createFront } from "./front.ts";

function read(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`the variable ${name} must be set`);
  return value;
}

const secret = (name: string) => readFileSync(join(read("SECRETS"), name), "utf8");
const url = new URL(read("BROWSER_URL"));
url.searchParams.set("token", secret("token"));
const { server, metrics } = createFront({
  tokens: JSON.parse(secret("tokens.json")),
  browserUrl: url.href,
  memory: { limit: Number(read("BROWSER_MEMORY")), ended: read("ENDED_BROWSERS") },
  concurrency: Number(read("CONCURRENCY")),
  tenantConcurrency: Number(read("TENANT_CONCURRENCY")),
  queue: Number(read("QUEUE")),
  // The image's own, of the package that talks to Chromium there.
  ws: createRequire(read("WS_OF"))("ws"),
});
server.listen(Number(read("PORT")));
metrics.listen(Number(read("METRICS_PORT")));
// Sessions go on to their end, after which nothing keeps the process.
process.once("SIGTERM", () => {
  server.close();
  metrics.close();
});
