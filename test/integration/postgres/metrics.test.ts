// Postgres' metrics: the exporter's own program with the platform's configuration, against the server that the platform's program describes.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { postgresMetrics } from "../../../components/observability/postgres-queries.ts";
import { sqlExporterBuild } from "../../../embedded/images/recipes/telemetry.ts";
import { ensureGoProgram } from "../../../embedded/node/build.ts";
import { find } from "../../unit/components/platform-objects.ts";
import { mock, program, type Registered } from "../../unit/components/program.ts";
import { freePort } from "../ports.ts";
import { expectSuccess, password, work } from "./platform.ts";
import { type Server, startServer } from "./server.ts";

mock();

const dir = mkdtempSync(join(tmpdir(), "pg-metrics-"));
const tenants = [{ name: "blue" }];
let watched: Registered[];
let server: Server;
let exporter: ChildProcess;
let url: string;

/** The password of the role that reads statistics. */
const monitor = () =>
  /^metrics (\S+) /m.exec(find(watched, "Secret", "postgres-tenants")?.stringData.tenants)?.[1] ?? "";
const asMonitor = (database: string, statement: string) => server.as("metrics", monitor(), database, statement);

// Where nobody has built it yet, that takes half a minute.
beforeAll(async () => {
  watched = await program({ telemetry: { mode: "operator" }, tenants });
  server = await startServer(watched);
  expectSuccess(await server.job(watched));
  expectSuccess(await server.as("tenant-blue", password(watched, "blue"), "tenant-blue", work));
  const config = find(watched, "Secret", "postgres-exporter")?.stringData["sql_exporter.yml"] as string;
  const [port, metrics] = [server.port, await freePort()];
  // The certificate's name isn't this machine's: the rest of it is checked.
  const here = config
    .replace("postgres.shared-services:5432", `127.0.0.1:${port}`)
    .replace("verify-full", "verify-ca")
    .replace("/etc/secrets/ca/ca.crt", server.ca);
  expect(here).not.toBe(config);
  writeFileSync(join(dir, "sql_exporter.yml"), here, { mode: 0o600 });
  const args = [`--config.file=${dir}/sql_exporter.yml`, `--web.listen-address=127.0.0.1:${metrics}`];
  exporter = spawn(await ensureGoProgram(sqlExporterBuild()), args, { stdio: "ignore" });
  url = `http://127.0.0.1:${metrics}/metrics`;
}, 600_000);

afterAll(async () => {
  exporter?.kill();
  await server?.stop();
  rmSync(dir, { recursive: true });
});

/** The exporter's page; "" while it doesn't answer. */
const page = async () =>
  await fetch(url).then(
    (answer) => answer.text(),
    () => "",
  );
const until = { timeout: 30_000, interval: 200 };

test("every metric is there, in one page", async () => {
  await expect.poll(page, until).toContain("pg_postmaster_start_time_seconds");
  const text = await page();
  for (const { metric_name: name, type, help } of postgresMetrics) {
    expect(text).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`);
    expect(text).toMatch(new RegExp(`^${name}(\\{.*\\})? [\\d.e+]+$`, "m"));
  }
  expect(text).toContain('pg_role_connection_limit{rolname="tenant-blue"} 67\n');
  expect(text).toMatch(/pg_database_size_bytes\{datname="tenant-blue"\} [1-9]/);
  expect(text).not.toContain("template1");
});

test("a tenant's connections are counted while they last", async () => {
  const session = server.session("tenant-blue", password(watched, "blue"), "tenant-blue");
  session.stdin?.write("BEGIN;\n");
  await expect.poll(page, until).toContain('pg_role_connections{rolname="tenant-blue"} 1\n');
  await expect
    .poll(page, until)
    .toContain('pg_stat_activity_count{datname="tenant-blue",state="idle in transaction"} 1\n');
  session.stdin?.end();
  await expect.poll(page, until).toContain('pg_role_connections{rolname="tenant-blue"} 0\n');
});

test("whoever reads them reads nothing else, and writes nothing", async () => {
  const rights = server.admin(
    `SELECT rolconnlimit, rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls,
     (SELECT string_agg(roleid::regrole::text, ',') FROM pg_auth_members WHERE member = pg_roles.oid)
     FROM pg_roles WHERE rolname = 'metrics'`,
  );
  expect(rights).toBe("3|f|pg_monitor");
  expectSuccess(await asMonitor("postgres", "SELECT count(*) FROM pg_stat_activity"));
  expect((await asMonitor("tenant-blue", "SELECT 1")).stderr).toContain("no pg_hba.conf entry");
  expect((await asMonitor("postgres", "CREATE TABLE mine (x int)")).stderr).toContain("permission denied");
  expect((await asMonitor("postgres", "SELECT rolpassword FROM pg_authid")).stderr).toContain("permission denied");
  expect(server.admin("SELECT count(*) FROM pg_database WHERE datname IN ('metrics', 'pg_monitor')")).toBe("0");
});

test("a platform that nobody watches takes the login away", async () => {
  expectSuccess(await server.job(await program({ telemetry: { mode: "off" }, tenants })));
  expect((await asMonitor("postgres", "SELECT 1")).stderr).toContain("is not permitted to log in");
  expectSuccess(await server.job(watched));
  expectSuccess(await asMonitor("postgres", "SELECT 1"));
});

test("where Postgres is away, none of its metrics is there", async () => {
  await server.stop();
  const answered = async () => (await fetch(url)).text();
  await expect.poll(answered, until).not.toContain("pg_postmaster_start_time_seconds");
});
