// How the model gateway's ledger finds a database of the tests, and how the operator reads it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { Ledger } from "../../../operator/ledger/ledger.ts";

/** The environment of libpq for a server on loopback. */
export function ledgerEnvironment({ url, password }: { url: string; password: string }) {
  const { hostname, port, pathname, username } = new URL(url);
  return {
    PGHOST: hostname,
    PGPORT: port,
    PGDATABASE: pathname.slice(1) || "postgres",
    PGUSER: username,
    PGPASSWORD: password,
    PGSSLMODE: "disable",
  };
}

/** The ledger as the operator has it; it tries again at once what fails. */
export function openLedger(server: { url: string; password: string }): { ledger: Ledger; close(): Promise<void> } {
  const { PGHOST: host, PGPORT: port, PGUSER: user, PGDATABASE: database } = ledgerEnvironment(server);
  const folder = mkdtempSync(join(tmpdir(), "ledger-"));
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, `${server.password}\n`);
  const access = { host, port: Number(port), user, database, passwordFile };
  const ledger = new Ledger(access, pino({ level: "silent" }), { pauseMs: 50, waitsMs: Array(50).fill(100) });
  return {
    ledger,
    async close() {
      await ledger.close();
      rmSync(folder, { recursive: true });
    },
  };
}
