// The console as a running server: the shared cache, the API and the pages, and an endpoint of its own for Kubernetes.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Client } from "@agentic/kube/client/client.ts";
import type { Connection } from "@agentic/kube/connection/connection.ts";
import { listen, secure, serve } from "@agentic/kube/serving/server.ts";
import { getRequestListener } from "@hono/node-server";
import type { Logger } from "pino";
import { Registry } from "prom-client";
import { createApp } from "./app.ts";
import { openStore } from "./artifacts/store.ts";
import type { Config } from "./config.ts";
import { Metrics } from "./metrics.ts";
import { Visitors } from "./sessions/visitors.ts";
import { Board } from "./workloads/board.ts";

export interface RunningConsole {
  port: number;
  checksPort: number;
  /** Resolves once the first lists are complete. */
  synced: Promise<unknown>;
  stop(): Promise<void>;
}

/** Starts it; `connection` is the console's own, which may list and watch workloads and their runs. */
export async function startConsole(config: Config, connection: Connection, log: Logger): Promise<RunningConsole> {
  const end = new AbortController();
  const client = new Client(connection, { userAgent: "agentic-console", connections: 2, watchSilenceMs: 75_000 });
  const board = new Board(client, (error) => log.warn({ error: error.message }, "the API server doesn't answer"));
  const visitors = new Visitors(connection);
  const registry = new Registry();
  const metrics = new Metrics(registry, board);
  const app = createApp({ config, log, board, visitors, metrics, ...openStore(config.store) });
  const running = board.run(end.signal);
  const listener = getRequestListener((request, env) => app.fetch(request, env), { overrideGlobalObjects: false });
  const answer = (...args: Parameters<typeof listener>) => void listener(...args);
  const web = config.tlsDir
    ? secure({ folder: config.tlsDir, log }, answer)
    : { server: createServer(answer), end: () => {} };
  await listen(web.server, config.port);
  const checks = await serve(config.checksPort, registry, {
    health: () => undefined,
    ready: () => (board.hasSynced ? undefined : "the first list of workloads isn't complete"),
    ...(config.tlsDir ? { tls: { folder: config.tlsDir, log } } : {}),
  });
  return {
    port: (web.server.address() as AddressInfo).port,
    checksPort: checks.port,
    synced: board.synced,
    async stop() {
      end.abort();
      web.end();
      await new Promise<void>((resolve) => {
        web.server.close(() => resolve());
        web.server.closeAllConnections();
      });
      await Promise.all([checks.close(), visitors.stop(), client.destroy(), running]);
    },
  };
}
