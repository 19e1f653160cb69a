// Starts and stops the receiver and its two servers.
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { eventSubmitter, RECEIVER_ACCOUNT } from "@agentic/api/webhook.ts";
import { connect } from "@agentic/kube/connection/connect.ts";
import type { Connection } from "@agentic/kube/connection/connection.ts";
import type { PastSpanSender } from "@agentic/tracing/past-sender.ts";
import { openLog } from "@agentic/tracing/program-log.ts";
import type { Logger } from "pino";
import { Cluster } from "./cluster.ts";
import type { Config } from "./config.ts";
import { createMetrics, type Metrics, metricsServer } from "./metrics.ts";
import { Tokens } from "./tokens.ts";
import { webhookServer } from "./webhook.ts";

/** A running receiver. */
export interface Receiver {
  port: number;
  metricsPort: number;
  /** Becomes unready, answers for `drainSeconds` more, finishes open requests and ends. */
  stop(): Promise<void>;
}

/** Starts the receiver; `connection` stands in for the pod's service account. Rejects where a tenant's token can't be used. */
export async function startReceiver(config: Config, connection?: Connection): Promise<Receiver> {
  const { log, close } = await openLog({ program: "receiver", level: config.logLevel });
  const cluster = new Cluster(connection ?? (await connect()), config.namespace);
  const tokens = new Tokens(config.tokens);
  await tokens.check();
  const metrics = createMetrics();
  let ending = false;
  const { unsigned, maxBodyBytes, tracesPercent: percent } = config;
  const submittedBy = eventSubmitter(RECEIVER_ACCOUNT, config.namespace);
  const spans = await spanSender(config, { metrics, log });
  const tracing = spans && { percent, send: spans.send };
  const webhook = webhookServer({ cluster, tokens, unsigned, metrics, log, tracing, maxBodyBytes, submittedBy });
  const side = metricsServer(metrics.registry, () => !ending);
  const port = await listen(webhook, config.port);
  const metricsPort = await listen(side, config.metricsPort);
  log.info({ port, metricsPort }, "listening");
  return {
    port,
    metricsPort,
    stop: async () => {
      ending = true;
      await sleep(config.drainSeconds * 1000);
      await Promise.all([closed(webhook), closed(side)]);
      await Promise.all([cluster.close(), spans?.close()]);
      log.info("ended");
      await close();
    },
  };
}

/** Sends the spans of events; undefined where there is nobody to send to. Its modules are loaded only then. */
async function spanSender(
  { otlpUrl: url, otlpCaFile: caFile }: Config,
  { metrics, log }: { metrics: Metrics; log: Logger },
): Promise<PastSpanSender | undefined> {
  if (!url) return undefined;
  const { createPastSpanSender } = await import("@agentic/tracing/past-sender.ts");
  return createPastSpanSender({
    program: "receiver",
    url,
    caFile,
    ended: (result, spans, error) => {
      metrics.spans.inc({ result }, spans);
      if (result === "lost") log.debug({ error: error?.message, spans }, "spans are lost");
    },
  });
}

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function closed(server: Server): Promise<void> {
  await new Promise((resolve) => {
    server.close(resolve);
    server.closeIdleConnections();
  });
}
