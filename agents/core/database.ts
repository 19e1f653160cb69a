// Opens the tenant's database, which has the checkpoints of a step's work and the records of a run's steps.
import pg from "pg";
import { ownPart } from "./batch.ts";
import { DurableSaver } from "./checkpoint.ts";
import { readOptionalSecret, readSecret, type Settings } from "./config.ts";
import { PermanentError } from "./errors.ts";
import { RunRecords } from "./records.ts";
import { type RetryOptions, retry } from "./retry.ts";
import { traced } from "./traced.ts";
import { relocated } from "./trust.ts";

export type Retries = Pick<RetryOptions, "signal" | "onRetry" | "withinMs">;

export interface Database {
  saver: DurableSaver;
  records: RunRecords;
  /** Throws an InterruptedError where another process writes the step now. */
  requireWriter(): Promise<void>;
  end(): Promise<void>;
}

/** Opens the step's database and creates its tables. */
export async function openDatabase(settings: Settings, retries: Retries): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: withCredentials(relocated(settings, settings.postgresDsn), {
      password: readSecret(settings, "postgres", "password"),
      user: readOptionalSecret(settings, "postgres", "user"),
    }),
    // Few connections, because every step of every job has its own pool and shares the server's limit.
    max: 3,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 10_000,
    application_name: `agent-${settings.step}`,
  });
  // A lost idle connection is not an error: the next query opens another.
  pool.on("error", () => {});
  const inPostgres = <T>(what: string, action: () => Promise<T>) =>
    traced(`postgres: ${what}`, { attributes: { "db.system.name": "postgresql" }, isCall: true }, () =>
      retry(action, { ...retries, what: `${what} in Postgres` }),
    );
  const records = new RunRecords(pool, inPostgres, settings);
  const requireWriter = () => records.requireWriter(ownPart(settings));
  const saver = new DurableSaver(pool, inPostgres, requireWriter);
  await saver.setup();
  return {
    saver,
    records,
    requireWriter: () => inPostgres("read who writes the step", requireWriter),
    end: () => saver.end(),
  };
}

/**
 * The connection string with the password in it, because pg ignores a separate one. A rotated password belongs to another login than
 * the connection string names: both come from one Secret, so that they fit each other however old the run's parameters are.
 */
function withCredentials(dsn: string, { password, user }: { password: string; user: string | undefined }): string {
  const url = URL.parse(dsn);
  if (!url)
    throw new PermanentError("POSTGRES_DSN is not a valid URL: expected postgresql://<user>@<host>:<port>/<database>");
  if (user) url.username = encodeURIComponent(user);
  url.password = encodeURIComponent(password);
  return url.href;
}
