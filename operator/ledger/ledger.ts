// The ledger in Postgres: what workloads have cost, one record each, written once and kept when the workload is gone.
import { readFileSync } from "node:fs";
import { parseAmount } from "@agentic/api/money.ts";
import { COST_KINDS } from "@agentic/api/prices.ts";
import pg from "pg";
import type { Logger } from "pino";
import type { CostRecord } from "../decide/cost-record.ts";
import type { Recorded, Spent } from "../decide/types.ts";

/** How the ledger's database is reached. */
export interface LedgerAccess {
  host: string;
  port: number;
  user: string;
  database: string;
  /** File with the password. */
  passwordFile: string;
  /** File with the PEM of the server's authority, and whether the server's name must be its certificate's. Absent: clear text. */
  tls?: { caFile: string; verifiesName: boolean } | undefined;
}

/** One transaction, as text without values is. The gateway's tables of budgets are in the same database; records outlive the workloads by 400 days, as budgets do. */
const SCHEMA = `
SELECT pg_advisory_xact_lock(7203117);
CREATE TABLE IF NOT EXISTS cost_records (
  uid text PRIMARY KEY, ended timestamptz NOT NULL,
  namespace text NOT NULL, name text NOT NULL, tenant text NOT NULL, team text NOT NULL, cost_center text NOT NULL,
  template text NOT NULL, phase text NOT NULL, currency text NOT NULL, prices text NOT NULL,
  cpu bigint NOT NULL, memory bigint NOT NULL, model bigint NOT NULL, storage bigint NOT NULL, browser bigint NOT NULL,
  model_calls bigint NOT NULL, input_tokens bigint NOT NULL, output_tokens bigint NOT NULL,
  steps jsonb NOT NULL
);
ALTER TABLE cost_records ADD COLUMN IF NOT EXISTS unreported_tokens bigint NOT NULL DEFAULT 0;
CREATE INDEX IF NOT EXISTS cost_records_ended ON cost_records (ended);
DELETE FROM cost_records WHERE ended < now() - interval '400 days';
`;

/** The first record of a workload stays: a second one tells of the same end. */
const INSERT = `
INSERT INTO cost_records SELECT * FROM json_populate_record(NULL::cost_records, $1::json)
ON CONFLICT (uid) DO NOTHING
`;

/** An account of the gateway (components/data/litellm/ledger.py). */
const SPENT = "SELECT amount::text, tokens::float, calls::float FROM accounts WHERE id = $1";
/** Code of the error before the gateway has made its tables, with its first call. */
export const UNDEFINED_TABLE = "42P01";

const CONNECT_MS = 3_000;
const STATEMENT_MS = 5_000;
/** Once a day what is too old is deleted. */
const RENEW_MS = 86_400_000;

/** How patient it is. */
export interface Patience {
  /** For how long nobody tries again after a failure: a worker that waits for a dead server reconciles nothing. */
  pauseMs: number;
  /** Waits between tries of a record that no workload's status asks for. */
  waitsMs: readonly number[];
}

const PATIENCE: Patience = { pauseMs: 5_000, waitsMs: [1_000, 10_000, 60_000, 600_000] };

export class Ledger {
  readonly #pool: pg.Pool;
  readonly #log: Logger;
  readonly #patience: Patience;
  readonly #timers = new Set<NodeJS.Timeout>();
  #preparedAt = 0;
  #failedAt = 0;
  #failure = "";
  #closed = false;

  constructor({ tls, passwordFile, ...access }: LedgerAccess, log: Logger, patience: Patience = PATIENCE) {
    this.#log = log;
    this.#patience = patience;
    this.#pool = new pg.Pool({
      ...access,
      // Read anew for each connection.
      password: () => readFileSync(passwordFile, "utf8").trim(),
      ssl: tls
        ? {
            ca: readFileSync(tls.caFile, "utf8"),
            minVersion: "TLSv1.2",
            // An authority that signs for this server alone needn't name it.
            ...(tls.verifiesName ? {} : { checkServerIdentity: () => undefined }),
          }
        : false,
      max: 4,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: STATEMENT_MS,
      idleTimeoutMillis: 60_000,
      application_name: "agentic-operator",
    });
    // A lost idle connection is not an error: the next query opens another.
    this.#pool.on("error", () => {});
  }

  /** Writes the record, if the workload has none yet. Never throws. */
  async store(record: CostRecord): Promise<Recorded> {
    if (this.#closed) return { ok: false, error: "the operator is stopping" };
    if (this.#pauses) return { ok: false, error: this.#failure };
    try {
      await this.query(INSERT, [JSON.stringify(rowOf(record))]);
      return { ok: true };
    } catch (error) {
      return { ok: false, error: this.#failed(error as Error) };
    }
  }

  /** What the gateway has booked for the workload; undefined where it has booked nothing, or can't be asked. Never throws. */
  async spent(uid: string): Promise<Spent | undefined> {
    if (this.#closed || this.#pauses) return undefined;
    try {
      const [row] = await this.query<{ amount: string; tokens: number; calls: number }>(SPENT, [`workload:${uid}`]);
      return row && { ...row, amount: BigInt(row.amount) };
    } catch (error) {
      // The gateway makes its tables with its first call.
      if ((error as pg.DatabaseError).code !== UNDEFINED_TABLE) this.#failed(error as Error);
      return undefined;
    }
  }

  get #pauses(): boolean {
    return Date.now() - this.#failedAt < this.#patience.pauseMs;
  }

  #failed({ message }: Error): string {
    this.#failedAt = Date.now();
    this.#failure = message;
    return message;
  }

  /** Writes the record of a workload that is gone, with some tries. */
  keep(record: CostRecord, tries = 0): void {
    void this.store(record).then((recorded) => {
      if (recorded.ok || this.#closed) return;
      const wait = this.#patience.waitsMs[tries];
      const about = { workload: `${record.namespace}/${record.name}`, error: recorded.error };
      if (wait === undefined) return this.#log.error({ ...about, record }, "the record of its cost is given up");
      this.#log.warn({ ...about, waitMs: wait }, "the record of its cost is written later");
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        this.keep(record, tries + 1);
      }, wait);
      this.#timers.add(timer);
    });
  }

  /** Rows of a query. Throws where the database can't be asked. */
  async query<Row extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<Row[]> {
    if (Date.now() - this.#preparedAt > RENEW_MS) {
      await this.#pool.query(SCHEMA);
      this.#preparedAt = Date.now();
    }
    return (await this.#pool.query<Row>(text, values)).rows;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await this.#pool.end();
  }
}

function rowOf({ cost, costCenter, steps, ...record }: CostRecord) {
  return {
    ...record,
    cost_center: costCenter,
    currency: cost.currency,
    prices: cost.prices,
    // JSON has no whole numbers of this size: Postgres reads them from text.
    ...Object.fromEntries(COST_KINDS.map((kind) => [kind, String(parseAmount(cost.parts[kind] ?? "0"))])),
    model_calls: cost.modelCalls,
    input_tokens: cost.tokens.input,
    output_tokens: cost.tokens.output,
    unreported_tokens: cost.tokens.unreported ?? 0,
    steps,
  };
}
