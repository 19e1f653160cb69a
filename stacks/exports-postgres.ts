// Whether a stack's Postgres has an exporter of its metrics.
import type { Config } from "./config/config.ts";

/** In the cluster, where somebody collects metrics: a Postgres outside tells its cloud. */
export const exportsPostgres = ({ telemetry, components: { postgres, postgresExporter } }: Config): boolean =>
  telemetry.mode !== "off" && postgres.enabled && postgresExporter.enabled;
