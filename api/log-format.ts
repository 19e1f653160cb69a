// The form of the programs' log lines: levels as words, and, on Google Cloud, the fields by which Cloud Logging knows severity and trace.

/** Name of the environment variable with the project whose Cloud Trace has the traces; unset: logs are not for Cloud Logging. */
export const LOG_PROJECT_ENV = "GOOGLE_CLOUD_PROJECT";

/** Name of the environment variable with the base URL of the collector that takes logs by OTLP over HTTP; unset: they are printed alone. */
export const LOG_COLLECTOR_ENV = "OTLP_LOGS_URL";

/** By pino's levels. Source: https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#LogSeverity */
const severities: Readonly<Record<string, string>> = {
  trace: "DEBUG",
  debug: "DEBUG",
  info: "INFO",
  warn: "WARNING",
  error: "ERROR",
  fatal: "CRITICAL",
};

type Fields = Record<string, unknown>;

/** Options of a pino logger. Source of the fields: https://cloud.google.com/logging/docs/structured-logging#structured_logging_special_fields */
export interface LogOptions {
  formatters: { level(label: string): Fields };
  mixin?(fields: object, level: number, logger: object): Fields;
}

/** Options for lines that Cloud Logging of the project gets; where it is empty, nobody needs its fields. */
export function logOptions(project: string | undefined): LogOptions {
  if (!project) return { formatters: { level: (label) => ({ level: label }) } };
  return {
    // Without the level: it was a number once, and BigQuery's table of a sink keeps a field's first type.
    formatters: { level: (label) => ({ severity: severities[label] ?? "DEFAULT" }) },
    mixin: (fields, _, logger) => {
      const { bindings } = logger as { bindings(): Fields };
      const { traceId } = { ...bindings.call(logger), ...fields } as Fields;
      return typeof traceId === "string"
        ? { "logging.googleapis.com/trace": `projects/${project}/traces/${traceId}` }
        : {};
    },
  };
}
