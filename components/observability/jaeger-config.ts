// Jaeger's configuration: spans come in by OTLP, wait a moment to be written together, and are kept by badger on the volume.
import { NAMESPACES } from "@agentic/api/names.ts";
import { quantity } from "@agentic/api/quantities.ts";
import { images } from "../images.ts";
import { tlsFolder } from "../security/certificates.ts";

/** Label of its pod, and name of its Service. */
export const jaegerPart = "jaeger";

const { otlp, query, metrics, health } = images.jaeger.ports;

/** Base URL for those that send spans. */
export const jaegerOtlpUrl = (tls: boolean): string =>
  `${tls ? "https" : "http"}://${jaegerPart}.${NAMESPACES.observability}:${otlp}`;

/** Folder of the spans in its pod. */
export const jaegerData = "/badger";

export interface JaegerConfigArgs {
  /** Days that spans are kept. */
  retentionDays: number;
  /** Memory that the pod may take (`256Mi`). */
  memory: string;
  /** Whether it has a certificate. */
  tls: boolean;
}

/** The configuration file's content. */
export function jaegerConfig({ retentionDays, memory, tls }: JaegerConfigArgs): object {
  const files = { cert_file: `${tlsFolder}/tls.crt`, key_file: `${tlsFolder}/tls.key`, reload_interval: "10m" };
  const server = (port: number) => ({ endpoint: `0.0.0.0:${port}`, ...(tls ? { tls: files } : {}) });
  const storage = "badger";
  const mebibytes = quantity(memory) / 2 ** 20;
  return {
    service: {
      extensions: ["jaeger_storage", "jaeger_query", "healthcheckv2"],
      pipelines: {
        traces: {
          receivers: ["otlp"],
          processors: ["memory_limiter", "batch"],
          exporters: ["jaeger_storage_exporter"],
        },
      },
      telemetry: {
        metrics: {
          level: "normal",
          readers: [{ pull: { exporter: { prometheus: { host: "0.0.0.0", port: metrics } } } }],
        },
        logs: { level: "warn", encoding: "json" },
      },
    },
    extensions: {
      healthcheckv2: { use_v2: true, http: { endpoint: `0.0.0.0:${health}` } },
      jaeger_query: {
        storage: { traces: storage },
        http: server(query),
        // Nobody asks by gRPC.
        grpc: { endpoint: "127.0.0.1:16685" },
      },
      jaeger_storage: {
        backends: {
          [storage]: {
            badger: {
              directories: { keys: `${jaegerData}/keys`, values: `${jaegerData}/values` },
              ephemeral: false,
              ttl: { spans: `${retentionDays * 24}h` },
            },
          },
        },
      },
    },
    receivers: { otlp: { protocols: { http: server(otlp) } } },
    processors: {
      // Spans that come while the memory is short are refused, and their senders try again or leave them.
      memory_limiter: {
        check_interval: "1s",
        limit_mib: Math.floor(mebibytes * 0.8),
        spike_limit_mib: Math.floor(mebibytes * 0.2),
      },
      batch: {},
    },
    exporters: { jaeger_storage_exporter: { trace_storage: storage } },
  };
}
