// Checkpoints in Postgres: what a step has done survives its pod.
import type { Checkpoint, CheckpointMetadata, CheckpointTuple } from "@langchain/langgraph";
import { PostgresSaver } from "@langchain/langgraph-checkpoint-postgres";
import pg from "pg";
import { readSecret, type Settings } from "./config.ts";
import { describe, PermanentError } from "./errors.ts";
import { type RetryOptions, retry } from "./retry.ts";
import { relocated } from "./trust.ts";

/** Version of the checkpoint tables that this release of the saver makes. */
const TABLES_VERSION = 4;

/** Any number will do, as long as no other program of the database takes the same. */
const SETUP_LOCK = 7_203_114;

type Retries = Pick<RetryOptions, "signal" | "onRetry" | "withinMs">;
type Config = Parameters<PostgresSaver["getTuple"]>[0];

/** LangGraph's Postgres saver, which tries again while the database is away. */
export class DurableSaver extends PostgresSaver {
  readonly #pool: pg.Pool;
  readonly #retries: Retries;

  constructor(pool: pg.Pool, retries: Retries) {
    super(pool);
    this.#pool = pool;
    this.#retries = retries;
  }

  #retry<T>(what: string, action: () => Promise<T>): Promise<T> {
    return retry(action, { ...this.#retries, what: `${what} in Postgres` });
  }

  /** Makes the tables, once, however many steps start at the same time. */
  override async setup(): Promise<void> {
    try {
      await this.#retry("prepare checkpoints", async () => {
        if ((await this.#version()) >= TABLES_VERSION) return;
        const client = await this.#pool.connect();
        try {
          await client.query("SELECT pg_advisory_lock($1)", [SETUP_LOCK]);
          await super.setup();
        } finally {
          // Ends the session, and with it the lock.
          client.release(true);
        }
      });
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === "28P01" || code === "28000")
        throw new PermanentError(
          `Postgres refused the agents' login (${describe(error)}): check the Secret "postgres"`,
        );
      throw error;
    }
  }

  async #version(): Promise<number> {
    try {
      const { rows } = await this.#pool.query<{ v: number | null }>("SELECT max(v) AS v FROM checkpoint_migrations");
      return rows[0]?.v ?? -1;
    } catch (error) {
      if ((error as { code?: string }).code === "42P01") return -1;
      throw error;
    }
  }

  override getTuple(config: Config): Promise<CheckpointTuple | undefined> {
    return this.#retry("read checkpoint", () => super.getTuple(config));
  }

  override put(
    config: Config,
    checkpoint: Checkpoint,
    metadata: CheckpointMetadata,
    versions: Parameters<PostgresSaver["put"]>[3],
  ): Promise<Config> {
    return this.#retry("write checkpoint", () => super.put(config, checkpoint, metadata, versions));
  }

  override putWrites(...args: Parameters<PostgresSaver["putWrites"]>): Promise<void> {
    return this.#retry("write checkpoint", () => super.putWrites(...args));
  }

  override deleteThread(threadId: string): Promise<void> {
    return this.#retry("delete checkpoints", () => super.deleteThread(threadId));
  }

  /** Drops a finished thread's bulk, such as page bodies; what `keep` names of its state stays. */
  async prune(threadId: string, keep: readonly string[]): Promise<void> {
    await this.#retry("prune checkpoints", async () => {
      await this.#pool.query("DELETE FROM checkpoint_writes WHERE thread_id = $1", [threadId]);
      await this.#pool.query("DELETE FROM checkpoint_blobs WHERE thread_id = $1 AND NOT channel = ANY($2)", [
        threadId,
        keep,
      ]);
    });
  }
}

/** A saver on the step's database. Close it with `end()`. */
export async function openCheckpoints(settings: Settings, retries: Retries): Promise<DurableSaver> {
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
  const saver = new DurableSaver(pool, retries);
  await saver.setup();
  return saver;
}

/** pg ignores a password beside a connection string, so it goes in. */
function withPassword(dsn: string, password: string): string {
  const url = URL.parse(dsn);
  if (!url) throw new PermanentError("POSTGRES_DSN is no URL: expected postgresql://<user>@<host>:<port>/<database>");
  url.password = encodeURIComponent(password);
  return url.href;
}
