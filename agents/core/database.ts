// The tenant's database: checkpoints of what a step has done, and records of what a run's steps have written.
import pg from "pg";
import { DurableSaver } from "./checkpoint.ts";
import { readSecret, type Settings } from "./config.ts";
import { PermanentError } from "./errors.ts";
import { RunRecords } from "./records.ts";
import { type RetryOptions, retry } from "./retry.ts";
import { relocated } from "./trust.ts";

export type Retries = Pick<RetryOptions, "signal" | "onRetry" | "withinMs">;

export interface Database {
  saver: DurableSaver;
  records: RunRecords;
  end(): Promise<void>;
}

/** The step's database, its tables made. */
export async function openDatabase(settings: Settings, retries: Retries): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: withPassword(
      relocated(settings, settings.postgresDsn),
      readSecret(settings, "postgres", "password"),
    ),
    // Few, as every step of every job has its own pool and the server's limit is for all.
    max: 3,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 10_000,
    application_name: `agent-${settings.step}`,
  });
  // A lost idle connection is no error of ours: the next query opens another.
  pool.on("error", () => {});
  const inPostgres = <T>(what: string, action: () => Promise<T>) =>
    retry(action, { ...retries, what: `${what} in Postgres` });
  const saver = new DurableSaver(pool, inPostgres);
  await saver.setup();
  return { saver, records: new RunRecords(pool, inPostgres, settings), end: () => saver.end() };
}

/** pg ignores a password beside a connection string, so it goes in. */
function withPassword(dsn: string, password: string): string {
  const url = URL.parse(dsn);
  if (!url) throw new PermanentError("POSTGRES_DSN is no URL: expected postgresql://<user>@<host>:<port>/<database>");
  url.password = encodeURIComponent(password);
  return url.href;
}
