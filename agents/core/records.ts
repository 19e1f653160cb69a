// Reads and writes a run's records in Postgres: the folder of its artifacts, and each step's result. A run reads only its own.
import { randomUUID } from "node:crypto";
import type { StepPart } from "@agentic/api/batches.ts";
import type { StepResult } from "@agentic/api/template.ts";
import type pg from "pg";
import type { Settings } from "./config.ts";
import { InterruptedError } from "./errors.ts";
import type { Retrying } from "./retry.ts";

/** The record of a step that has written its artifacts. */
export interface StepRecord {
  result: StepResult;
  /** Whether every item's result is final; that of a page whose site was down is not. */
  isComplete: boolean;
}

/** The place of a run's artifacts. */
export interface Place {
  /** Folder below the prefix, with a slash at its end; empty for the run that holds the prefix itself. */
  folder: string;
  /** Another run that holds the prefix and is not over: `<namespace>/<run>`. */
  holder?: string;
}

type Querying = Pick<pg.ClientBase, "query">;
type Owner = Pick<Settings, "namespace" | "jobId" | "run" | "isWorkload" | "bucket" | "prefix">;

/** A run counts as over when none of its steps has started for this time, which is longer than any gate waits. */
const RUN_EXPIRY = "1 day";

/** The same time between workloads of one namespace, of which the operator runs only one at a time for each prefix. */
const WORKLOAD_EXPIRY = "15 minutes";

/** Age at which the records of a run, and its remaining checkpoints, are deleted. */
const RETENTION = "30 days";

/** Key of an advisory lock: any number that no other program of the database uses. */
const PLACES_LOCK = 7_203_115;

export async function hasRecordTables(client: Querying): Promise<boolean> {
  const { rows } = await client.query<{ has: boolean }>("SELECT to_regclass('agent_writers') IS NOT NULL AS has");
  return rows[0]?.has === true;
}

/** Creates the tables. The caller holds a lock, so that only one process creates them. */
export async function makeRecordTables(client: Querying): Promise<void> {
  await client.query(`
    CREATE TABLE IF NOT EXISTS agent_places (
      location text NOT NULL, owner text NOT NULL, folder text NOT NULL, over boolean NOT NULL DEFAULT false,
      workload boolean NOT NULL,
      at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (location, owner));
    CREATE TABLE IF NOT EXISTS agent_steps (
      owner text NOT NULL, step text NOT NULL, job text NOT NULL, input text NOT NULL, result text NOT NULL,
      complete boolean NOT NULL, at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (owner, step));
    CREATE TABLE IF NOT EXISTS agent_writers (
      owner text NOT NULL, step text NOT NULL, writer text NOT NULL, PRIMARY KEY (owner, step));
    CREATE INDEX IF NOT EXISTS agent_steps_job ON agent_steps (job, step, input, at)`);
}

/** The records of one run: of its steps, or of their parts for batches. */
export class RunRecords {
  readonly #pool: pg.Pool;
  readonly #retry: Retrying;
  readonly #owner: string;
  readonly #job: string;
  readonly #location: string;
  readonly #run: string;
  readonly #isWorkload: boolean;
  /** This process, among those that may write the same step. */
  readonly #writer = randomUUID();

  constructor(pool: pg.Pool, retrying: Retrying, { namespace, jobId, run, isWorkload, bucket, prefix }: Owner) {
    this.#pool = pool;
    this.#retry = retrying;
    this.#run = run;
    this.#isWorkload = isWorkload;
    this.#owner = `${namespace}/${run}`;
    this.#job = `${namespace}/${jobId}`;
    this.#location = `${bucket}/${prefix}`;
  }

  /**
   * Makes this process the one that writes the step. A pod that was given up may live on, where its node has lost the cluster:
   * it writes nothing more once another has begun.
   */
  async begin(step: StepPart): Promise<void> {
    await this.#retry("begin the step", () =>
      this.#pool.query(
        `INSERT INTO agent_writers (owner, step, writer) VALUES ($1, $2, $3)
         ON CONFLICT (owner, step) DO UPDATE SET writer = $3`,
        [this.#owner, step, this.#writer],
      ),
    );
  }

  /** Throws an InterruptedError where another process has begun the step since. Not tried again where the database is away. */
  async requireWriter(step: StepPart): Promise<void> {
    const { rowCount } = await this.#pool.query(
      "SELECT 1 FROM agent_writers WHERE owner = $1 AND step = $2 AND writer = $3",
      [this.#owner, step, this.#writer],
    );
    if (rowCount === 0) throw superseded();
  }

  /**
   * The place of the run's artifacts. The first run under a prefix holds the prefix itself until it is over. Another run that starts in
   * that time gets a folder of its own, and keeps it, so that neither overwrites the other's artifacts.
   */
  place(): Promise<Place> {
    return this.#retry("find the place of artifacts", () =>
      this.#inTransaction(async (client) => {
        await client.query("SELECT pg_advisory_xact_lock($1)", [PLACES_LOCK]);
        const ownPlace = await client.query<{ folder: string }>(
          "UPDATE agent_places SET at = now(), over = false WHERE location = $1 AND owner = $2 RETURNING folder",
          [this.#location, this.#owner],
        );
        const holder = await this.#holder(client);
        const folder = ownPlace.rows[0]?.folder ?? (holder ? `runs/${this.#run}/` : "");
        if (ownPlace.rows.length === 0) {
          if (!folder)
            // The former holder counts as over. If it continues after all, it writes to a folder of its own.
            await client.query(
              "UPDATE agent_places SET folder = 'runs/' || split_part(owner, '/', 2) || '/' WHERE location = $1 AND folder = ''",
              [this.#location],
            );
          await client.query("INSERT INTO agent_places (location, owner, folder, workload) VALUES ($1, $2, $3, $4)", [
            this.#location,
            this.#owner,
            folder,
            this.#isWorkload,
          ]);
          await deleteOldRecords(client);
        }
        return { folder, ...(holder && folder ? { holder } : {}) };
      }),
    );
  }

  async #holder(client: Querying): Promise<string | undefined> {
    const { rows } = await client.query<{ owner: string }>(
      `SELECT owner FROM agent_places WHERE location = $1 AND folder = '' AND owner <> $2 AND NOT over
       AND at > now() - CASE WHEN $3 AND workload AND split_part(owner, '/', 1) = split_part($2, '/', 1)
         THEN interval '${WORKLOAD_EXPIRY}' ELSE interval '${RUN_EXPIRY}' END`,
      [this.#location, this.#owner, this.#isWorkload],
    );
    return rows[0]?.owner;
  }

  /** Records that the run has written its last artifact, so that a later run may hold its prefix. */
  async end(): Promise<void> {
    await this.#retry("record the end", () =>
      this.#pool.query("UPDATE agent_places SET over = true WHERE location = $1 AND owner = $2", [
        this.#location,
        this.#owner,
      ]),
    );
  }

  /** The record of a step of this run, of any input or of the given one. */
  async ofRun(step: StepPart, input?: string): Promise<StepRecord | undefined> {
    return await this.#read("owner = $1 AND step = $2 AND ($3::text IS NULL OR input = $3)", [
      this.#owner,
      step,
      input ?? null,
    ]);
  }

  /** The record of the latest run of the same job with the same input. */
  async ofJob(step: StepPart, input: string): Promise<StepRecord | undefined> {
    return await this.#read("job = $1 AND step = $2 AND input = $3", [this.#job, step, input]);
  }

  async #read(condition: string, values: unknown[]): Promise<StepRecord | undefined> {
    const { rows } = await this.#retry("read record", () =>
      this.#pool.query<{ result: string; complete: boolean }>(
        `SELECT result, complete FROM agent_steps WHERE ${condition} ORDER BY at DESC LIMIT 1`,
        values,
      ),
    );
    const [row] = rows;
    return row && { result: JSON.parse(row.result) as StepResult, isComplete: row.complete };
  }

  async save(step: StepPart, input: string, { result, isComplete }: StepRecord): Promise<void> {
    const { rowCount } = await this.#retry("write record", () =>
      this.#pool.query(
        `INSERT INTO agent_steps (owner, step, job, input, result, complete)
         SELECT owner, step, $3, $4, $5, $6 FROM agent_writers WHERE owner = $1 AND step = $2 AND writer = $7
         ON CONFLICT (owner, step) DO UPDATE SET input = $4, result = $5, complete = $6, at = now()`,
        [this.#owner, step, this.#job, input, JSON.stringify(result), isComplete, this.#writer],
      ),
    );
    if (rowCount === 0) throw superseded();
  }

  async #inTransaction<T>(action: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    let isBroken = true;
    try {
      await client.query("BEGIN");
      const value = await action(client);
      await client.query("COMMIT");
      isBroken = false;
      return value;
    } finally {
      // Closing the connection rolls the transaction back.
      client.release(isBroken);
    }
  }
}

const superseded = () =>
  new InterruptedError("another pod has begun this step of the run since: this one writes nothing more");

/** Deletes records of old runs, and their checkpoints, which contain page bodies where a run did not end. */
async function deleteOldRecords(client: Querying): Promise<void> {
  const { rows } = await client.query<{ owner: string }>(
    `DELETE FROM agent_places WHERE at < now() - interval '${RETENTION}' RETURNING owner`,
  );
  if (rows.length === 0) return;
  const owners = rows.map(({ owner }) => owner);
  for (const table of ["agent_steps", "agent_writers"])
    await client.query(`DELETE FROM ${table} WHERE owner = ANY($1)`, [owners]);
  for (const table of ["checkpoint_writes", "checkpoint_blobs", "checkpoints"])
    await client.query(`DELETE FROM ${table} WHERE substring(thread_id from '^[^/]+/[^/]+') = ANY($1)`, [owners]);
}
