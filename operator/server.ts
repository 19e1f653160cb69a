// The operator's own HTTP endpoint: /healthz, /readyz, /metrics.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";

export interface Checks {
  /** Undefined while the process does its work, else what hangs. */
  health: () => string | undefined;
  /** Undefined once the replica could take over, else what is missing. */
  ready: () => string | undefined;
}

export interface OperatorServer {
  port: number;
  close(): Promise<void>;
}

/** Listens on the port (0: any free one). */
export async function serve(port: number, registry: Registry, checks: Checks): Promise<OperatorServer> {
  const server = createServer(async (request, response) => {
    const answer = (code: number, text: string, type = "text/plain; charset=utf-8") => {
      response.writeHead(code, { "content-type": type }).end(text);
    };
    const check = (problem: string | undefined) => answer(problem ? 503 : 200, problem ? `${problem}\n` : "ok\n");
    const path = request.url?.split("?")[0];
    if (request.method !== "GET" && request.method !== "HEAD") answer(405, "only GET\n");
    else if (path === "/healthz") check(checks.health());
    else if (path === "/readyz") check(checks.ready());
    else if (path === "/metrics") answer(200, await registry.metrics(), registry.contentType);
    else answer(404, "there is /healthz, /readyz and /metrics\n");
  });
  await listen(server, port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
