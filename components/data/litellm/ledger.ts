// How the model gateway reaches the ledger of budgets: a database of its own in the platform's Postgres, or in Cloud SQL.
import { caFile } from "../../security/certificates.ts";
import type { Version } from "../../security/credential.ts";
import { generationName } from "../../security/generation.ts";
import type { DatabaseServer } from "../postgres/logins.ts";

/** The server, and the login in use. */
export interface LedgerAccess {
  server: DatabaseServer;
  login: Version;
}

/** The role and the database of the ledger of budgets. */
export const ledgerRole = "model-gateway";

/** How libpq finds the ledger's database, as the set-up of the roles does. */
export function ledgerEnvironment(
  { ledger, retries = 2, timeout = 120 }: { ledger?: LedgerAccess; retries?: number; timeout?: number },
  secretFolder: string,
) {
  if (!ledger) return [];
  const { server, login } = ledger;
  const ca = server.tls?.mode === "verify-full" ? caFile : `${secretFolder}/ledger-ca.crt`;
  const env: Record<string, string> = {
    PGHOST: server.host,
    PGPORT: String(server.port),
    PGUSER: generationName(ledgerRole, login.generation),
    PGDATABASE: ledgerRole,
    PGSSLMODE: server.tls?.mode ?? "disable",
    ...(server.tls ? { PGSSLROOTCERT: ca } : {}),
    LEDGER_PASSWORD_FILE: `${secretFolder}/ledger-password`,
    // Longer than any call with its retries takes: what a gateway held that has died is booked then.
    LEDGER_HOLD_SECONDS: String(timeout * (1 + retries) + 120),
  };
  return Object.entries(env).map(([name, value]) => ({ name, value }));
}

/** How the ledger's server is known: by the platform's authority, whose certificate is mounted, or by an authority of its own. */
export function ledgerAuthority(tls: DatabaseServer["tls"]) {
  if (tls?.mode === "verify-full") return { pem: undefined, ...tls.trusted };
  return { pem: tls?.authority, volumes: [], volumeMounts: [] };
}
