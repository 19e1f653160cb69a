// Checkpoints in Postgres, so that the work of a step survives its pod.
import type { Checkpoint, CheckpointMetadata, CheckpointTuple } from "@langchain/langgraph";
import { PostgresSaver } from "@langchain/langgraph-checkpoint-postgres";
import type pg from "pg";
import { CredentialsError, describe } from "./errors.ts";
import { hasRecordTables, makeRecordTables } from "./records.ts";
import type { Retrying } from "./retry.ts";

/** Version of the checkpoint tables that this release of the saver creates. */
const TABLES_VERSION = 4;

/** Key of an advisory lock: any number that no other program of the database uses. */
const SETUP_LOCK = 7_203_114;

type Config = Parameters<PostgresSaver["getTuple"]>[0];

/** LangGraph's Postgres saver, with retries while the database is unavailable. */
export class DurableSaver extends PostgresSaver {
  readonly #pool: pg.Pool;
  readonly #retry: Retrying;
  readonly #requireWriter: () => Promise<void>;

  /** `requireWriter` throws an error where another process writes the step's checkpoints now. */
  constructor(pool: pg.Pool, retrying: Retrying, requireWriter: () => Promise<void>) {
    super(pool);
    this.#pool = pool;
    this.#retry = retrying;
    this.#requireWriter = requireWriter;
  }

  /** Creates the tables, once, even if many steps start at the same time. */
  override async setup(): Promise<void> {
    try {
      await this.#retry("prepare checkpoints", async () => {
        if ((await this.#version()) >= TABLES_VERSION && (await hasRecordTables(this.#pool))) return;
        const client = await this.#pool.connect();
        try {
          await client.query("SELECT pg_advisory_lock($1)", [SETUP_LOCK]);
          await super.setup();
          await makeRecordTables(client);
        } finally {
          // Ends the session, and with it the lock.
          client.release(true);
        }
      });
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === "28P01" || code === "28000")
        throw new CredentialsError(
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

  override async put(
    config: Config,
    checkpoint: Checkpoint,
    metadata: CheckpointMetadata,
    versions: Parameters<PostgresSaver["put"]>[3],
  ): Promise<Config> {
    return await this.#write("write checkpoint", () => super.put(config, checkpoint, metadata, versions));
  }

  override async putWrites(...args: Parameters<PostgresSaver["putWrites"]>): Promise<void> {
    await this.#write("write checkpoint", () => super.putWrites(...args));
  }

  override async deleteThread(threadId: string): Promise<void> {
    await this.#write("delete checkpoints", () => super.deleteThread(threadId));
  }

  #write<T>(what: string, action: () => Promise<T>): Promise<T> {
    return this.#retry(what, async () => {
      await this.#requireWriter();
      return await action();
    });
  }
}
