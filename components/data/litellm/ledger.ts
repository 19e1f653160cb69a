// How the model gateway and the operator reach the ledger of budgets and costs: a database in the platform's Postgres, or in Cloud SQL.
import type * as pulumi from "@pulumi/pulumi";
import { caFile } from "../../security/certificates.ts";
import type { Version } from "../../security/credential.ts";
import { generationName } from "../../security/generation.ts";
import type { DatabaseServer } from "../postgres/logins.ts";

/** The server, and the login in use. */
export interface LedgerAccess {
  server: DatabaseServer;
  login: Version;
}

/** The role and the database of the ledger. */
export const ledgerRole = "model-gateway";

/** How libpq finds the ledger's database, as the set-up of the roles does; `secretFolder` has the {@link ledgerFiles}. */
export function ledgerEnvironment(ledger: LedgerAccess | undefined, secretFolder: string) {
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
  };
  return Object.entries(env).map(([name, value]) => ({ name, value }));
}

/** What a client's Secret has for it: the password and, where the platform's own doesn't sign for the server, the server's authority. */
export function ledgerFiles(ledger: LedgerAccess | undefined): Record<string, pulumi.Input<string>> {
  if (!ledger) return {};
  const { server, login } = ledger;
  return {
    "ledger-password": login.value,
    ...(server.tls?.mode === "verify-ca" ? { "ledger-ca.crt": server.tls.authority } : {}),
  };
}

/** Whether a client must have the platform's own authority, at `caFile`. */
export const trustsPlatform = (ledger: LedgerAccess | undefined): boolean => ledger?.server.tls?.mode === "verify-full";
