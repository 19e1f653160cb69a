// The name of Postgres' exporter: label of its pod, and the name that its certificate is for.
export const postgresExporterPart = "postgres-exporter";
