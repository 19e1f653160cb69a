// How the model gateway's ledger finds a database of the tests.

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
