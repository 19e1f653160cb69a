// All settings of the receiver, from environment variables.
import { EnvironmentReader } from "@agentic/api/environment.ts";
import { NAMESPACES } from "@agentic/api/names.ts";
import { WEBHOOK } from "@agentic/api/webhook.ts";

export interface Config {
  /** `PORT`: the webhook itself; default 12000. */
  port: number;
  /** `METRICS_PORT`: `/metrics`, `/healthz` and `/readyz`; default 7777. */
  metricsPort: number;
  /** `TOKENS`: folder with a file for each tenant, which holds its token; default `/etc/secrets/webhook`. */
  tokens: string;
  /** `UNSIGNED_TENANTS`: those whose senders send the token itself, by name, with commas between; default none. */
  unsigned: string[];
  /** `NAMESPACE`: where the receiver remembers deliveries; default `argo-events`. */
  namespace: string;
  /** `MAX_BODY_BYTES`: larger bodies are refused; default 262144. */
  maxBodyBytes: number;
  /** `DRAIN_SECONDS`: seconds that it still answers after SIGTERM, until it is removed from endpoints; default 3. */
  drainSeconds: number;
  /** `OTLP_URL`: base URL of the collector that takes spans by OTLP over HTTP; default none, which sends no spans. */
  otlpUrl: string | undefined;
  /** `OTLP_CA_FILE`: PEM of the authority that its certificate is of; default the public ones. */
  otlpCaFile: string | undefined;
  /** `TRACES_PERCENT`: of the workloads that go well, how many are traced; default 100. */
  tracesPercent: number;
  /** `LOG_LEVEL`: trace, debug, info, warn, error or silent; default info. */
  logLevel: string;
}

/** The settings in the environment; throws one error that names every wrong one. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const reader = new EnvironmentReader(env);
  const { errors } = reader;
  const otlpUrl = env.OTLP_URL || undefined;
  if (otlpUrl && !/^https?:$/.test(URL.parse(otlpUrl)?.protocol ?? ""))
    errors.push(`OTLP_URL must be an http(s) URL, got "${otlpUrl}"`);
  const config = {
    port: reader.integer("PORT", WEBHOOK.port, 0, 65_535),
    metricsPort: reader.integer("METRICS_PORT", 7777, 0, 65_535),
    tokens: env.TOKENS || `/etc/secrets/${WEBHOOK.secret}`,
    unsigned: (env.UNSIGNED_TENANTS ?? "").split(",").filter(Boolean),
    namespace: env.NAMESPACE || NAMESPACES.argoEvents,
    maxBodyBytes: reader.integer("MAX_BODY_BYTES", WEBHOOK.maxBodyBytes, 1, 1 << 24),
    drainSeconds: reader.integer("DRAIN_SECONDS", 3, 0, 60),
    otlpUrl,
    otlpCaFile: env.OTLP_CA_FILE || undefined,
    tracesPercent: reader.integer("TRACES_PERCENT", 100, 0, 100),
    logLevel: reader.logLevel(),
  };
  if (errors.length > 0) throw new Error(`The receiver's settings are wrong:\n  ${errors.join("\n  ")}`);
  return config;
}
