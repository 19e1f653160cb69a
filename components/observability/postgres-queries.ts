// What is asked of Postgres for its metrics, in the form of sql_exporter's collectors; names are postgres_exporter's where it has such a metric.

/** A metric that a query gives: a row for each series, with its labels and its value as columns. */
export interface SqlMetric {
  metric_name: string;
  type: "gauge" | "counter";
  help: string;
  key_labels?: readonly string[];
  values: readonly [string];
  query?: string;
  query_ref?: string;
}

/** Databases that are there for new ones to be made of say nothing. */
const databases = "NOT d.datistemplate";

/** Counters of each database, all by one query. */
const counters: Readonly<Record<string, string>> = {
  xact_commit: "Transactions that were committed.",
  xact_rollback: "Transactions that were rolled back.",
  deadlocks: "Transactions that were ended as two waited for each other.",
  temp_bytes: "Bytes of sorts and hashes that didn't fit into memory.",
  blks_read: "Blocks that were read from the volume.",
  blks_hit: "Blocks that were in the cache.",
};

const own: readonly SqlMetric[] = [
  {
    metric_name: "pg_postmaster_start_time_seconds",
    type: "gauge",
    help: "When Postgres has started, seconds since the epoch.",
    values: ["seconds"],
    query: "SELECT extract(epoch FROM pg_postmaster_start_time()) AS seconds",
  },
  {
    metric_name: "pg_settings_max_connections",
    type: "gauge",
    help: "Connections at most, those for superusers among them.",
    values: ["connections"],
    query: "SELECT current_setting('max_connections')::int AS connections",
  },
  {
    metric_name: "pg_stat_activity_count",
    type: "gauge",
    help: "Connections of clients, by database and state.",
    key_labels: ["datname", "state"],
    values: ["connections"],
    // Each state says 0 where there is none: of a series that comes and goes nobody sees the end.
    query: `SELECT d.datname, s.state, count(a.pid) AS connections
      FROM pg_database d CROSS JOIN unnest(ARRAY['active', 'idle', 'idle in transaction', 'other']) AS s (state)
      LEFT JOIN pg_stat_activity a ON a.datid = d.oid AND a.backend_type = 'client backend'
        AND s.state = CASE WHEN a.state IN ('active', 'idle', 'idle in transaction') THEN a.state ELSE 'other' END
      WHERE ${databases} GROUP BY 1, 2`,
  },
  {
    metric_name: "pg_role_connections",
    type: "gauge",
    help: "Connections of each role that may have only so many.",
    key_labels: ["rolname"],
    values: ["connections"],
    query: `SELECT r.rolname, count(a.pid) AS connections FROM pg_roles r
      LEFT JOIN pg_stat_activity a ON a.usesysid = r.oid AND a.backend_type = 'client backend'
      WHERE r.rolcanlogin AND r.rolconnlimit >= 0 GROUP BY 1`,
  },
  {
    metric_name: "pg_role_connection_limit",
    type: "gauge",
    help: "How many that is.",
    key_labels: ["rolname"],
    values: ["connections"],
    query: "SELECT rolname, rolconnlimit AS connections FROM pg_roles WHERE rolcanlogin AND rolconnlimit >= 0",
  },
  {
    metric_name: "pg_stat_activity_max_tx_duration",
    type: "gauge",
    help: "Seconds for which the longest transaction has been open; 0 where none is.",
    values: ["seconds"],
    query: `SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0) AS seconds
      FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
  },
  {
    metric_name: "pg_database_size_bytes",
    type: "gauge",
    help: "Size of each database on the volume.",
    key_labels: ["datname"],
    values: ["bytes"],
    query: `SELECT d.datname, pg_database_size(d.oid) AS bytes FROM pg_database d WHERE ${databases}`,
  },
];

/** Every metric of Postgres. */
export const postgresMetrics: readonly SqlMetric[] = [
  ...own,
  ...Object.entries(counters).map(
    ([column, help]): SqlMetric => ({
      metric_name: `pg_stat_database_${column}`,
      type: "counter",
      help,
      key_labels: ["datname"],
      values: [column],
      query_ref: "pg_stat_database",
    }),
  ),
];

/** Their collector. */
export const postgresCollector = {
  collector_name: "postgres",
  metrics: postgresMetrics,
  queries: [
    {
      query_name: "pg_stat_database",
      query: `SELECT d.datname, ${Object.keys(counters).join(", ")}
        FROM pg_stat_database s JOIN pg_database d ON d.oid = s.datid WHERE ${databases}`,
    },
  ],
};
