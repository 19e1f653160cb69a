// A program's HTTP endpoint for Kubernetes and Prometheus, /healthz, /readyz and /metrics, and TLS servers whose certificates are renewed.
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { type KeyPair, readKeyPair, watchKeyPair } from "./key-pair.ts";

/** What is read of prom-client's registry. */
export interface MetricsRegistry {
  contentType: string;
  metrics(): Promise<string>;
}

export interface Checks {
  /** Undefined while the process works, else what hangs. */
  health: () => string | undefined;
  /** Undefined once the replica could lead, else what is missing. */
  ready: () => string | undefined;
  /** Folder of the certificate for https, which is read again when it changes; without it, http. */
  tls?: TlsOptions;
}

export interface TlsOptions {
  folder: string;
  interval?: number;
  log: Record<"info" | "warn", (fields: object, message: string) => void>;
  /** Called with each certificate that is used from now on. */
  loaded?: (pair: KeyPair) => void;
}

export interface ChecksServer {
  port: number;
  close(): Promise<void>;
}

/** Listens on the port (0: any free one). */
export async function serve(port: number, registry: MetricsRegistry, checks: Checks): Promise<ChecksServer> {
  const answerTo: RequestListener = async (request, response) => {
    const answer = (code: number, text: string, type = "text/plain; charset=utf-8") => {
      response.writeHead(code, { "content-type": type }).end(text);
    };
    const check = (problem: string | undefined) => answer(problem ? 503 : 200, problem ? `${problem}\n` : "ok\n");
    const path = request.url?.split("?")[0];
    if (request.method !== "GET" && request.method !== "HEAD") answer(405, "only GET and HEAD are allowed\n");
    else if (path === "/healthz") check(checks.health());
    else if (path === "/readyz") check(checks.ready());
    else if (path === "/metrics") answer(200, await registry.metrics(), registry.contentType);
    else answer(404, "not found; the paths are /healthz, /readyz and /metrics\n");
  };
  const { server, end } = checks.tls ? secure(checks.tls, answerTo) : { server: createServer(answerTo), end: () => {} };
  await listen(server, port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        end();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A TLS server that uses a new certificate for the connections after it. */
export function secure({ folder, interval, log, loaded }: TlsOptions, answer: RequestListener) {
  const first = readKeyPair(folder);
  const server = createTlsServer({ ...first, minVersion: "TLSv1.2" }, answer);
  loaded?.(first);
  const end = watchKeyPair(folder, {
    interval,
    changed: (pair) => {
      server.setSecureContext({ ...pair, minVersion: "TLSv1.2" });
      loaded?.(pair);
      log.info({ folder }, "using the new certificate");
    },
    failed: (error) =>
      log.warn({ folder, error: error.message }, "cannot read the new certificate; keeping the old one"),
  });
  return { server, end };
}

export function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
